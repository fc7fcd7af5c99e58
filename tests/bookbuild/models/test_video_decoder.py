"""The decoder of videos as a graph: it draws as torch does, whatever the batch."""

import onnx
import pytest
import torch

from attention_course.grid_models import VideoDecoder, trilinear
from bookbuild.models.graph import export
from bookbuild.models.video_decoder.export import graphs
from tests.bookbuild.models.helpers import near, run, session

pytestmark = pytest.mark.slow


def test_a_video_decoder_draws_as_torch_does(tmp_path):
    with torch.random.fork_rng():
        torch.manual_seed(6)
        model = VideoDecoder(
            (3, 4, 10),
            (2, 6, 5),
            patch=(1, 2, 2),
            context_patch=(2, 1, 1),
            extent=(1, 0, 2),
            context_extent=(0, 2, 1),
            n_layers=2,
            d_model=18,
            n_heads=3,
            d_hidden=7,
        ).eval()
        with torch.no_grad():  # far from equal weights, and from trilinear
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter) / 2)
    graph = graphs(model)["enlarge"]
    export(graph, tmp_path / "enlarge.onnx")
    running = session(tmp_path / "enlarge.onnx")
    cut = 0
    for n in (1, 2, 7):
        video = torch.rand(n, 2, 6, 5, 1, generator=torch.Generator().manual_seed(n))
        got = run(running, video=video)
        drawn, weights, cross = model(video, need_weights=True)
        near(got["enlarged"], drawn.clamp(0, 1))
        near(got["straight"], trilinear(video, (3, 4, 10)))
        near(got["self_weights"], weights)
        near(got["cross_weights"], cross)
        assert weights.shape == (n, 2, 3, 3, 2, 5, 3, 1, 5)
        assert cross.shape == (n, 2, 3, 3, 2, 5, 1, 5, 3)
        cut += int(((drawn < 0) | (drawn > 1)).sum())
    assert cut > 10
    (read,) = onnx.load(tmp_path / "enlarge.onnx").graph.input
    dims = read.type.tensor_type.shape.dim
    assert [dim.dim_param or dim.dim_value for dim in dims] == ["B", 2, 6, 5, 1]


@pytest.mark.parametrize("name", ["use_self", "use_cross"])
def test_a_decoder_without_one_of_the_attentions_is_refused(name):
    half = VideoDecoder((2, 4, 4), (2, 4, 4), d_model=6, n_heads=1, **{name: False})
    with pytest.raises(ValueError, match=f"both attentions, got {name}=False"):
        graphs(half)
