"""Exercise 2.4: What the decoder reads"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checker import Args, exercise, primes
from ._shared import draw_lengths


@exercise(
    "2.4",
    "What the decoder reads",
    stars=2,
    minutes=10,
    statement="""\
In training the decoder reads the *right* previous token at each step, whatever it would have \
written itself: teacher forcing. Both sides come from the same string. For "cab" the decoder \
answers `c a b END`, and to answer that it reads `START c a b`.

Write `decoder_inputs(target_out, start, end, pad)`: from the answers `(B, T)` of a padded batch, \
what the decoder reads, `(B, T)`. Nothing is ever read after the end, so `end` stands nowhere in \
the result.""",
)
def decoder_inputs(target_out: Tensor, start: int, end: int, pad: int) -> Tensor:
    """Make what the decoder reads from what it should answer.

    Args:
        target_out: integers ``(B, T)``, the answers: in each row some tokens, then
            one ``end``, then ``pad`` up to the width.
        start: the token that stands for "nothing written yet".
        end: the token that ends a sequence.
        pad: the token that fills up.

    Returns:
        Integers ``(B, T)``: at each position the token that the decoder has to read
        there in order to answer ``target_out``; ``pad`` where nothing is to answer.
    """
    first = torch.full_like(target_out[:, :1], start)  # (B, 1)
    shifted = torch.cat([first, target_out[:, :-1]], dim=1)  # (B, T)
    return shifted.masked_fill(shifted == end, pad)


decoder_inputs.hints = (
    "Each token is read one step after it was to be answered. What comes first, when "
    "nothing has been answered yet?",
    "Put a column of `start` in front with `torch.cat`, and drop the last column, so that "
    "the width stays `T`. In rows that are not the longest, what is still in there?",
    "`torch.cat([first, target_out[:, :-1]], dim=1)` with `first` a column of `start`, "
    "`(B, 1)`. The `end` of every shorter row has moved one position to the right and is still "
    "there: replace it by `pad`, with `masked_fill`.",
)


@decoder_inputs.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    sizes = primes(generator, 6, low=3, high=17)
    specials = ((1, 2, 0), (0, 3, 1), (2, 1, 3))
    for n_rows, width, (start, end, pad) in zip(
        sizes[:3], sizes[3:], specials, strict=True
    ):
        lengths = draw_lengths(generator, n_rows, width - 1)  # without the end
        tokens = torch.randint(4, 29, (n_rows, width), generator=generator)
        places = torch.arange(width)
        tokens = tokens.where(places < lengths[:, None], torch.tensor(end))
        yield (
            tokens.where(places <= lengths[:, None], torch.tensor(pad)),
            start,
            end,
            pad,
        )
    yield torch.tensor([[2]]), 1, 2, 0


@decoder_inputs.right
def pad(target_out, start, end, pad):
    without_end = target_out.where(target_out != end, torch.tensor(pad))
    return F.pad(without_end, (1, -1), value=start)


@decoder_inputs.right
def roll(target_out, start, end, pad):
    rolled = target_out.roll(1, dims=1)
    rolled[:, 0] = start
    rolled[rolled == end] = pad
    return rolled


@decoder_inputs.right
def rows(target_out, start, end, pad):
    rows = []
    for row in target_out.tolist():
        answer = row[: row.index(end)]
        rows.append([start, *answer] + [pad] * (len(row) - len(answer) - 1))
    return torch.tensor(rows)


@decoder_inputs.wrong(
    "The shift is right, but in the shorter rows the decoder still reads `end`. Nothing "
    "is answered after the end: put `pad` there."
)
def end_kept(target_out, start, end, pad):
    return F.pad(target_out, (1, -1), value=start)


@decoder_inputs.wrong(
    "You did not shift: the decoder would read at each step the very token that it "
    "should answer. It would learn to copy its input, and know nothing when it has to "
    "write alone."
)
def not_shifted(target_out, start, end, pad):
    return target_out.masked_fill(target_out == end, pad)


@decoder_inputs.wrong(
    "You return the answers as they came. Shift them by one position, so that each token is "
    "read one step after it was answered."
)
def as_it_came(target_out, start, end, pad):
    return target_out.clone()


@decoder_inputs.wrong(
    "You wrote `start` over the first token and did not shift the others. Move all of "
    "them one position to the right first."
)
def overwritten(target_out, start, end, pad):
    tokens = target_out.masked_fill(target_out == end, pad)
    tokens[:, 0] = start
    return tokens


@decoder_inputs.wrong(
    "Your rows are `T + 1` long. With `start` in front, the last column falls away: there "
    "is one input for each answer."
)
def too_long(target_out, start, end, pad):
    return F.pad(target_out.masked_fill(target_out == end, pad), (1, 0), value=start)


@decoder_inputs.wrong(
    "You shifted to the left: the decoder would read the token *after* the one it should "
    "answer. Shift to the right."
)
def future(target_out, start, end, pad):
    return F.pad(target_out.masked_fill(target_out == end, pad), (-1, 1), value=pad)


@decoder_inputs.wrong(
    "You shifted by one, but the first column holds `pad`. What the decoder reads first "
    "is `start`."
)
def no_start(target_out, start, end, pad):
    return F.pad(target_out.masked_fill(target_out == end, pad), (1, -1), value=pad)


@decoder_inputs.wrong(
    "You shifted by two positions. At each step the decoder reads the token just before the "
    "one that it should answer."
)
def two_steps(target_out, start, end, pad):
    return F.pad(target_out.masked_fill(target_out == end, pad), (2, -2), value=start)


@decoder_inputs.wrong(
    "Your rows begin with `end`. What the decoder reads first is `start`."
)
def end_at_front(target_out, start, end, pad):
    shifted = F.pad(target_out, (1, -1), value=end)
    return shifted.where((shifted != end) | (torch.arange(shifted.shape[1]) == 0), pad)
