"""Chapter 3: what the answers say is true."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from attention_course import (
    attention,
)
from attention_course.exercises import (
    find,
)
from tests.exercises.helpers import (
    generator,
)

pytestmark = pytest.mark.slow


def test_the_answers_of_chapter_3_are_true() -> None:
    answer = find("3.2").answer
    drawn = generator()
    query = torch.randn(4_000, 1, 64, generator=drawn)
    key = torch.randn(4_000, 10, 64, generator=drawn)
    scores = attention.dot_score(query, key)
    assert scores.var() == pytest.approx(64, rel=0.1)
    assert (scores / 8).var() == pytest.approx(1, rel=0.1)
    for factor, told in ((1, "0.87"), (1 / 8, "0.32"), (1 / 64, "0.12")):
        assert f"**{told}**" in answer
        largest = (factor * scores).softmax(-1).amax(-1).mean()
        assert float(largest) == pytest.approx(float(told), abs=0.015)

    n = 128
    scores_of = {
        "general": attention.GeneralScore(n, n),
        "additive": attention.AdditiveScore(n, n, n),
    }
    costs = find("3.10").answer
    for module in scores_of.values():
        assert f"**{sum(p.numel() for p in module.parameters()):,}**" in costs
    assert f"**{10 * 29}** scores" in costs
    assert f"**{10 * 29 * n:,}** hidden numbers" in costs
    with pytest.raises(ValueError, match="d_k"):
        attention.dot_score(torch.randn(2, n), torch.randn(3, 2 * n))
    assert attention.GeneralScore(n, 2 * n)(
        torch.randn(2, n), torch.randn(3, 2 * n)
    ).shape == (2, 3)


def test_the_masks_of_exercise_3_5_do_what_its_answer_says() -> None:
    n_rows, length, d = 3, 5, 7
    real = torch.arange(length) < torch.tensor([[2], [5], [3]])
    causal = torch.ones(length, length, dtype=torch.bool).tril()
    values = torch.randn(n_rows, length, d, generator=generator())
    changed = torch.where(real.unsqueeze(-1), values, values + 1)  # in the padding only

    def at_real_places(x: Tensor, mask: Tensor) -> Tensor:
        return attention.attend(x, x, x, mask=mask)[0][real]

    def padding_is_seen(mask: Tensor) -> bool:
        return not torch.allclose(
            at_real_places(values, mask), at_real_places(changed, mask)
        )

    assert not padding_is_seen(real.unsqueeze(1))  # 1 and 4
    assert padding_is_seen(real.unsqueeze(-1))  # 4
    assert not padding_is_seen(real.unsqueeze(1) & causal)  # 3
    assert not padding_is_seen(causal)  # 3, the piece of luck
    torch.testing.assert_close(
        at_real_places(values, causal),
        at_real_places(values, real.unsqueeze(1) & causal),
    )
    weights = attention.attend(values, values, values, mask=real.unsqueeze(1) | causal)[
        1
    ]
    assert bool((weights.triu(1) > 0).any())  # 3, with "or": later tokens are seen

    # 5: the same mask in torch's two APIs.
    mask = real.unsqueeze(1)
    wanted, _ = attention.attend(values, values, values, mask=mask)
    output = nn.functional.scaled_dot_product_attention(
        values, values, values, attn_mask=mask
    )
    torch.testing.assert_close(output, wanted)
    layer = nn.MultiheadAttention(d, 1, bias=False, batch_first=True)
    with torch.no_grad():
        layer.in_proj_weight.copy_(torch.eye(d).repeat(3, 1))
        layer.out_proj.weight.copy_(torch.eye(d))
        output, _ = layer(values, values, values, key_padding_mask=~real)
    torch.testing.assert_close(output, wanted)
