"""attend, masked softmax and the four scores, against torch and against plain loops."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from attention_course.attention import (
    AdditiveScore,
    GeneralScore,
    attend,
    dot_score,
    masked_softmax,
    scaled_dot_score,
)

# Pairwise different primes: an axis taken for another cannot pass.
TQ, TK, D_K, D_V = 5, 11, 7, 13
LEADING = [(), (2,), (3, 2), (2, 1, 3)]
TOLERANCE = {torch.float32: 2e-6, torch.float64: 1e-12}


def draw(
    *shape: int, dtype: torch.dtype = torch.float64, seed: int = 0
) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed + sum(shape))
    return torch.randn(*shape, dtype=dtype, generator=generator).requires_grad_()


def inputs(
    leading: tuple[int, ...], dtype: torch.dtype = torch.float64, d_v: int = D_V
):
    return (
        draw(*leading, TQ, D_K, dtype=dtype, seed=1),
        draw(*leading, TK, D_K, dtype=dtype, seed=2),
        draw(*leading, TK, d_v, dtype=dtype, seed=3),
    )


def random_mask(*shape: int) -> torch.Tensor:
    mask = torch.rand(*shape, generator=torch.Generator().manual_seed(4)) < 0.6
    mask[..., 0] = True  # no row without a key: torch's own kernel is the judge here
    return mask


def loop_attention(query, key, value, mask=None):
    """One query and one key at a time, on numbers, for two axes."""
    query, key, value = query.detach(), key.detach(), value.detach()
    rows = []
    for i in range(query.shape[0]):
        scores = [
            float(query[i] @ key[j]) / math.sqrt(query.shape[1])
            for j in range(len(key))
        ]
        allowed = [mask is None or bool(mask[i, j]) for j in range(len(key))]
        exps = [
            math.exp(s) if ok else 0.0 for s, ok in zip(scores, allowed, strict=True)
        ]
        total = sum(exps) or 1.0
        rows.append(sum(e / total * value[j] for j, e in enumerate(exps)))
    return torch.stack(rows)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("leading", LEADING)
@pytest.mark.parametrize("masked", [False, True])
def test_attend_equals_torch_on_values_and_gradients(dtype, leading, masked):
    query, key, value = inputs(leading, dtype)
    mask = random_mask(*leading, TQ, TK) if masked else None
    output, weights = attend(query, key, value, mask=mask)
    expected = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    assert output.shape == (*leading, TQ, D_V)
    assert weights.shape == (*leading, TQ, TK)
    assert output.dtype == weights.dtype == dtype
    torch.testing.assert_close(output, expected, atol=TOLERANCE[dtype], rtol=0)

    upstream = draw(*output.shape, dtype=dtype, seed=5).detach()
    ours = torch.autograd.grad(output, (query, key, value), upstream)
    theirs = torch.autograd.grad(expected, (query, key, value), upstream)
    for mine, reference in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, reference, atol=20 * TOLERANCE[dtype], rtol=0)


def test_attend_equals_a_loop():
    query, key, value = inputs(())
    mask = random_mask(TQ, TK)
    mask[2] = False
    for allowed in (None, mask):
        output, _ = attend(query, key, value, mask=allowed)
        torch.testing.assert_close(
            output.detach(),
            loop_attention(query, key, value, allowed),
            atol=1e-12,
            rtol=0,
        )


@pytest.mark.parametrize(
    "shape", [(TK,), (1, TK), (TQ, 1), (TQ, TK), (3, 1, 1, TK), (2, TQ, TK)]
)
def test_masks_broadcast_as_in_torch(shape):
    query, key, value = inputs((3, 2))
    mask = random_mask(*shape)
    output, _ = attend(query, key, value, mask=mask)
    full = mask.expand(3, 2, TQ, TK)
    expected = F.scaled_dot_product_attention(query, key, value, attn_mask=full)
    torch.testing.assert_close(output, expected, atol=1e-12, rtol=0)


def test_leading_axes_broadcast():
    query, key, value = draw(3, 1, TQ, D_K), draw(2, TK, D_K), draw(TK, D_V)
    output, weights = attend(query, key, value)
    expected = F.scaled_dot_product_attention(
        query.expand(3, 2, -1, -1), key.expand(3, 2, -1, -1), value.expand(3, 2, -1, -1)
    )
    assert weights.shape == (3, 2, TQ, TK)
    torch.testing.assert_close(output, expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_query_without_keys_gets_zeros_and_finite_gradients(dtype):
    query, key, value = inputs((2,), dtype)
    mask = random_mask(2, TQ, TK)
    mask[1, 3] = False
    output, weights = attend(query, key, value, mask=mask)
    assert (output[1, 3] == 0).all()
    assert (weights[1, 3] == 0).all()
    gradients = torch.autograd.grad(output.square().sum(), (query, key, value))
    assert all(gradient.isfinite().all() for gradient in gradients)
    assert (gradients[0][1, 3] == 0).all()
    # Everyone else is unmoved by the lonely query.
    others = torch.ones(2, TQ, dtype=torch.bool)
    others[1, 3] = False
    expected = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    torch.testing.assert_close(
        output[others], expected[others], atol=TOLERANCE[dtype], rtol=0
    )


def test_everything_masked_and_no_keys_at_all():
    query, key, value = inputs(())
    output, weights = attend(
        query, key, value, mask=torch.zeros(TQ, TK, dtype=torch.bool)
    )
    assert not output.any()
    assert not weights.any()
    assert not torch.autograd.grad(output.sum(), query)[0].any()
    empty, _ = attend(query, key[:0], value[:0])
    assert empty.shape == (TQ, D_V)
    assert not empty.any()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_logits_of_ten_thousand_give_no_nan(dtype):
    scores = torch.tensor(
        [[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4]], dtype=dtype, requires_grad=True
    )
    mask = torch.tensor([[True, True, False], [True, True, True]])
    weights = masked_softmax(scores, mask)
    expected = torch.tensor([[1.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3]], dtype=dtype)
    torch.testing.assert_close(weights, expected)
    gradient = torch.autograd.grad((weights * torch.arange(3)).sum(), scores)[0]
    assert gradient.isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_masked_key_loses_against_the_lowest_logit(dtype):
    """Masking with a large negative number, such as -1e9, would let it win here."""
    scores = torch.tensor([[-1e10, 0.0, -2e10]], dtype=dtype)
    weights = masked_softmax(scores, torch.tensor([[True, False, True]]))
    assert weights.tolist() == [[1, 0, 0]]


def test_weights_are_zero_where_masked_and_sum_to_one_elsewhere():
    scores = draw(3, TQ, TK)
    mask = random_mask(3, TQ, TK)
    weights = masked_softmax(scores, mask)
    assert (weights[~mask] == 0).all()
    assert (weights[mask] > 0).all()
    torch.testing.assert_close(weights.sum(-1), torch.ones(3, TQ, dtype=torch.float64))


def test_a_masked_key_has_no_influence():
    query, key, value = inputs(())
    mask = torch.ones(TQ, TK, dtype=torch.bool)
    mask[:, 4] = False
    output, _ = attend(query, key, value, mask=mask)
    moved_key, moved_value = key.detach().clone(), value.detach().clone()
    moved_key[4], moved_value[4] = 1e3, -1e3
    again, _ = attend(query, moved_key, moved_value, mask=mask)
    assert torch.equal(output, again)
    assert not torch.equal(output, attend(query, moved_key, moved_value)[0])


def test_nothing_of_the_callers_is_changed():
    query, key, value = (tensor.detach() for tensor in inputs((2,)))
    mask = random_mask(2, TQ, TK)
    mask[0, 0] = False
    before = [tensor.clone() for tensor in (query, key, value, mask)]
    attend(query, key, value, mask=mask)
    scores = dot_score(query, key)
    kept = scores.clone()
    masked_softmax(scores, mask)
    assert torch.equal(scores, kept)
    for tensor, copy in zip((query, key, value, mask), before, strict=True):
        assert torch.equal(tensor, copy)


def test_gradients_numerically():
    query, key, value = draw(2, 3), draw(5, 3), draw(5, 2)
    mask = torch.tensor([[True, True, False, True, True], [False] * 5])
    assert torch.autograd.gradcheck(
        lambda q, k, v: attend(q, k, v, mask=mask), (query, key, value)
    )


# The four scores.


def test_dot_scores_equal_a_loop():
    query, key = draw(2, TQ, D_K).detach(), draw(2, TK, D_K, seed=9).detach()
    plain, scaled = dot_score(query, key), scaled_dot_score(query, key)
    for b in range(2):
        for i in range(TQ):
            for j in range(TK):
                expected = sum(float(query[b, i, d] * key[b, j, d]) for d in range(D_K))
                assert float(plain[b, i, j]) == pytest.approx(expected, abs=1e-12)
                assert float(scaled[b, i, j]) == pytest.approx(
                    expected / D_K**0.5, abs=1e-12
                )


def test_general_score_equals_a_loop_and_bilinear():
    torch.manual_seed(0)
    score = GeneralScore(3, D_K).double()
    query, key = draw(2, TQ, 3), draw(2, TK, D_K)
    scores = score(query, key)
    assert scores.shape == (2, TQ, TK)
    expected = torch.stack([query[b] @ score.weight @ key[b].T for b in range(2)])
    torch.testing.assert_close(scores, expected, atol=1e-12, rtol=0)
    bilinear = F.bilinear(
        query[0, :, None].expand(-1, TK, -1).contiguous(),
        key[0, None].expand(TQ, -1, -1).contiguous(),
        score.weight[None],
    )
    torch.testing.assert_close(scores[0], bilinear[..., 0], atol=1e-12, rtol=0)


def test_general_score_with_the_identity_is_the_dot_score():
    score = GeneralScore(D_K, D_K).double()
    with torch.no_grad():
        score.weight.copy_(torch.eye(D_K))
    query, key = draw(TQ, D_K), draw(TK, D_K)
    torch.testing.assert_close(score(query, key), dot_score(query, key))


@pytest.mark.parametrize(("d_q", "d_k"), [(3, 47), (64, 64), (128, 16)])
def test_general_score_starts_with_the_variance_its_docstring_states(d_q, d_k):
    torch.manual_seed(1)
    score = GeneralScore(d_q, d_k)
    assert float(score.weight.detach().std()) == pytest.approx(
        (d_q * d_k) ** -0.5, rel=0.15
    )
    variance = float(score(torch.randn(400, d_q), torch.randn(400, d_k)).detach().var())
    assert variance == pytest.approx(1.0, rel=0.5)


def test_additive_score_equals_a_loop():
    torch.manual_seed(0)
    score = AdditiveScore(3, D_K, 17).double()
    query, key = draw(2, TQ, 3), draw(2, TK, D_K)
    scores = score(query, key)
    assert scores.shape == (2, TQ, TK)
    w, u, v = score.from_query.weight, score.from_key.weight, score.to_score.weight[0]
    assert (w.shape, u.shape, v.shape) == ((17, 3), (17, D_K), (17,))
    for b in range(2):
        for i in range(TQ):
            for j in range(TK):
                expected = v @ torch.tanh(w @ query[b, i] + u @ key[b, j])
                torch.testing.assert_close(
                    scores[b, i, j], expected, atol=1e-12, rtol=0
                )


@pytest.mark.parametrize(
    "score", [dot_score, GeneralScore(D_K, D_K), AdditiveScore(D_K, D_K, 3)]
)
def test_attend_takes_any_score(score):
    if isinstance(score, nn.Module):
        score = score.double()
    query, key, value = inputs((2,))
    output, weights = attend(query, key, value, score=score)
    torch.testing.assert_close(weights, score(query, key).softmax(-1))
    torch.testing.assert_close(output, weights @ value)


def test_swapping_two_keys_swaps_their_weights():
    query, key, value = inputs(())
    order = torch.randperm(TK, generator=torch.Generator().manual_seed(0))
    output, weights = attend(query, key, value)
    again, permuted = attend(query, key[order], value[order])
    torch.testing.assert_close(again, output, atol=1e-12, rtol=0)
    torch.testing.assert_close(permuted, weights[:, order], atol=1e-12, rtol=0)


# Errors.


def test_errors_name_the_argument_the_axes_and_the_shape():
    query, key, value = inputs((2,))
    with pytest.raises(
        ValueError, match=r"key: .*d_k = 7, got d_k = 5, shape \(2, 11, 5\)"
    ):
        attend(query, key[..., :5], value)
    with pytest.raises(
        ValueError, match=r"value: .*Tk = 11, got Tk = 3, shape \(2, 3, 13\)"
    ):
        attend(query, key, value[:, :3])
    with pytest.raises(
        ValueError, match=r"query: expected axes .*got 1 axes, shape \(7,\)"
    ):
        attend(query[0, 0], key, value)
    with pytest.raises(
        ValueError, match=r"expected leading axes that broadcast, got query \(3, 5"
    ):
        attend(draw(3, TQ, D_K), key, value)
    with pytest.raises(
        ValueError, match="expected one dtype, got torch.float64, torch.float32"
    ):
        attend(query, key.float(), value)
    with pytest.raises(
        TypeError, match="query: expected a floating-point tensor, got torch.int64"
    ):
        attend(query.long(), key, value)
    with pytest.raises(TypeError, match="mask: expected a boolean tensor"):
        attend(query, key, value, mask=torch.zeros(TQ, TK))
    with pytest.raises(ValueError, match=r"mask: .*\(2, 5, 11\), got shape \(11, 5\)"):
        attend(query, key, value, mask=torch.ones(TK, TQ, dtype=torch.bool))
    with pytest.raises(
        ValueError, match=r"query: expected axes \(\.\.\., Tq, d_q\) with d_q = 3"
    ):
        attend(query, key, value, score=GeneralScore(3, D_K))
    with pytest.raises(
        ValueError, match=r"key: expected axes \(\.\.\., Tk, d_k\) with d_k = 3"
    ):
        attend(query, key, value, score=AdditiveScore(D_K, 3, 2))
    with pytest.raises(
        ValueError, match="d_hidden: expected a positive integer, got 0"
    ):
        AdditiveScore(3, 5, 0)
    with pytest.raises(TypeError, match="scores: expected a floating-point tensor"):
        masked_softmax(torch.ones(2, 3, dtype=torch.long))


def test_every_argument_of_attend_is_checked_on_leading_axes_and_dtype():
    query, key, value = inputs((2,))
    with pytest.raises(
        ValueError, match=r"query, key, value: .*broadcast, got .*value \(3, 11, 13\)"
    ):
        attend(query, key, value[:1].expand(3, -1, -1))
    with pytest.raises(
        ValueError, match="query, key, value: expected one dtype, .*torch.float32$"
    ):
        attend(query, key, value.float())
    mask = random_mask(3, TQ, TK)
    with pytest.raises(
        ValueError,
        match=r"^mask, value: expected leading axes that broadcast, "
        r"got mask \(3, 5, 11\), value \(2, 11, 13\)$",
    ):
        attend(query[0], key[0], value, mask=mask)


def test_vectors_without_numbers_are_refused():
    query, key, value = inputs(())
    for take in (dot_score, scaled_dot_score):
        with pytest.raises(ValueError, match="query: .*d_k of size at least 1"):
            take(query[:, :0], key[:, :0])
    with pytest.raises(ValueError, match=r"query: .*d_q of size at least 1.*\(5, 0\)"):
        attend(query[:, :0], key[:, :0], value)
    with pytest.raises(ValueError, match="value: .*d_v of size at least 1"):
        attend(query, key, value[:, :0])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda query, key: dot_score(key, query),
        lambda query, key: dot_score(query, key)[None],
        lambda query, key: dot_score(query, key)[..., None],
        lambda query, key: dot_score(query, key)[0],
        lambda query, key: dot_score(query, key)[..., :1],
    ],
    ids=["transposed", "axis in front", "axis behind", "no batch", "one key"],
)
def test_a_score_of_another_shape_is_named(wrong):
    query, key, value = inputs((2,))
    with pytest.raises(
        ValueError,
        match=r"^score: expected scores \(\.\.\., Tq, Tk\) of shape \(2, 5, 11\), got",
    ):
        attend(query, key, value, score=wrong)


def test_a_score_of_another_dtype_is_named():
    query, key, value = inputs((2,))
    with pytest.raises(
        ValueError, match="score, value: expected one dtype, got torch.f"
    ):
        attend(query, key, value, score=lambda q, k: dot_score(q, k).float())
    with pytest.raises(TypeError, match="score: expected a floating-point tensor"):
        attend(query, key, value, score=lambda q, k: dot_score(q, k).long())


@pytest.mark.parametrize(
    ("score", "names"),
    [
        (dot_score, "query, key"),
        (scaled_dot_score, "query, key"),
        (GeneralScore(D_K, D_K), "query, key, weight"),
        (AdditiveScore(D_K, D_K, 3), "query, key, weight"),
    ],
)
def test_every_score_checks_dtypes_and_leading_axes(score, names):
    query, key = draw(2, TQ, D_K).float(), draw(3, TK, D_K).float()
    with pytest.raises(
        ValueError, match=f"^{names}: expected one dtype, got .*float64"
    ):
        score(query, key[:1].double())
    with pytest.raises(
        ValueError, match=f"^{names}: expected one dtype, got .*float64"
    ):
        score(query.double(), key[:1])
    with pytest.raises(ValueError, match="^query, key: expected leading axes that br"):
        score(query, key)


@pytest.mark.parametrize("score", [GeneralScore(D_K, 3), AdditiveScore(D_K, 3, 2)])
def test_learned_scores_name_the_dtype_of_their_weights(score):
    query, key = draw(TQ, D_K), draw(TK, 3)
    with pytest.raises(
        ValueError, match="got torch.float64, torch.float64, torch.float32$"
    ):
        score(query, key)
    assert score.double()(query, key).dtype == torch.float64
