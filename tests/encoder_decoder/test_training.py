"""Teacher forcing and the loss."""

import pytest
import torch

from attention_course.data.sequences import Pair, Vocabulary, make_batch
from attention_course.encoder_decoder import CONTEXTS, sequence_loss
from tests.encoder_decoder.helpers import N_TARGET, T_OUT, build, draw_batch


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_step_sees_no_later_target(context):
    model = build(context)
    source, mask, target_in = draw_batch()
    logits, _ = model(source, mask, target_in)
    changed = target_in.clone()
    changed[:, 2] = (changed[:, 2] - 4 + 1) % (N_TARGET - 4) + 4
    logits_changed, _ = model(source, mask, changed)
    assert torch.equal(logits[:, :2], logits_changed[:, :2])
    assert not torch.allclose(logits[:, 2], logits_changed[:, 2])


@pytest.mark.parametrize("context", CONTEXTS)
def test_every_parameter_gets_a_gradient(context):
    model = build(context)
    source, mask, target_in = draw_batch()
    model(source, mask, target_in)[0].square().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name
        assert parameter.grad.isfinite().all(), name


def test_weights_are_a_row_for_each_output_and_a_column_for_each_input():
    source, mask, target_in = draw_batch()
    _, weights = build("additive")(source, mask, target_in)
    assert weights.shape == (4, T_OUT, 7)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(4, T_OUT))
    assert weights.masked_select(~mask.unsqueeze(1)).eq(0).all()


def test_the_loss_is_the_mean_over_real_tokens():
    source, target = Vocabulary("abcdefghijklm"), Vocabulary("ABCDEFGHI")
    pairs = [Pair("abc", "A"), Pair("l", "BIGCAB"), Pair("kj", "DE")]
    model = build("additive", torch.float64)
    total, n = 0.0, 0
    for pair in pairs:  # one string, one step at a time
        batch = make_batch([pair], source, target)
        logits, _ = model(batch.source, batch.source_mask, batch.target_in)
        for step, answer in zip(logits[0], batch.target_out[0], strict=True):
            total -= step.log_softmax(dim=-1)[answer].item()
            n += 1
    assert n == 12  # three END tokens among them
    loss = sequence_loss(model, make_batch(pairs, source, target))
    assert loss.item() == pytest.approx(total / n, abs=1e-12)
