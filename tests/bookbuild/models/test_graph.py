"""Graphs are exported as they are described, or refused."""

import sys

import pytest
import torch

from bookbuild.models.graph import Graph, export, quantise
from bookbuild.models.pretrained_encoder.export import graphs

pytestmark = pytest.mark.slow


def test_export_leaves_the_model_and_the_random_numbers_alone(encoder, tmp_path):
    graph = graphs(encoder)["encode"]
    before = torch.get_rng_state()
    graph.module.train()
    graph.module.encoder.norm.eval()
    export(graph, tmp_path / "e.onnx")
    assert graph.module.encoder.training
    assert not graph.module.encoder.norm.training
    assert torch.equal(torch.get_rng_state(), before)


class FixesItsBatch(torch.nn.Module):
    def forward(self, x):
        return torch.cat([torch.ones(len(x), 1), x], dim=1)


class AnswersByChance(torch.nn.Module):
    """Answers differently each time: the graph cannot be what torch computes."""

    calls = 0

    def forward(self, x):
        self.calls += 1
        return x + self.calls


@pytest.mark.parametrize(
    ("module", "message"),
    [(FixesItsBatch(), "axis is fixed"), (AnswersByChance(), "y is not what torch")],
)
def test_a_graph_that_does_not_answer_as_torch_is_refused(module, message, tmp_path):
    x = torch.ones(2, 3)
    width = 4 if isinstance(module, FixesItsBatch) else 3
    graph = Graph(module, {"x": x}, {"x": ("B", 3)}, {"y": ("B", width)})
    with pytest.raises(ValueError, match=message):
        export(graph, tmp_path / "x.onnx")


def test_a_graph_that_is_described_wrongly_is_refused(tmp_path, encoder, monkeypatch):
    graph = graphs(encoder)["encode"]
    wrong = graph._replace(outputs={**graph.outputs, "sentence": ("B", 13)})
    with pytest.raises(ValueError, match="sentence with axes .*13"):
        export(wrong, tmp_path / "e.onnx")


def test_a_package_that_is_missing_is_named(tmp_path, encoder, monkeypatch):
    graph = graphs(encoder)["encode"]
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"onnx.*pip install -e '.\[browser\]'"):
        export(graph, tmp_path / "e.onnx")
    with pytest.raises(ImportError, match=r"onnx.*pip install -e '.\[browser\]'"):
        quantise(tmp_path / "e.onnx", tmp_path / "q.onnx")
