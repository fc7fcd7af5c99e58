"""The encoder, the contexts, and the decoder's step."""

import math

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from attention_course.attention import dot_score
from attention_course.encoder_decoder import (
    CONTEXTS,
    AttentionContext,
    Encoded,
    FixedContext,
    GRUDecoder,
    gru_step,
    reverse_each,
)
from tests.encoder_decoder.helpers import (
    D_CONTEXT,
    D_EMBEDDING,
    D_ENCODER,
    LENGTHS,
    N_TARGET,
    build,
    draw_batch,
)


def test_reverse_each_reverses_the_real_places_only():
    mask = torch.arange(5) < torch.tensor([[3], [5], [1]])
    x = torch.arange(15.0).view(3, 5, 1)
    reversed_x = reverse_each(x, mask)
    assert reversed_x[0, :3, 0].tolist() == [2, 1, 0]
    assert reversed_x[1, :, 0].tolist() == [9, 8, 7, 6, 5]
    assert torch.equal(reverse_each(reversed_x, mask)[mask], x[mask])


def test_a_gru_step_is_torchs_and_so_are_its_gradients():
    cell = nn.GRUCell(5, 7)
    x = torch.randn(3, 5, requires_grad=True)
    state = torch.randn(3, 7, requires_grad=True)
    ours, theirs = gru_step(x, state, cell), cell(x, state)
    assert torch.allclose(ours, theirs, rtol=0, atol=1e-6)
    wanted = [x, state, *cell.parameters()]
    for a, b in zip(
        torch.autograd.grad(ours.sum(), wanted),
        torch.autograd.grad(theirs.sum(), wanted),
        strict=True,
    ):
        assert torch.allclose(a, b, atol=1e-5)


@pytest.mark.parametrize(("x", "state"), [((3, 5), (2, 7)), ((5,), (3, 7))])
def test_a_gru_step_names_a_wrong_shape(x, state):
    with pytest.raises(ValueError, match="expected"):
        gru_step(torch.randn(x), torch.randn(state), nn.GRUCell(5, 7))


def test_encoder_equals_torchs_bidirectional_gru_on_packed_sequences():
    source, mask, _ = draw_batch()
    encoder = build("fixed", torch.float64).encoder
    torch_gru = nn.GRU(
        D_EMBEDDING, D_ENCODER // 2, batch_first=True, bidirectional=True
    ).double()
    for name, parameter in encoder.forwards.named_parameters():
        torch_gru.get_parameter(name).data.copy_(parameter)
    for name, parameter in encoder.backwards.named_parameters():
        torch_gru.get_parameter(f"{name}_reverse").data.copy_(parameter)
    packed = pack_padded_sequence(
        encoder.embedding(source),
        torch.tensor(LENGTHS),
        batch_first=True,
        enforce_sorted=False,
    )
    outputs, last = torch_gru(packed)
    expected, _ = pad_packed_sequence(outputs, batch_first=True)
    encoded = encoder(source, mask)
    torch.testing.assert_close(encoded.states, expected, atol=1e-12, rtol=0)
    torch.testing.assert_close(
        encoded.last, torch.cat([*last], dim=-1), atol=1e-12, rtol=0
    )


def gru_by_hand(cell: nn.GRUCell, x: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
    """The equations of Cho et al. 2014, as torch writes them."""
    reset_x, update_x, new_x = (cell.weight_ih @ x + cell.bias_ih).chunk(3)
    reset_h, update_h, new_h = (cell.weight_hh @ h + cell.bias_hh).chunk(3)
    reset, update = torch.sigmoid(reset_x + reset_h), torch.sigmoid(update_x + update_h)
    return (1 - update) * torch.tanh(new_x + reset * new_h) + update * h


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_step_follows_the_formula(context):
    model = build(context, torch.float64)
    source, mask, _ = draw_batch()
    decoder, encoded = model.decoder, model.encode(source, mask)
    state = decoder.start(encoded) + torch.randn(
        4, decoder.first_state.shape[0], generator=torch.Generator().manual_seed(3)
    )
    token = torch.tensor([4, 6, 9, 5])
    logits, new_state, weights = decoder(token, state, encoded)
    for i, length in enumerate(LENGTHS):
        states = encoded.states[i, :length]
        if context == "fixed":
            layer = decoder.context.to_context
            c = torch.tanh(layer.weight @ encoded.last[i] + layer.bias)
            assert weights is None
        else:
            scores = [
                decoder.context.score(state[i : i + 1], h[None]).item() for h in states
            ]
            total = sum(math.exp(s) for s in scores)
            by_hand = torch.tensor(
                [math.exp(s) / total for s in scores], dtype=torch.float64
            )
            c = sum(w * h for w, h in zip(by_hand, states, strict=True))
            torch.testing.assert_close(weights[i, :length], by_hand)
            assert weights[i, length:].eq(0).all()
        s = gru_by_hand(
            decoder.cell, torch.cat([decoder.embedding.weight[token[i]], c]), state[i]
        )
        torch.testing.assert_close(new_state[i], s)
        y = decoder.to_logits.weight @ torch.cat([s, c]) + decoder.to_logits.bias
        torch.testing.assert_close(logits[i], y)


def test_the_fixed_context_is_one_vector_of_the_size_asked_for():
    context = FixedContext(D_ENCODER, D_CONTEXT)
    encoded = Encoded(
        torch.randn(2, 3, D_ENCODER), torch.ones(2, 3).bool(), torch.ones(2, 14)
    )
    c, weights = context(torch.zeros(2, 19), encoded)
    assert c.shape == (2, D_CONTEXT)
    assert weights is None
    assert torch.equal(c, context(torch.ones(2, 19), encoded)[0])  # whatever the state
    other = encoded._replace(states=torch.zeros(2, 3, D_ENCODER))
    assert torch.equal(
        c, context(torch.zeros(2, 19), other)[0]
    )  # through ``last`` alone


def test_the_contexts_are_one_swap_in_one_decoder():
    fixed, additive = build("fixed"), build("additive", d_context=D_ENCODER)
    outside = [
        {name: p.shape for name, p in m.named_parameters() if "context" not in name}
        for m in (fixed, additive)
    ]
    assert type(fixed.decoder) is type(additive.decoder)
    assert outside[0].keys() == outside[1].keys()
    differ = {name for name in outside[0] if outside[0][name] != outside[1][name]}
    assert differ == {
        "decoder.cell.weight_ih",
        "decoder.to_logits.weight",
    }  # the context's width


def test_a_score_or_a_context_of_ones_own_plugs_in():
    source, mask, target_in = draw_batch()
    model = build("scaled_dot")
    theirs, _ = model(source, mask, target_in)
    model.decoder.context = AttentionContext(
        lambda query, key: dot_score(query, key) / math.sqrt(D_ENCODER), D_ENCODER
    )
    torch.testing.assert_close(model(source, mask, target_in)[0], theirs)
    model = build("additive")
    model.decoder.context = AttentionContext(
        lambda q, k: q[..., :1] @ k[..., :1].mT * 0, D_ENCODER
    )
    _, weights = model(source, mask, target_in)
    torch.testing.assert_close(weights[1, 0, :2], torch.tensor([0.5, 0.5]))

    class MeanContext(nn.Module):
        d_context = D_ENCODER

        def forward(self, state, encoded):
            return encoded.states.mean(dim=1), None

    decoder = GRUDecoder(N_TARGET, D_EMBEDDING, 19, MeanContext())
    encoded = model.encode(source, mask)
    logits, state, _ = decoder(target_in[:, 0], decoder.start(encoded), encoded)
    assert logits.shape == (4, N_TARGET)
    assert state.shape == (4, 19)
