"""torch.compile, torch.export, ONNX and functorch read the chapters' functions as they are."""

import onnxruntime
import pytest
import torch
from torch import nn

from attention_course.attention import (
    AdditiveScore,
    GeneralScore,
    attend,
    masked_softmax,
)
from attention_course.embedding import (
    PatchEmbedding,
    TokenEmbedding,
    lookup,
    nearest_neighbours,
    one_hot,
    patchify,
    sinusoidal_positions,
    unpatchify,
)
from attention_course.grid_attention import (
    axial_attention,
    full_attention,
    nearby_attention_direct,
)
from attention_course.grid_models import VisionTransformer
from attention_course.self_attention import (
    Block,
    Decoder,
    Encoder,
    FeedForward,
    MultiHeadAttention,
    SelfAttentionHead,
    Transformer,
    causal_mask,
    fused_attend,
)

pytestmark = pytest.mark.slow


D, N_HEADS, D_HIDDEN = 12, 3, 13


def parts():
    torch.manual_seed(0)
    query, key, value = torch.randn(2, 5, D), torch.randn(2, 7, D), torch.randn(2, 7, 4)
    mask = torch.rand(2, 5, 7) < 0.5
    grid, image = torch.randn(2, 2, 3, 4, D), torch.randn(2, 6, 8, 1)
    ids, table = torch.randint(11, (2, 5)), torch.randn(11, D)
    layer, block = MultiHeadAttention(D, N_HEADS), Block(D, N_HEADS, D_HIDDEN)
    encoder, decoder = (kind(2, D, N_HEADS, D_HIDDEN) for kind in (Encoder, Decoder))
    vit = VisionTransformer((6, 8), 2, 1, 10)
    tokens = torch.randint(9, (2, 5)), torch.ones(2, 5) > 0, torch.randint(9, (2, 4))
    transformer = Transformer(9, 9, d_model=D, n_heads=N_HEADS, d_hidden=D_HIDDEN)
    return {
        "masked_softmax": (masked_softmax, (mask.float(), mask)),
        "attend": (lambda q, k, v, m: attend(q, k, v, mask=m), (query, key, value, mask)),
        "general": (GeneralScore(D, D), (query, key)),
        "additive": (AdditiveScore(D, D, 3), (query, key)),
        "one_hot": (lambda ids: one_hot(ids, 11), (ids,)),
        "lookup": (lookup, (ids, table)),
        "TokenEmbedding": (TokenEmbedding(11, D), (ids,)),
        "nearest_neighbours": (lambda v, t: nearest_neighbours(v, t, 3), (table[0], table)),
        "patchify": (lambda x: unpatchify(patchify(x, 2), 2), (image,)),
        "PatchEmbedding": (PatchEmbedding((3, 2), 1, D), (image,)),
        "positions": (lambda x: x + sinusoidal_positions(5, D), (query,)),
        "SelfAttentionHead": (SelfAttentionHead(D, 4), (query,)),
        "fused_attend": (
            lambda q, k, v, m: fused_attend(q, k, v, mask=m), (query, key, value, mask)
        ),
        "causal_mask": (lambda x: x.softmax(-1) * causal_mask(7), (key[..., :7],)),
        "MultiHeadAttention": (lambda q, k, m: layer(q, k, mask=m)[0], (query, key, mask)),
        "its weights": (lambda q: layer(q, need_weights=True), (query,)),
        "FeedForward": (FeedForward(D, D_HIDDEN), (query,)),
        "Block": (lambda x: block(x)[0], (query,)),
        "Encoder": (lambda x: encoder(x, need_weights=True), (query,)),
        "Decoder": (lambda x, context: decoder(x, context)[0], (query, key)),
        "Transformer": (lambda s, m, t: transformer(s, m, t)[0], tokens),
        "full_attention": (full_attention, (grid, grid, grid)),
        "axial_attention": (lambda g: axial_attention(g, g, g, 1), (grid,)),
        "nearby_direct": (lambda g: nearby_attention_direct(g, g, g, 1), (grid,)),
        "ViT": (lambda x: vit(x, need_weights=True), (image,)),
    }  # fmt: skip


class Whole(nn.Module):
    """A part and all layers that it closes over, as one module."""

    def __init__(self, part):
        super().__init__()
        self.part = part
        cells = getattr(part, "__closure__", None) or ()
        inside = [cell.cell_contents for cell in cells]
        self.layers = nn.ModuleList(x for x in inside if isinstance(x, nn.Module))

    def forward(self, *given):
        return self.part(*given)


every_part = pytest.mark.parametrize("name", parts())


@pytest.fixture(autouse=True)
def fresh_compiler():
    torch._dynamo.reset()


@every_part
def test_torch_compile_makes_one_graph_of_it(name):
    part, given = parts()[name]
    graph = torch.compile(part, fullgraph=True, backend="eager")
    torch.testing.assert_close(graph(*given), part(*given))


@pytest.mark.parametrize(
    "name", ["attend", "PatchEmbedding", "TokenEmbedding", "MultiHeadAttention", "ViT"]
)
def test_torch_export_reads_it(name):
    part, given = parts()[name]
    program = torch.export.export(Whole(part).eval(), given)
    torch.testing.assert_close(program.module()(*given), part(*given))


@pytest.mark.filterwarnings("ignore:There is a performance drop:UserWarning")
@every_part
def test_it_can_be_mapped_over_a_further_axis(name):
    part, given = parts()[name]
    several = [torch.stack([x, x.flip(0)]) for x in given]
    got = torch.func.vmap(part)(*several)
    first, second = part(*given), part(*(x.flip(0) for x in given))
    for result, *pair in zip(*map(_leaves, (got, first, second)), strict=True):
        torch.testing.assert_close(result, torch.stack(pair))


def _leaves(result):
    return torch.utils._pytree.tree_leaves(result)


def test_numbers_outside_the_table_are_still_named_where_nothing_is_compiled():
    with pytest.raises(IndexError, match="ids: expected integers from 0 to 10, got 11"):
        TokenEmbedding(11, D)(torch.tensor([11]))
    on_meta = TokenEmbedding(11, D).to("meta")(torch.zeros(3, device="meta").long())
    assert on_meta.shape == (3, D)
    with pytest.raises(TypeError, match="ids: expected an integer tensor"):
        TokenEmbedding(11, D).to("meta")(torch.zeros(3, device="meta"))


# bookbuild's tests export the other models.
@pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning")
def test_onnx_export_reads_a_transformer(tmp_path):
    part, given = parts()["Transformer"]
    path = tmp_path / "part.onnx"
    program = torch.onnx.export(Whole(part).eval(), given, dynamo=True, verbose=False)
    program.save(path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [put.name for put in session.get_inputs()]
    feeds = {name: x.numpy() for name, x in zip(names, given, strict=True)}
    got = torch.from_numpy(session.run(None, feeds)[0])
    torch.testing.assert_close(got, part(*given), atol=1e-5, rtol=1e-4)
