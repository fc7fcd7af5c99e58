"""The vision transformer as a graph: it reads as torch does, whatever the batch."""

import pytest
import torch

from attention_course.grid_models import VisionTransformer
from bookbuild.models.digit_classifier.export import graphs
from bookbuild.models.graph import export
from tests.bookbuild.models.helpers import near, run, session

pytestmark = pytest.mark.slow


def test_a_vision_transformer_reads_as_torch_does(tmp_path):
    with torch.random.fork_rng():
        torch.manual_seed(4)
        model = VisionTransformer(
            (4, 6), (2, 3), 2, 5, d_model=6, n_heads=3, n_layers=2, d_hidden=7
        )
    export(graphs(model)["classify"], tmp_path / "classify.onnx")
    running = session(tmp_path / "classify.onnx")
    for n in (1, 2, 7):
        images = torch.rand(n, 4, 6, 2, generator=torch.Generator().manual_seed(n))
        got = run(running, images=images)
        logits, weights = model.eval()(images, need_weights=True)
        near(got["logits"], logits)
        near(got["weights"], weights)
