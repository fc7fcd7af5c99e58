"""The language model as a graph: it expects and looks as torch does, at every length."""

import pytest
import torch

from attention_course.attention_today import LanguageModel
from bookbuild.models.graph import export
from bookbuild.models.language_model.export import graphs
from tests.bookbuild.models.helpers import near, run, session

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("n_kv_heads", [1, 3])
def test_a_language_model_expects_what_torch_does(tmp_path, n_kv_heads):
    with torch.random.fork_rng():
        torch.manual_seed(4)
        sizes = {"n_layers": 2, "d_model": 12, "n_heads": 3, "d_hidden": 7}
        model = LanguageModel(11, n_kv_heads=n_kv_heads, **sizes).eval()
        with torch.no_grad():  # far from equal weights
            for parameter in model.parameters():
                parameter.mul_(2)
    export(graphs(model)["step"], tmp_path / "step.onnx")
    running = session(tmp_path / "step.onnx")
    for batch, length in [(1, 1), (1, 2), (1, 64), (3, 7), (2, 5)]:
        draw = torch.Generator().manual_seed(length)
        tokens = torch.randint(11, (batch, length), generator=draw)
        got = run(running, tokens=tokens)
        logits, weights = model(tokens, need_weights=True)
        near(got["logits"], logits[:, -1])
        near(got["weights"], weights[..., -1, :])
