"""Export, sizes, errors."""

import pytest
import torch
from torch import nn

from attention_course.attention import dot_score
from attention_course.encoder_decoder import (
    AttentionContext,
    Encoded,
    EncoderDecoder,
    GRUDecoder,
    GRUEncoder,
    greedy_decode,
    make_context,
)
from tests.encoder_decoder.helpers import (
    D_ENCODER,
    EXACT,
    N_SOURCE,
    N_TARGET,
    build,
    draw_batch,
)


@pytest.mark.slow
def test_a_step_holds_no_python_that_depends_on_the_data():
    """So it can be exported with open sizes, and run in a browser."""
    model = build("additive")
    source, mask, target_in = draw_batch()

    class Step(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.decoder = model.decoder

        def forward(self, token, state, states, mask, last):
            return self.decoder(token, state, Encoded(states, mask, last))

    n, t = torch.export.Dim("n"), torch.export.Dim("t")
    example = torch.tensor([4, 5]), torch.zeros(2, 19), torch.zeros(2, 3, D_ENCODER)
    exported = torch.export.export(
        Step(),
        (*example, torch.ones(2, 3).bool(), torch.zeros(2, D_ENCODER)),
        dynamic_shapes=({0: n}, {0: n}, {0: n, 1: t}, {0: n, 1: t}, {0: n}),
    ).module()
    encoded = model.encode(source, mask)
    state = model.decoder.start(encoded).contiguous()
    expected = model.decoder(target_in[:, 0], state, encoded)
    for ours, theirs in zip(
        exported(target_in[:, 0], state, *encoded), expected, strict=True
    ):
        torch.testing.assert_close(ours, theirs, **EXACT)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"context": "mean"}, "context: expected one of fixed, dot, .*got 'mean'"),
        (
            {"context": "dot", "d_encoder": 6, "d_decoder": 8},
            "equal dimensions.*got 6 and 8",
        ),
        (
            {"context": "scaled_dot", "d_encoder": 6},
            "equal dimensions for the scaled_dot score",
        ),
        ({"d_encoder": 7}, "d_encoder: expected an even number, got 7"),
        ({"d_context": 0}, "d_context: expected a positive integer"),
        ({"d_embedding": -1}, "d_embedding: expected a positive integer"),
    ],
)
def test_sizes_that_do_not_fit_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        EncoderDecoder(N_SOURCE, N_TARGET, **change)


def test_bad_input_is_named():
    model = build("additive")
    source, mask, target_in = draw_batch()
    with pytest.raises(ValueError, match=r"source_mask: expected real tokens first"):
        model(source, mask.flip(1), target_in)
    with pytest.raises(ValueError, match="at least one"):
        model(source, mask & (torch.arange(4) != 2)[:, None], target_in)
    with pytest.raises(TypeError, match="source_mask: expected a boolean tensor"):
        model(source, mask.long(), target_in)
    with pytest.raises(
        ValueError, match="mask: expected axes .* with T_in = 7, got T_in = 5"
    ):
        model(source, mask[:, :5], target_in)
    with pytest.raises(
        IndexError, match="source: expected integers from 0 to 16, got 17"
    ):
        model(source + (source == source.max()) * (17 - source.max()), mask, target_in)
    with pytest.raises(IndexError, match="target_in: expected integers from 0 to 12"):
        model(source, mask, target_in + 13)
    with pytest.raises(TypeError, match="target_in: expected an integer tensor"):
        model(source, mask, target_in.float())
    with pytest.raises(
        ValueError, match=r"target_in: expected axes \(B, T_out\) with B = 4"
    ):
        model(source, mask, target_in[:3])
    with pytest.raises(
        ValueError, match=r"source: expected axes \(B, T_in\), got 1 axes"
    ):
        model(source[0], mask[0], target_in)
    with pytest.raises(ValueError, match="max_length: expected a positive integer"):
        greedy_decode(model, source, mask, max_length=0)


def test_parts_check_their_sizes():
    with pytest.raises(ValueError, match="d_encoder"):
        AttentionContext(dot_score, 0)
    with pytest.raises(ValueError, match="d_decoder"):
        GRUDecoder(5, 3, 0, make_context("fixed", 4, 4, 4))
    with pytest.raises(ValueError, match="n_tokens"):
        GRUEncoder(0, 3, 4)
