"""Lookup, patches and positions, against torch and against plain loops."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from attention_course.embedding import (
    PatchEmbedding,
    TokenEmbedding,
    cut_word,
    learn_merges,
    lookup,
    nearest_neighbours,
    negative_sampling_loss,
    one_hot,
    one_hot_lookup,
    patchify,
    ppmi,
    sinusoidal_positions,
    skip_gram_pairs,
    unpatchify,
)

VOCAB, D = 11, 7


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(
        *shape,
        dtype=torch.float64,
        generator=torch.Generator().manual_seed(seed + sum(shape)),
    )


def ids(*shape: int) -> torch.Tensor:
    return torch.randint(
        0, VOCAB, shape, generator=torch.Generator().manual_seed(sum(shape))
    )


# Tokens.


@pytest.mark.parametrize("shape", [(), (5,), (2, 5), (2, 3, 5)])
def test_one_hot_equals_torch(shape):
    found = one_hot(ids(*shape), VOCAB)
    assert found.dtype == torch.get_default_dtype()
    assert torch.equal(found, nn.functional.one_hot(ids(*shape), VOCAB).to(found.dtype))


@pytest.mark.parametrize("shape", [(), (5,), (2, 5), (2, 3, 5)])
def test_lookup_equals_the_product_and_torch_with_gradients(shape):
    table = draw(VOCAB, D).requires_grad_()
    tokens = ids(*shape)
    upstream = draw(*shape, D, seed=1)
    expected = nn.functional.embedding(tokens, table)
    reference = torch.autograd.grad(expected, table, upstream)[0]
    for look in (lookup, one_hot_lookup):
        vectors = look(tokens, table)
        assert vectors.shape == (*shape, D)
        torch.testing.assert_close(vectors, expected, atol=0, rtol=0)
        gradient = torch.autograd.grad(vectors, table, upstream)[0]
        torch.testing.assert_close(gradient, reference, atol=1e-12, rtol=0)


@pytest.mark.parametrize(
    "dtype",
    [
        torch.uint8, torch.uint16, torch.uint32, torch.uint64,
        torch.int8, torch.int16, torch.int32, torch.int64,
    ],
)  # fmt: skip
@pytest.mark.parametrize("n_tokens", [3, VOCAB])
def test_ids_may_be_integers_of_every_dtype(dtype, n_tokens):
    table = draw(VOCAB, D)
    expected = torch.tensor([1, 0, 10, 1, 0, 0, 1, 1, 0, 1, 1])[:n_tokens]
    tokens = expected.to(dtype)
    assert torch.equal(lookup(tokens, table), table[expected])
    assert torch.equal(one_hot_lookup(tokens, table), table[expected])
    assert torch.equal(one_hot(tokens, VOCAB), one_hot(expected, VOCAB))


@pytest.fixture
def default_float64():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.mark.usefixtures("default_float64")
def test_one_hot_follows_the_default_dtype():
    assert one_hot(ids(5), VOCAB).dtype == torch.float64


def test_the_gradient_touches_only_the_rows_used_and_adds_up():
    table = draw(VOCAB, D).requires_grad_()
    lookup(torch.tensor([3, 5, 3]), table).sum().backward()
    counts = torch.zeros(VOCAB, dtype=torch.float64)
    counts[3], counts[5] = 2, 1
    assert torch.equal(table.grad, counts[:, None].expand(-1, D))


def test_token_embedding_equals_nn_embedding():
    torch.manual_seed(0)
    ours, theirs = TokenEmbedding(VOCAB, D), nn.Embedding(VOCAB, D)
    theirs.load_state_dict(ours.state_dict())
    tokens = ids(2, 5)
    assert torch.equal(ours(tokens), theirs(tokens))
    ours(tokens).square().sum().backward()
    theirs(tokens).square().sum().backward()
    torch.testing.assert_close(ours.weight.grad, theirs.weight.grad)


def test_token_embedding_starts_as_nn_embedding_does():
    torch.manual_seed(0)
    weight = TokenEmbedding(500, 40).weight.detach()
    assert float(weight.mean()) == pytest.approx(0, abs=0.03)
    assert float(weight.std()) == pytest.approx(1, abs=0.03)


def test_token_errors():
    table = draw(VOCAB, D)
    for look in (lookup, one_hot_lookup):
        with pytest.raises(
            IndexError, match="ids: expected integers from 0 to 10, got 11"
        ):
            look(torch.tensor([0, 11]), table)
        with pytest.raises(IndexError, match="got -1"):
            look(torch.tensor([-1]), table)
        with pytest.raises(
            TypeError, match="ids: expected an integer tensor, got torch.float32"
        ):
            look(torch.ones(3), table)
        with pytest.raises(
            ValueError, match=r"table: expected axes \(vocab_size, d_model\)"
        ):
            look(ids(3), table[0])
        with pytest.raises(TypeError, match="table: expected a floating-point tensor"):
            look(ids(3), table.long())
    with pytest.raises(
        ValueError, match="vocab_size: expected a positive integer, got 0"
    ):
        one_hot(ids(3), 0)
    with pytest.raises(
        ValueError, match="d_model: expected a positive integer, got -2"
    ):
        TokenEmbedding(3, -2)


def test_nearest_neighbours_equal_a_loop():
    table, vector = draw(VOCAB, D), draw(D, seed=3)
    cosine = [
        float(row @ vector) / math.sqrt(float(row @ row) * float(vector @ vector))
        for row in table
    ]
    order = sorted(range(VOCAB), key=lambda row: -cosine[row])
    found, similarities = nearest_neighbours(vector, table, 5)
    assert found.tolist() == order[:5]
    torch.testing.assert_close(
        similarities,
        torch.tensor([cosine[row] for row in order[:5]], dtype=torch.float64),
    )


def test_nearest_neighbours_ignore_length():
    table, vector = draw(VOCAB, D), draw(D, seed=3)
    lengths = torch.arange(1, VOCAB + 1, dtype=torch.float64)[:, None]
    plain, scaled = (
        nearest_neighbours(vector, rows, VOCAB)[0] for rows in (table, table * lengths)
    )
    assert torch.equal(plain, scaled)
    by_dot_product = (table * lengths @ vector).argsort(descending=True)
    assert not torch.equal(plain, by_dot_product), (
        "the test could not tell cosine from dot"
    )


def test_nearest_neighbours_errors():
    with pytest.raises(ValueError, match="table: .*d_model = 5, got d_model = 7"):
        nearest_neighbours(draw(5), draw(VOCAB, D), 1)
    with pytest.raises(
        ValueError, match="n_nearest: expected at most the table's 11 rows, got 12"
    ):
        nearest_neighbours(draw(D), draw(VOCAB, D), 12)
    with pytest.raises(
        ValueError, match="n_nearest: expected a positive integer, got 0"
    ):
        nearest_neighbours(draw(D), draw(VOCAB, D), 0)


# Patches.


@pytest.mark.parametrize("leading", [(), (2,), (2, 3)])
def test_patchify_equals_a_loop_and_unpatchify_inverts_it(leading):
    p_h, p_w, n_h, n_w, channels = 3, 5, 2, 7, 11
    grid = draw(*leading, n_h * p_h, n_w * p_w, channels)
    blocks = patchify(grid, (p_h, p_w))
    assert blocks.shape == (*leading, n_h, n_w, p_h * p_w * channels)
    for row in range(n_h):
        for column in range(n_w):
            block = grid[
                ..., row * p_h : (row + 1) * p_h, column * p_w : (column + 1) * p_w, :
            ].reshape(*leading, -1)
            assert torch.equal(blocks[..., row, column, :], block)
    assert torch.equal(unpatchify(blocks, (p_h, p_w)), grid)


def test_patchify_of_a_video_equals_a_loop_and_inverts():
    p_f, p_h, p_w, n_f, n_h, n_w, channels = 2, 3, 5, 7, 2, 3, 11
    grid = draw(2, n_f * p_f, n_h * p_h, n_w * p_w, channels)
    blocks = patchify(grid, (p_f, p_h, p_w))
    assert blocks.shape == (2, n_f, n_h, n_w, p_f * p_h * p_w * channels)
    for f in range(n_f):
        for h in range(n_h):
            for w in range(n_w):
                block = grid[:, f * p_f :, h * p_h :, w * p_w :][:, :p_f, :p_h, :p_w]
                assert torch.equal(blocks[:, f, h, w], block.flatten(1))
    assert torch.equal(unpatchify(blocks, (p_f, p_h, p_w)), grid)


def test_patchify_takes_whole_numbers_and_leaves_its_input():
    grid = torch.arange(4 * 6).view(4, 6, 1)
    kept = grid.clone()
    assert patchify(grid, 2).tolist()[0][1] == [2, 3, 8, 9]
    assert torch.equal(unpatchify(patchify(grid, 2), 2), grid)
    assert torch.equal(grid, kept)


@pytest.mark.parametrize(("patch", "channels"), [((3, 5), 2), ((4, 4), 3), ((1, 1), 1)])
def test_patch_embedding_equals_a_strided_convolution(patch, channels):
    torch.manual_seed(0)
    ours = PatchEmbedding(patch, channels, D).double()
    conv = nn.Conv2d(channels, D, kernel_size=patch, stride=patch).double()
    with torch.no_grad():
        weight = ours.project.weight.view(D, *patch, channels)  # (D, pH, pW, C)
        conv.weight.copy_(weight.permute(0, 3, 1, 2))  # (D, C, pH, pW)
        conv.bias.copy_(ours.project.bias)
    picture = draw(2, 3 * patch[0], 2 * patch[1], channels).requires_grad_()
    tokens = ours(picture)
    expected = conv(picture.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    assert tokens.shape == (2, 3, 2, D)
    torch.testing.assert_close(tokens, expected, atol=1e-12, rtol=0)
    upstream = draw(*tokens.shape, seed=1)
    torch.testing.assert_close(
        torch.autograd.grad(tokens, picture, upstream)[0],
        torch.autograd.grad(expected, picture, upstream)[0],
        atol=1e-12,
        rtol=0,
    )


def test_patch_embedding_of_a_video_equals_a_strided_convolution():
    torch.manual_seed(0)
    ours, conv = (
        PatchEmbedding((2, 3, 5), 2, D),
        nn.Conv3d(2, D, (2, 3, 5), stride=(2, 3, 5)),
    )
    with torch.no_grad():
        weight = ours.project.weight.view(D, 2, 3, 5, 2)  # (D, pF, pH, pW, C)
        conv.weight.copy_(weight.permute(0, 4, 1, 2, 3))
        conv.bias.copy_(ours.project.bias)
    video = draw(2, 4, 9, 10, 2).float()
    expected = conv(video.permute(0, 4, 1, 2, 3)).permute(0, 2, 3, 4, 1)
    torch.testing.assert_close(ours(video), expected, atol=1e-5, rtol=0)


def test_patch_errors():
    with pytest.raises(
        ValueError, match="patch: expected a size that divides W = 7, got 3"
    ):
        patchify(draw(6, 7, 1), 3)
    with pytest.raises(
        ValueError, match=r"grid: expected axes \(\.\.\., H, W, C\), got 2 axes"
    ):
        patchify(draw(6, 7), 1)
    with pytest.raises(
        ValueError, match=r"grid: expected axes \(\.\.\., F, H, W, C\), got 3 axes"
    ):
        patchify(draw(6, 7, 1), (1, 1, 1))
    for wrong in ((1, 1, 1, 1), (1,)):
        with pytest.raises(
            ValueError,
            match=f"patch: expected one number, or two or three sizes, got {len(wrong)}",
        ):
            patchify(draw(6, 7, 1), wrong)
    for wrong in (16.0, (2, 3.0), "2"):
        with pytest.raises(TypeError, match="patch: expected an integer, got"):
            patchify(draw(6, 7, 1), wrong)
        with pytest.raises(TypeError, match="patch: expected an integer, got"):
            unpatchify(draw(6, 7, 6), wrong)
    with pytest.raises(ValueError, match="patch: expected a positive integer, got 0"):
        patchify(draw(6, 7, 1), 0)
    with pytest.raises(
        ValueError, match="blocks: expected D to be a multiple of 6 .*got D = 7"
    ):
        unpatchify(draw(2, 2, 7), (2, 3))
    with pytest.raises(
        ValueError, match=r"grid: .*with C = 3, got C = 1, shape \(4, 4, 1\)"
    ):
        PatchEmbedding(2, 3, D)(draw(4, 4, 1))
    with pytest.raises(
        ValueError,
        match="grid, weight: expected one dtype, got torch.float64, torch.float32",
    ):
        PatchEmbedding(2, 3, D)(draw(4, 4, 3))
    with pytest.raises(
        ValueError, match="in_channels: expected a positive integer, got 0"
    ):
        PatchEmbedding(2, 0, D)


def test_sizes_may_be_numpys():
    grid = draw(6, 10, 3)
    blocks = patchify(grid, 2)
    for patch in (np.int64(2), (np.uint8(2), np.int32(2))):
        assert torch.equal(patchify(grid, patch), blocks)
        assert torch.equal(unpatchify(blocks, patch), grid)
    found = sinusoidal_positions((np.int64(3), 5), np.int64(8))
    assert torch.equal(found, sinusoidal_positions((3, 5), 8))
    assert torch.equal(sinusoidal_positions(np.int8(3), 8), sinusoidal_positions(3, 8))


# Positions.


@pytest.mark.parametrize("d_model", [2, 6, 34])
def test_positions_on_one_axis_equal_the_formula(d_model):
    positions = sinusoidal_positions(13, d_model)
    assert positions.shape == (13, d_model)
    for t in range(13):
        for i in range(d_model // 2):
            angle = t / 10_000 ** (2 * i / d_model)
            assert float(positions[t, 2 * i]) == pytest.approx(
                math.sin(angle), abs=1e-5
            )
            assert float(positions[t, 2 * i + 1]) == pytest.approx(
                math.cos(angle), abs=1e-5
            )


def test_positions_on_several_axes_are_those_of_each_axis_side_by_side():
    line = {size: sinusoidal_positions(size, 4) for size in (2, 3, 5)}
    plane = sinusoidal_positions((3, 5), 8)
    assert plane.shape == (3, 5, 8)
    space = sinusoidal_positions((2, 3, 5), 12)
    assert space.shape == (2, 3, 5, 12)
    for h in range(3):
        for w in range(5):
            assert torch.equal(plane[h, w], torch.cat([line[3][h], line[5][w]]))
            for f in range(2):
                parts = [line[2][f], line[3][h], line[5][w]]
                assert torch.equal(space[f, h, w], torch.cat(parts))


def test_the_dot_product_of_two_positions_depends_only_on_their_distance():
    positions = sinusoidal_positions(40, 16).double()
    products = positions @ positions.T
    for distance in (0, 1, 7, 23):
        diagonal = products.diagonal(distance)
        torch.testing.assert_close(
            diagonal, diagonal[:1].expand_as(diagonal), atol=1e-5, rtol=0
        )


def test_all_positions_differ():
    flat = sinusoidal_positions((4, 5, 6), 24).flatten(0, 2)
    distances = torch.cdist(flat, flat) + torch.eye(len(flat)) * 9
    assert float(distances.min()) > 0.1


def test_a_smaller_base_turns_faster():
    slow, fast = sinusoidal_positions(9, 4), sinusoidal_positions(9, 4, base=10.0)
    assert torch.equal(slow[:, :2], fast[:, :2]), (
        "the first pair does not depend on the base"
    )
    assert float(fast[1, 2]) == pytest.approx(math.sin(10**-0.5), abs=1e-6)


@pytest.mark.parametrize("d_model", [6, 34])
def test_wavelengths_run_as_far_as_the_docstring_says(d_model):
    """At the last pair's wavelength, and not before, its wave has come round once."""
    base = 3.0
    longest = 2 * math.pi * base ** ((d_model - 2) / d_model)
    waves = sinusoidal_positions(40, d_model, base=base).double()
    for pair, wavelength in ((0, 2 * math.pi), (-1, longest)):
        sine, cosine = waves.unflatten(-1, (-1, 2))[:, pair].unbind(-1)
        steps = torch.atan2(sine, cosine).diff() % (2 * math.pi)
        expected = torch.full_like(steps, 2 * math.pi / wavelength)
        torch.testing.assert_close(steps, expected, atol=1e-5, rtol=0)


def test_position_errors():
    with pytest.raises(
        ValueError, match=r"d_model: expected a multiple of 4 .*2 axes.*got 6"
    ):
        sinusoidal_positions((3, 5), 6)
    with pytest.raises(ValueError, match="d_model: expected a multiple of 2 .*got 3"):
        sinusoidal_positions(5, 3)
    with pytest.raises(ValueError, match="sizes: expected 1 to 3 axes, got 4"):
        sinusoidal_positions((2, 2, 2, 2), 8)
    with pytest.raises(ValueError, match="sizes: expected a positive integer, got 0"):
        sinusoidal_positions((3, 0), 8)
    for wrong in (5.0, (3, 5.0), None):
        with pytest.raises(TypeError, match="sizes: expected an integer, got"):
            sinusoidal_positions(wrong, 8)
    for wrong in (0, -1, math.inf, math.nan):
        with pytest.raises(
            ValueError, match=f"base: expected a number above 0, got {wrong}"
        ):
            sinusoidal_positions(5, 8, base=wrong)


# Words: pieces, neighbours, counts.


def test_merges_are_those_of_the_paper_s_example():
    """Sennrich et al. 2016, figure 1, without its end-of-word sign."""
    counts = {"low": 5, "lower": 2, "newest": 6, "widest": 3}
    merges = learn_merges(counts, 4)
    # "es" and "st" both occur nine times; the last in the alphabet goes first.
    assert merges == [
        ("##s", "##t"), ("##e", "##st"), ("l", "##o"), ("lo", "##w")
    ]  # fmt: skip
    assert cut_word("lowest", merges) == ["low", "##est"]
    assert cut_word("slow", merges) == ["s", "##l", "##o", "##w"]


def test_merging_ends_when_every_word_is_whole():
    merges = learn_merges({"ab": 1, "abc": 2}, 100)
    assert merges == [("a", "##b"), ("ab", "##c")]
    assert cut_word("abc", merges) == ["abc"]


@pytest.mark.parametrize("word", ["aaaa", "banana", "x", "aaaaa"])
@pytest.mark.parametrize("n_merges", [1, 3, 7])
def test_pieces_spell_the_word(word, n_merges):
    merges = learn_merges({"aaa": 3, "banana": 2, "nab": 1}, n_merges)
    first, *rest = cut_word(word, merges)
    assert not first.startswith("##")
    assert all(piece.startswith("##") for piece in rest)
    assert first + "".join(piece[2:] for piece in rest) == word


def test_a_pair_that_overlaps_itself_is_joined_from_the_left():
    assert cut_word("aaaa", [("##a", "##a")]) == ["a", "##aa", "##a"]


def plain_pairs(ids, sentence, window):
    n = len(ids)
    return sorted(
        (ids[i], ids[j])
        for i in range(n)
        for j in range(n)
        if i != j and abs(i - j) <= window and sentence[i] == sentence[j]
    )


@pytest.mark.parametrize("window", [1, 2, 5, 40])
def test_skip_gram_pairs_equal_two_loops(window):
    words, sentence = ids(23), torch.tensor([0] * 7 + [1] + [2] * 11 + [4] * 4)
    centres, contexts = skip_gram_pairs(words, sentence, window)
    found = sorted(zip(centres.tolist(), contexts.tolist(), strict=True))
    assert found == plain_pairs(words.tolist(), sentence.tolist(), window)


def test_the_negative_sampling_loss_is_the_formula_in_plain_numbers():
    u, v, noise = draw(3, 5), draw(3, 5, seed=1), draw(3, 2, 5)
    total = 0.0
    for b in range(3):
        total -= math.log(1 / (1 + math.exp(-float(u[b] @ v[b]))))
        for n in range(2):
            total -= math.log(1 / (1 + math.exp(float(u[b] @ noise[b, n]))))
    assert float(negative_sampling_loss(u, v, noise)) == pytest.approx(total / 3)


def test_the_loss_of_vectors_of_zeros_is_a_coin_s():
    zero = torch.zeros(3, 5)
    loss = negative_sampling_loss(zero, zero, torch.zeros(3, 7, 5))
    assert float(loss) == pytest.approx(8 * math.log(2))


def test_ppmi_is_zero_for_chance_and_never_and_the_log_of_the_excess_else():
    independent = torch.outer(torch.tensor([2.0, 3, 5]), torch.tensor([7.0, 11, 13]))
    torch.testing.assert_close(ppmi(independent), torch.zeros(3, 3), atol=1e-6, rtol=0)
    counts = torch.tensor([[0.0, 6, 0], [6, 2, 0], [0, 0, 0]])
    found = ppmi(counts)
    assert found[0, 0] == 0
    assert float(found[0, 1]) == pytest.approx(math.log(6 * 14 / (6 * 8)))
    assert found[1, 1] == 0  # less often than by chance
    assert torch.equal(found[2], torch.zeros(3))  # a word that never occurs
