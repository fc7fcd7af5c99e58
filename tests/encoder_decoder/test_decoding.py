"""Greedy decoding, and strings."""

import pytest
import torch
from torch import nn

from attention_course.data.sequences import END, PAD, START, Vocabulary
from attention_course.encoder_decoder import (
    CONTEXTS,
    EncoderDecoder,
    exact_match,
    greedy_decode,
    translate,
)
from tests.encoder_decoder.helpers import EXACT, LENGTHS, N_TARGET, build, draw_batch


def rig(model: EncoderDecoder, logits: dict[int, float]) -> EncoderDecoder:
    """Make the output layer answer the same logits at every step."""
    with torch.no_grad():
        model.decoder.to_logits.weight.zero_()
        model.decoder.to_logits.bias.fill_(-9.0)
        for token, logit in logits.items():
            model.decoder.to_logits.bias[token] = logit
    return model


@pytest.mark.parametrize("context", CONTEXTS)
def test_greedy_decoding_agrees_with_teacher_forcing_on_what_it_wrote(context):
    model = build(context)
    source, mask, _ = draw_batch()
    decoded = greedy_decode(model, source, mask, max_length=5)
    start = torch.full((4, 1), START)
    logits, weights = model(
        source, mask, torch.cat([start, decoded.tokens[:, :-1]], dim=1)
    )
    torch.testing.assert_close(decoded.logits, logits, **EXACT)
    assert torch.equal(
        logits.argmax(dim=-1)[decoded.mask], decoded.tokens[decoded.mask]
    )
    if context != "fixed":
        torch.testing.assert_close(decoded.weights, weights, **EXACT)


def test_greedy_decoding_stops_at_the_end_token_and_at_the_limit():
    source, mask, _ = draw_batch()
    at_once = greedy_decode(rig(build("fixed"), {END: 1.0}), source, mask)
    assert at_once.tokens.tolist() == [[END]] * 4
    assert at_once.mask.all()
    never = greedy_decode(rig(build("additive"), {7: 1.0}), source, mask, max_length=6)
    assert never.tokens.tolist() == [[7] * 6] * 4
    assert never.weights.shape == (4, 6, 7)
    assert never.states.shape == (4, 6, 19)


def test_a_string_that_ended_is_padded_while_others_go_on():
    class UntilLength(nn.Module):
        """Answer 5 until as many steps were taken as ``last`` says, then END."""

        def __init__(self) -> None:
            super().__init__()
            self.taken = 0

        def start(self, encoded):
            return torch.zeros(encoded.last.shape[0], 1)

        def forward(self, token, state, encoded):
            state = state + 1
            over = state.squeeze(1) >= encoded.mask.sum(dim=1)
            answer = torch.where(over, END, 5)
            return nn.functional.one_hot(answer, N_TARGET).float(), state, None

    model = build("fixed")
    model.decoder = UntilLength()
    source, mask, _ = draw_batch()
    decoded = greedy_decode(model, source, mask, max_length=30)
    assert decoded.tokens[1].tolist() == [5, END, *[PAD] * 5]
    assert decoded.tokens[2].tolist() == [END, *[PAD] * 6]
    assert decoded.mask.sum(dim=1).tolist() == LENGTHS
    assert decoded.tokens.shape[1] == 7  # no step after the last END


def test_decoding_leaves_the_model_as_it_was():
    model = build("general").train()
    source, mask, _ = draw_batch()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    kept, rng = source.clone(), torch.random.get_rng_state()
    decoded = greedy_decode(model, source, mask, max_length=4)
    assert model.training
    assert not decoded.logits.requires_grad
    assert torch.equal(source, kept)
    assert torch.equal(rng, torch.random.get_rng_state())
    assert all(torch.equal(before[name], t) for name, t in model.state_dict().items())


def test_translate_gives_strings_and_weights_without_padding():
    source, target = Vocabulary("abcdefghijklm"), Vocabulary("ABCDEFGHI")
    model = build("additive")
    texts = ["abc", "l", "?e\u0301"]  # an unknown sign, and an accent typed apart
    found = translate(model, texts, source, target, max_length=9)
    assert [t.read for t in found] == ["abc", "l", "?\u00e9"]
    for text, translation in zip(texts, found, strict=True):
        alone = translate(model, [text], source, target, max_length=9)[0]
        assert translation.text == alone.text
        assert translation.written == alone.written
        assert translation.weights.shape == (
            len(translation.written),
            len(translation.read),
        )
        torch.testing.assert_close(translation.weights, alone.weights, **EXACT)
        torch.testing.assert_close(
            translation.weights.sum(dim=-1), torch.ones(len(translation.written))
        )
    ended = translate(rig(model, {END: 1.0}), ["abc"], source, target)[0]
    assert (ended.text, ended.written) == ("", ("<end>",))
    assert (
        translate(build("fixed"), ["abc"], source, target, max_length=2)[0].weights
        is None
    )
    with pytest.raises(ValueError, match="empty string"):
        translate(model, ["abc", ""], source, target)
    with pytest.raises(ValueError, match="texts: expected at least one string"):
        translate(model, [], source, target)


def test_exact_match_counts_whole_strings():
    assert exact_match(["ab", "cd", ""], ["ab", "cx", "c"]) == pytest.approx(1 / 3)
    assert exact_match(["1999-09-01"], ["1999-09-01"]) == 1.0
    assert exact_match(["1999-09-011"], ["1999-09-01"]) == 0.0
    with pytest.raises(ValueError, match="got 1 and 2"):
        exact_match(["a"], ["a", "b"])
    with pytest.raises(ValueError, match="at least one"):
        exact_match([], [])
    with pytest.raises(TypeError, match="list of strings"):
        exact_match("ab", "ab")
