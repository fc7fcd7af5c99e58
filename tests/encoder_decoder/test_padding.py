"""A padded batch gives what each string alone gives."""

import pytest
import torch

from attention_course.encoder_decoder import CONTEXTS, greedy_decode
from tests.encoder_decoder.helpers import (
    EXACT,
    LENGTHS,
    N_SOURCE,
    build,
    draw_batch,
    draw_tokens,
)


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_padded_batch_gives_what_each_string_alone_gives(context):
    model = build(context)
    source, mask, target_in = draw_batch()
    logits, weights = model(source, mask, target_in)
    for i, length in enumerate(LENGTHS):
        alone = (
            source[i : i + 1, :length],
            mask[i : i + 1, :length],
            target_in[i : i + 1],
        )
        logits_alone, weights_alone = model(*alone)
        torch.testing.assert_close(logits[i : i + 1], logits_alone, **EXACT)
        if context != "fixed":
            torch.testing.assert_close(
                weights[i : i + 1, :, :length], weights_alone, **EXACT
            )


@pytest.mark.parametrize("context", CONTEXTS)
def test_padding_changes_no_gradient(context):
    model = build(context, torch.float64)
    source, mask, target_in = draw_batch()
    model(source, mask, target_in)[0].square().sum().backward()
    together = [parameter.grad.clone() for parameter in model.parameters()]
    model.zero_grad()
    for i, length in enumerate(LENGTHS):
        alone = (
            source[i : i + 1, :length],
            mask[i : i + 1, :length],
            target_in[i : i + 1],
        )
        model(*alone)[0].square().sum().backward()
    for ours, alone in zip(together, model.parameters(), strict=True):
        torch.testing.assert_close(ours, alone.grad, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("context", CONTEXTS)
def test_what_stands_in_the_padding_does_not_matter(context):
    model = build(context)
    source, mask, target_in = draw_batch()
    other = torch.where(mask, source, draw_tokens(N_SOURCE, *mask.shape, seed=2))
    assert not torch.equal(other, source)
    assert torch.equal(
        model(source, mask, target_in)[0], model(other, mask, target_in)[0]
    )


@pytest.mark.parametrize("context", CONTEXTS)
def test_greedy_decoding_of_a_padded_batch_is_that_of_each_string(context):
    model = build(context)
    source, mask, _ = draw_batch()
    decoded = greedy_decode(model, source, mask, max_length=6)
    for i, length in enumerate(LENGTHS):
        alone = greedy_decode(
            model, source[i : i + 1, :length], mask[i : i + 1, :length], max_length=6
        )
        steps = alone.tokens.shape[1]
        assert torch.equal(decoded.tokens[i, :steps], alone.tokens[0])
        assert not decoded.mask[i, steps:].any()
        torch.testing.assert_close(decoded.states[i, :steps], alone.states[0], **EXACT)
