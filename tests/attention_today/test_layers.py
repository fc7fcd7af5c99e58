"""The language model, its cache, shared heads and cut heads."""

import math

import pytest
import torch
from torch import nn

from attention_course import attention_today as today
from attention_course.attention_today import (
    POSITIONS,
    Cache,
    GroupedAttention,
    LanguageModel,
    cache_bytes,
    cut_heads,
    next_probabilities,
    window_mask,
    write,
)
from attention_course.self_attention import MultiHeadAttention

T, N_TOKENS = 11, 29


def model(positions="rotary", n_kv_heads=2, **sizes) -> LanguageModel:
    torch.manual_seed(0)
    made = LanguageModel(
        N_TOKENS,
        n_layers=3,
        d_model=24,
        n_heads=4,
        n_kv_heads=n_kv_heads,
        d_hidden=13,
        positions=positions,
        **sizes,
    )
    return made.double().eval()


def tokens(*shape: int) -> torch.Tensor:
    return torch.randint(N_TOKENS, shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("positions", POSITIONS)
@pytest.mark.parametrize("pieces", [[1] * T, [5, 1, 3, 2], [T]])
@torch.no_grad()
def test_cached_equals_uncached(positions, pieces):
    text, lm = tokens(2, T), model(positions)
    whole, weights = lm(text, need_weights=True)
    caches = [Cache() for _ in lm.blocks]
    parts = [
        lm(part, caches=caches, need_weights=True) for part in text.split(pieces, 1)
    ]
    found = torch.cat([logits for logits, _ in parts], dim=1)
    torch.testing.assert_close(found, whole, atol=1e-6, rtol=0)
    torch.testing.assert_close(parts[-1][1], weights[..., -pieces[-1] :, :])


@torch.no_grad()
def test_a_cache_that_starts_anew_each_step_is_noticed():
    text, lm = tokens(1, T), model()
    whole, _ = lm(text)
    alone, _ = lm(text[:, -1:], caches=[Cache() for _ in lm.blocks])
    assert (alone[:, -1] - whole[:, -1]).abs().max() > 0.01


@pytest.mark.parametrize("positions", POSITIONS)
@torch.no_grad()
def test_no_token_sees_what_comes_after_it(positions):
    text, lm = tokens(2, T), model(positions)
    other = text.clone()
    other[:, 7:] = (other[:, 7:] + 1) % N_TOKENS
    one, two = lm(text)[0], lm(other)[0]
    torch.testing.assert_close(one[:, :7], two[:, :7])
    assert (one[:, 7:] - two[:, 7:]).abs().amax(dim=(0, 2)).min() > 1e-4


@torch.no_grad()
def test_weights_are_those_that_made_the_output():
    text, lm = tokens(2, T), model()
    fused, nothing = lm(text)
    explicit, weights = lm(text, need_weights=True)
    assert nothing is None
    assert weights.shape == (2, 3, 4, T, T)
    torch.testing.assert_close(fused, explicit)
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3, 4, T).double())
    assert not weights[..., ~window_mask(T, T)].any()


@torch.no_grad()
def test_without_positions_and_sharing_it_is_chapter_4s_layer():
    ours = GroupedAttention(24, 4, positions="none").double()
    theirs = MultiHeadAttention(24, 4).double()
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, T, 24).double()
    for mask in (None, window_mask(T, T, 3), torch.rand(2, 1, T) < 0.8):
        for need_weights in (False, True):
            asked = {"mask": mask, "need_weights": need_weights}
            for one, other in zip(ours(x, **asked), theirs(x, **asked), strict=True):
                torch.testing.assert_close(one, other)


@pytest.mark.parametrize("n_kv_heads", [1, 2, 4])
@torch.no_grad()
def test_a_head_attends_to_the_keys_of_its_group(n_kv_heads):
    layer = GroupedAttention(20, 4, n_kv_heads, positions="none").double()
    layer.to_output = nn.Identity()
    x = torch.randn(T, 20).double()
    output, _ = layer(x)
    for head in range(4):
        own = slice(5 * head, 5 * head + 5)
        group = head // (4 // n_kv_heads)
        shared = slice(5 * group, 5 * group + 5)
        q, k = layer.to_query(x)[:, own], layer.to_key(x)[:, shared]
        expected = (q @ k.T / math.sqrt(5)).softmax(-1) @ layer.to_value(x)[:, shared]
        torch.testing.assert_close(output[:, own], expected)


@pytest.mark.parametrize("n_kv_heads", [1, 2, 4])
@torch.no_grad()
def test_the_counter_counts_the_bytes_that_are_kept(n_kv_heads):
    lm = model(n_kv_heads=n_kv_heads)
    caches = [Cache() for _ in lm.blocks]
    lm(tokens(T), caches=caches)
    assert [len(cache) for cache in caches] == [T] * 3
    kept = sum(part.nbytes for c in caches for part in (c.keys, c.values))
    assert kept == cache_bytes(3, n_kv_heads, 6, T, bytes_per_number=8)


def test_seven_billion_parameters_keep_two_gigabytes():
    assert cache_bytes(32, 32, 128, 4096) == 2_147_483_648
    assert cache_bytes(32, 8, 128, 4096) == 2_147_483_648 // 4


@torch.no_grad()
def test_a_cut_head_adds_nothing_and_the_model_stays():
    text, lm = tokens(2, T), model()
    before = lm(text)[0]
    cut = cut_heads(lm, [(1, 2)])
    torch.testing.assert_close(lm(text)[0], before)
    weight = cut.blocks[1].attention.to_output.weight  # (24, 24)
    assert not weight[:, 12:18].any()
    untouched = lm.blocks[1].attention.to_output.weight
    for kept in (slice(0, 12), slice(18, 24)):
        assert torch.equal(weight[:, kept], untouched[:, kept])
    assert torch.equal(
        cut.blocks[0].attention.to_output.weight,
        lm.blocks[0].attention.to_output.weight,
    )
    assert (cut(text)[0] - before).abs().max() > 1e-4
    torch.testing.assert_close(cut_heads(lm, [])(text)[0], before)


def test_probabilities_by_hand():
    logits = torch.tensor([2.0, 0.0, 1.0, -1.0])
    torch.testing.assert_close(next_probabilities(logits), logits.softmax(-1))
    halved = next_probabilities(logits, temperature=2)
    torch.testing.assert_close(halved, (logits / 2).softmax(-1))
    best = next_probabilities(logits, top_k=2)
    assert best[1] == best[3] == 0
    torch.testing.assert_close(best[[0, 2]], torch.tensor([2.0, 1.0]).softmax(-1))
    torch.testing.assert_close(next_probabilities(logits, top_k=99), logits.softmax(-1))


@torch.no_grad()
def test_it_writes_as_if_it_read_all_again():
    lm, begun = model(), tokens(3)
    written = write(lm, begun, 8, top_k=1)
    expected = begun
    for _ in range(8):
        best = lm(expected)[0][-1].argmax().reshape(1)
        expected = torch.cat([expected, best])
    assert torch.equal(written, expected)
    assert torch.equal(written[:3], begun)


def test_writing_draws_from_its_own_generator():
    lm, begun = model(), tokens(3)
    state = torch.random.get_rng_state()

    def drawn(seed):
        return write(lm, begun, 20, generator=torch.Generator().manual_seed(seed))

    assert torch.equal(drawn(0), drawn(0))
    assert not torch.equal(drawn(0), drawn(1))
    assert torch.equal(torch.random.get_rng_state(), state)


def test_gradients_flow_through_every_part():
    lm = model()
    lm(tokens(2, T))[0].square().sum().backward()
    for name, parameter in lm.named_parameters():
        # A bias of the keys moves all scores of a query alike.
        if "to_key.bias" not in name:
            assert parameter.grad.abs().max() > 0, name


def test_a_wrong_number_of_heads_is_named():
    with pytest.raises(ValueError, match=r"n_kv_heads: .*divides n_heads = 4, got 3"):
        GroupedAttention(24, 4, 3)
    with pytest.raises(ValueError, match="positions: expected one of rotary"):
        LanguageModel(5, positions="learned")
    with pytest.raises(IndexError, match="tokens: expected integers from 0 to 28"):
        model()(torch.tensor([N_TOKENS]))


def test_all_names_are_there():
    assert all(hasattr(today, name) for name in today.__all__)
