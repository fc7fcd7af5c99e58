"""Chapter 2's exercises: padded batches, what is fed and what counts, how a decoder writes.

Solutions use torch alone, not ``attention_course.encoder_decoder``: a test compares the two.
Each wrong answer is a mistake that somebody makes; ``check`` recognises it by its numbers.
"""

# Without ``from __future__ import annotations``: a reader's notebook evaluates the
# annotations of a stub, so what it may not have imported stands in quotes.

import math
from collections.abc import Callable, Iterator
from itertools import zip_longest

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .frame import Args, Exercise, Question, Wrong, primes

__all__ = ["EXERCISES"]


# ------------------------------------------------------------------ 2.1 predict

WHAT_C_HOLDS = Question(
    id="2.1",
    title="What does C hold?",
    difficulty=1,
    minutes=5,
    text="""\
The encoder has read a batch of 32 dates, the shortest of 10 characters, the longest of 30. C has \
128 numbers. Predict before you unfold:

1. What is the shape of C for this batch? And if every date is written twice, one after the other?
2. "6 mai 1999" and "May 6, 1999" are the same day. Must their vectors C be equal?
3. To copy a string of `n` random letters out of 8, a model must carry it through C. How many bits \
is that? How many can 128 numbers of 32 bits hold? So from which `n` on is copying impossible?
4. Measured, models fail far earlier. Why?""",
    answer="""\
1. **`(32, 128)`** both times. That is the point of C: its size does not depend on the length of \
what was read.
2. **No.** Nothing in the loss compares two vectors C; it asks only that the decoder *writes the \
same* from both. What the decoder does not need, the language for instance, may stay in C or fade.
3. A letter out of 8 takes 3 bits, so **3 n bits**; C has 128 · 32 = **4096 bits**. By counting, \
copying is impossible only from **1366 letters** on.
4. The room is there; the model has not **learned** to use it. One GRU step after the other has to \
rewrite the state without blurring what is already in it, the decoder has to find each letter \
again in one mixed vector, and the gradient that teaches both passes through all the steps. Each \
extra letter makes all of this harder, and a larger C helps, as the figure in this chapter \
shows.""",
)


# ------------------------------------------------------------- 2.2 mask from lengths


def real_places(lengths: Tensor) -> Tensor:
    """Mark the places of a padded batch that hold a real token.

    Args:
        lengths: integers ``(B,)``, how many tokens each row has, at least one.

    Returns:
        Boolean ``(B, T)`` with ``T`` the largest length: ``True`` = real token.
        The real tokens of a row stand at its left.
    """
    places = torch.arange(int(lengths.max()))  # (T,)
    return places < lengths.unsqueeze(-1)  # (T,) < (B, 1) → (B, T)


def _lengths(generator: torch.Generator, n_rows: int, longest: int) -> Tensor:
    """Draw lengths of which one, not the first or last row's, is the longest."""
    lengths = torch.randint(1, longest, (n_rows,), generator=generator)
    lengths[n_rows // 2] = longest
    lengths[-1] = 1
    return lengths


def _places_inputs(generator: torch.Generator) -> Iterator[Args]:
    sizes = primes(generator, 6, low=3, high=17)
    for n_rows, longest in zip(sizes[:3], sizes[3:], strict=True):
        yield (_lengths(generator, n_rows, longest),)


def _places_loop(lengths: Tensor) -> Tensor:
    mask = torch.zeros(len(lengths), int(lengths.max()), dtype=torch.bool)
    for row, length in enumerate(lengths.tolist()):
        mask[row, :length] = True
    return mask


def _places_lists(lengths: Tensor) -> Tensor:
    longest = int(lengths.max())
    return torch.tensor(
        [[place < n for place in range(longest)] for n in lengths.tolist()]
    )


def _places_pad_sequence(lengths: Tensor) -> Tensor:
    rows = [torch.ones(n, dtype=torch.bool) for n in lengths.tolist()]
    return nn.utils.rnn.pad_sequence(rows, batch_first=True)


def _places_cumsum(lengths: Tensor) -> Tensor:
    ones = torch.ones(len(lengths), int(lengths.max()), dtype=torch.long)
    return ones.cumsum(1) <= lengths[:, None]


def _places_one_more(lengths: Tensor) -> Tensor:
    return torch.arange(int(lengths.max())) <= lengths.unsqueeze(-1)


def _places_one_less(lengths: Tensor) -> Tensor:
    return torch.arange(1, int(lengths.max()) + 1) < lengths.unsqueeze(-1)


def _places_of_padding(lengths: Tensor) -> Tensor:
    return ~real_places(lengths)


def _places_right(lengths: Tensor) -> Tensor:
    return real_places(lengths).flip(1)


def _places_by_column(lengths: Tensor) -> Tensor:
    return real_places(lengths).T


def _places_wide(lengths: Tensor) -> Tensor:
    return torch.arange(int(lengths.max()) + 1) < lengths.unsqueeze(-1)


def _places_numbers(lengths: Tensor) -> Tensor:
    return real_places(lengths).long()


REAL_PLACES = Exercise(
    id="2.2",
    title="A mask from lengths",
    difficulty=1,
    minutes=5,
    statement="""\
A batch of strings is as wide as its longest; the others are filled up on the right. Everything \
that comes later, the loss, the decoder, attention, must know which places are real. Write \
`real_places(lengths)`: from the lengths `(B,)` a boolean mask `(B, T)`, `True` = real token, with \
`T` the largest length.

One comparison does it, without a loop.""",
    make_inputs=_places_inputs,
    solution=real_places,
    hints=(
        "In a row of length 3, the places 0, 1 and 2 are real. Which question do you ask of "
        "each place?",
        "Compare each place with its row's length. `torch.arange(T)` has the shape `(T,)` and "
        "`lengths` has `(B,)`: what must you add so that they broadcast to `(B, T)`?",
        "`torch.arange(int(lengths.max()))` is `(T,)`, `lengths.unsqueeze(-1)` is `(B, 1)`. A "
        "place is real if it is *smaller* than the length, because places start at 0: compare "
        "the two with `<`.",
    ),
    wrong=(
        Wrong(
            _places_one_more,
            "Each row has one real place too many. Places are counted from 0, so the last real "
            "one is `length - 1`: compare with `<`, not `<=`.",
        ),
        Wrong(
            _places_one_less,
            "Each row has one real place too few. Places are counted from 0, so a row of length "
            "3 has the places 0, 1 and 2.",
        ),
        Wrong(
            _places_of_padding,
            "Your mask is inverted: it marks the padding. In this course `True` means a real "
            "token, one that may be looked at.",
        ),
        Wrong(
            _places_right,
            "You put the padding on the left. Here the real tokens come first and the padding "
            "follows.",
        ),
        Wrong(
            _places_by_column,
            "Rows and columns have changed places: the mask is `(B, T)`, one row for each "
            "sequence. Add the axis of size 1 to `lengths`, not to the places.",
        ),
        Wrong(
            _places_wide,
            "Your mask has one column too many. `T` is the largest length itself, and "
            "`torch.arange(T)` already has `T` numbers.",
        ),
        Wrong(
            _places_numbers,
            "You return ones and zeros as integers. A mask is boolean: leave the comparison as "
            "it is.",
        ),
    ),
    right=(_places_loop, _places_lists, _places_pad_sequence, _places_cumsum),
)


# ------------------------------------------------------------------ 2.3 pad a batch


def pad_rows(rows: list[list[int]], filler: int) -> Tensor:
    """Set rows of different lengths side by side in one tensor.

    Args:
        rows: ``B`` lists of token numbers, at least one number each.
        filler: the number that fills a row up on its right.

    Returns:
        Integers ``(B, T)``, int64, with ``T`` the longest row's length.
    """
    width = max(len(row) for row in rows)
    filled = [row + [filler] * (width - len(row)) for row in rows]
    return torch.tensor(filled)  # (B, T)


def _rows_inputs(generator: torch.Generator) -> Iterator[Args]:
    sizes = primes(generator, 3, low=3, high=7)
    for n_rows, longest, filler in zip(sizes, (4, 6, 8), (0, 9, 4), strict=True):
        lengths = _lengths(generator, n_rows, longest)
        yield (
            [
                # Never 0 or the filler, so that filling up shows.
                torch.randint(10, 30, (n,), generator=generator).tolist()
                for n in lengths.tolist()
            ],
            filler,
        )


def _rows_full(rows: list[list[int]], filler: int) -> Tensor:
    tokens = torch.full((len(rows), max(map(len, rows))), filler)
    for place, row in enumerate(rows):
        tokens[place, : len(row)] = torch.tensor(row)
    return tokens


def _rows_pad_sequence(rows: list[list[int]], filler: int) -> Tensor:
    tensors = [torch.tensor(row) for row in rows]
    return nn.utils.rnn.pad_sequence(tensors, batch_first=True, padding_value=filler)


def _rows_zip(rows: list[list[int]], filler: int) -> Tensor:
    columns = zip_longest(*rows, fillvalue=filler)
    return torch.tensor(list(columns)).T


def _rows_stack(rows: list[list[int]], filler: int) -> Tensor:
    width = max(len(row) for row in rows)
    padded = [
        F.pad(torch.tensor(row), (0, width - len(row)), value=filler) for row in rows
    ]
    return torch.stack(padded)


def _rows_left(rows: list[list[int]], filler: int) -> Tensor:
    width = max(len(row) for row in rows)
    return torch.tensor([[filler] * (width - len(row)) + row for row in rows])


def _rows_cut(rows: list[list[int]], filler: int) -> Tensor:
    width = min(len(row) for row in rows)
    return torch.tensor([row[:width] for row in rows])


def _rows_zero(rows: list[list[int]], filler: int) -> Tensor:
    return pad_rows(rows, 0)


def _rows_last(rows: list[list[int]], filler: int) -> Tensor:
    width = max(len(row) for row in rows)
    return torch.tensor([row + row[-1:] * (width - len(row)) for row in rows])


def _rows_wide(rows: list[list[int]], filler: int) -> Tensor:
    return F.pad(pad_rows(rows, filler), (0, 1), value=filler)


def _rows_time_first(rows: list[list[int]], filler: int) -> Tensor:
    return pad_rows(rows, filler).T


def _rows_float(rows: list[list[int]], filler: int) -> Tensor:
    return pad_rows(rows, filler).float()


PAD_ROWS = Exercise(
    id="2.3",
    title="Pad a batch",
    difficulty=1,
    minutes=5,
    statement="""\
A tensor has no ragged edge. Write `pad_rows(rows, filler)`, which sets lists of token numbers of \
different lengths side by side as one tensor `(B, T)`, `T` the longest row's length, and fills \
each row up on its right with `filler`.

Leave the lists themselves as they are: whoever calls you may still need them.""",
    make_inputs=_rows_inputs,
    solution=pad_rows,
    hints=(
        "First find the width. Then every row gets as many fillers as it falls short of it.",
        "`row + [filler] * n` makes a new list. `row += …` and `row.append(…)` would change the "
        "caller's. How large is `n`?",
        "`width = max(len(row) for row in rows)`, then `row + [filler] * (width - len(row))` for "
        "every row, and all of them through `torch.tensor`. Or start from "
        "`torch.full((B, width), filler)` and write each row into its beginning.",
    ),
    wrong=(
        Wrong(
            _rows_left,
            "You fill up on the left. Here the tokens come first, so that place 0 is the first "
            "token of every row, and the fillers follow.",
        ),
        Wrong(
            _rows_cut,
            "You cut all rows to the shortest one's length, and tokens are lost. Fill the "
            "shorter rows up to the longest.",
        ),
        Wrong(
            _rows_zero,
            "You fill up with 0, whatever `filler` says. Zero is a common choice for the padding "
            "token, but the caller decides.",
        ),
        Wrong(
            _rows_last,
            "You repeat each row's last token. Fill up with `filler`, so that padding cannot be "
            "taken for a token.",
        ),
        Wrong(
            _rows_wide,
            "Your tensor has one column too many: a column of nothing but fillers. The longest "
            "row needs none.",
        ),
        Wrong(
            _rows_time_first,
            "Your tensor is `(T, B)`. One row for each sequence: `(B, T)`. (Does "
            "`pad_sequence` need `batch_first=True`?)",
        ),
        Wrong(
            _rows_float,
            "Your tensor holds floats. Token numbers are integers: an embedding looks them up.",
        ),
    ),
    right=(_rows_full, _rows_pad_sequence, _rows_zip, _rows_stack),
)


# --------------------------------------------------------------- 2.4 teacher forcing


def decoder_inputs(target_out: Tensor, start: int, end: int, pad: int) -> Tensor:
    """Make what the decoder reads from what it should answer.

    Args:
        target_out: integers ``(B, T)``, the answers: in each row some tokens, then
            one ``end``, then ``pad`` up to the width.
        start: the token that stands for "nothing written yet".
        end: the token that ends a sequence.
        pad: the token that fills up.

    Returns:
        Integers ``(B, T)``: at each place the token that the decoder has to read
        there in order to answer ``target_out``; ``pad`` where nothing is to answer.
    """
    first = torch.full_like(target_out[:, :1], start)  # (B, 1)
    shifted = torch.cat([first, target_out[:, :-1]], dim=1)  # (B, T)
    return shifted.masked_fill(shifted == end, pad)


def _teacher_inputs(generator: torch.Generator) -> Iterator[Args]:
    sizes = primes(generator, 6, low=3, high=17)
    specials = ((1, 2, 0), (0, 3, 1), (2, 1, 3))
    for n_rows, width, (start, end, pad) in zip(
        sizes[:3], sizes[3:], specials, strict=True
    ):
        lengths = _lengths(generator, n_rows, width - 1)  # without the end
        tokens = torch.randint(4, 29, (n_rows, width), generator=generator)
        places = torch.arange(width)
        tokens = tokens.where(places < lengths[:, None], torch.tensor(end))
        yield (
            tokens.where(places <= lengths[:, None], torch.tensor(pad)),
            start,
            end,
            pad,
        )


def _teacher_pad(target_out: Tensor, start: int, end: int, pad: int) -> Tensor:
    without_end = target_out.where(target_out != end, torch.tensor(pad))
    return F.pad(without_end, (1, -1), value=start)


def _teacher_roll(target_out: Tensor, start: int, end: int, pad: int) -> Tensor:
    rolled = target_out.roll(1, dims=1)
    rolled[:, 0] = start
    rolled[rolled == end] = pad
    return rolled


def _teacher_rows(target_out: Tensor, start: int, end: int, pad: int) -> Tensor:
    rows = []
    for row in target_out.tolist():
        answer = row[: row.index(end)]
        rows.append([start, *answer] + [pad] * (len(row) - len(answer) - 1))
    return torch.tensor(rows)


def _teacher_end_kept(target_out: Tensor, start: int, end: int, pad: int) -> Tensor:
    return F.pad(target_out, (1, -1), value=start)


def _teacher_not_shifted(target_out: Tensor, start: int, end: int, pad: int) -> Tensor:
    return target_out.masked_fill(target_out == end, pad)


def _teacher_as_it_came(target_out: Tensor, start: int, end: int, pad: int) -> Tensor:
    return target_out.clone()


def _teacher_overwritten(target_out: Tensor, start: int, end: int, pad: int) -> Tensor:
    tokens = target_out.masked_fill(target_out == end, pad)
    tokens[:, 0] = start
    return tokens


def _teacher_too_long(target_out: Tensor, start: int, end: int, pad: int) -> Tensor:
    return F.pad(target_out.masked_fill(target_out == end, pad), (1, 0), value=start)


def _teacher_future(target_out: Tensor, start: int, end: int, pad: int) -> Tensor:
    return F.pad(target_out.masked_fill(target_out == end, pad), (-1, 1), value=pad)


def _teacher_no_start(target_out: Tensor, start: int, end: int, pad: int) -> Tensor:
    return F.pad(target_out.masked_fill(target_out == end, pad), (1, -1), value=pad)


def _teacher_two_steps(target_out: Tensor, start: int, end: int, pad: int) -> Tensor:
    return F.pad(target_out.masked_fill(target_out == end, pad), (2, -2), value=start)


def _teacher_end_at_front(target_out: Tensor, start: int, end: int, pad: int) -> Tensor:
    shifted = F.pad(target_out, (1, -1), value=end)
    return shifted.where((shifted != end) | (torch.arange(shifted.shape[1]) == 0), pad)


DECODER_INPUTS = Exercise(
    id="2.4",
    title="What the decoder reads",
    difficulty=2,
    minutes=10,
    statement="""\
In training the decoder reads the *right* previous token at each step, whatever it would have \
written itself: teacher forcing. Both sides come from the same string. For "cab" the decoder \
answers `c a b END`, and to answer that it reads `START c a b`.

Write `decoder_inputs(target_out, start, end, pad)`: from the answers `(B, T)` of a padded batch, \
what the decoder reads, `(B, T)`. Nothing is ever read after the end, so `end` stands nowhere in \
the result.""",
    make_inputs=_teacher_inputs,
    solution=decoder_inputs,
    hints=(
        "Each token is read one step after it was to be answered. What comes first, when "
        "nothing has been answered yet?",
        "Put a column of `start` in front with `torch.cat`, and drop the last column, so that "
        "the width stays `T`. In rows that are not the longest, what is still in there?",
        "`torch.cat([first, target_out[:, :-1]], dim=1)` with `first` a column of `start`, "
        "`(B, 1)`. The `end` of every shorter row has moved one place to the right and is still "
        "there: replace it by `pad`, with `masked_fill`.",
    ),
    wrong=(
        Wrong(
            _teacher_end_kept,
            "The shift is right, but in the shorter rows the decoder still reads `end`. Nothing "
            "is answered after the end: put `pad` there.",
        ),
        Wrong(
            _teacher_not_shifted,
            "You did not shift: the decoder would read at each step the very token that it "
            "should answer. It would learn to copy its input, and know nothing when it has to "
            "write alone.",
        ),
        Wrong(
            _teacher_as_it_came,
            "You return the answers as they came. Shift them by one place, so that each token is "
            "read one step after it was answered.",
        ),
        Wrong(
            _teacher_overwritten,
            "You wrote `start` over the first token and did not shift the others. Move all of "
            "them one place to the right first.",
        ),
        Wrong(
            _teacher_too_long,
            "Your rows are `T + 1` long. With `start` in front, the last column falls away: there "
            "is one input for each answer.",
        ),
        Wrong(
            _teacher_future,
            "You shifted to the left: the decoder would read the token *after* the one it should "
            "answer. Shift to the right.",
        ),
        Wrong(
            _teacher_no_start,
            "You shifted by one, but the first column holds `pad`. What the decoder reads first "
            "is `start`.",
        ),
        Wrong(
            _teacher_two_steps,
            "You shifted by two places. At each step the decoder reads the token just before the "
            "one that it should answer.",
        ),
        Wrong(
            _teacher_end_at_front,
            "Your rows begin with `end`. What the decoder reads first is `start`.",
        ),
    ),
    right=(_teacher_pad, _teacher_roll, _teacher_rows),
)


# ------------------------------------------------------------ 2.5 length-masked loss


def loss_of_real_tokens(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Average the cross-entropy over the real tokens of a padded batch.

    Args:
        logits: ``(B, T, n_tokens)``, the scores of every token at every place.
        target: integers ``(B, T)``, the right tokens; 0 at the places of padding.
        mask: boolean ``(B, T)``, ``True`` = real token.

    Returns:
        One number, a tensor ``()``, in nats a token.
    """
    log_p = logits.log_softmax(dim=-1)  # (B, T, n_tokens)
    losses = -log_p.gather(-1, target.unsqueeze(-1)).squeeze(-1)  # (B, T)
    return losses[mask].mean()


def _loss_inputs(generator: torch.Generator) -> Iterator[Args]:
    for _ in range(3):
        n_rows, width, n_tokens = primes(generator, 3, low=3, high=13)
        mask = real_places(_lengths(generator, n_rows, width))
        logits = 2 * torch.randn(n_rows, width, n_tokens, generator=generator)
        target = torch.randint(1, n_tokens, (n_rows, width), generator=generator)
        yield logits, target * mask, mask


def _loss_selected(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return F.cross_entropy(logits[mask], target[mask])


def _loss_weighted(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    losses = F.cross_entropy(logits.transpose(1, 2), target, reduction="none")
    return (losses * mask).sum() / mask.sum()


def _loss_ignored(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    without = target.masked_fill(~mask, -100)
    return F.cross_entropy(logits.flatten(0, 1), without.flatten(), ignore_index=-100)


def _loss_loop(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    losses = [
        logits[b, t].logsumexp(0) - logits[b, t, target[b, t]]
        for b, t in mask.nonzero().tolist()
    ]
    return torch.stack(losses).mean()


def _losses(logits: Tensor, target: Tensor) -> Tensor:
    return F.cross_entropy(logits.transpose(1, 2), target, reduction="none")


def _loss_all(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return _losses(logits, target).mean()


def _loss_over_all(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return (_losses(logits, target) * mask).mean()


def _loss_over_rows(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return (_losses(logits, target) * mask).sum() / len(mask)


def _loss_sum(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return _losses(logits, target)[mask].sum()


def _loss_mean_of_means(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return ((_losses(logits, target) * mask).sum(1) / mask.sum(1)).mean()


def _loss_padding(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return _losses(logits, target)[~mask].mean()


def _loss_without_end(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return _losses(logits, target)[F.pad(mask, (-1, 1))].mean()


def _loss_mask_on_logits(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return _losses(logits * mask.unsqueeze(-1), target * mask).mean()


def _loss_no_softmax(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return -logits.gather(-1, target.unsqueeze(-1)).squeeze(-1)[mask].mean()


def _loss_no_log(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    p = logits.softmax(-1).gather(-1, target.unsqueeze(-1)).squeeze(-1)
    return -p[mask].mean()


def _loss_softmax_twice(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return _losses(logits.softmax(-1), target)[mask].mean()


def _loss_sign(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    return -_losses(logits, target)[mask].mean()


LOSS = Exercise(
    id="2.5",
    title="The loss of real tokens",
    difficulty=2,
    minutes=10,
    statement="""\
Padding is there to fill a tensor up, and the model should not be paid for predicting it. Write \
`loss_of_real_tokens(logits, target, mask)`: the cross-entropy, −log of the probability that the \
model gives to the right token, averaged over all real tokens of the batch.

`logits` are scores, `(B, T, n_tokens)`; a softmax over the last axis makes probabilities of them. \
Every real token counts the same, in a short row and in a long one.""",
    make_inputs=_loss_inputs,
    solution=loss_of_real_tokens,
    hints=(
        "Two steps: the loss at every place, `(B, T)`, and then a mean over the places where "
        "`mask` is `True`.",
        "`logits.log_softmax(dim=-1)` has the log-probabilities of all tokens; `gather` picks "
        "the right token's. A boolean mask as an index, `losses[mask]`, keeps the real places.",
        "`F.cross_entropy` does the first step and the mean at once, if it gets real places "
        "only. `logits[mask]` has the shape `(n_real, n_tokens)` and `target[mask]` the shape "
        "`(n_real,)`: just what it takes.",
    ),
    wrong=(
        Wrong(
            _loss_all,
            "You average over all places, and padding counts as if it were a token to predict. A "
            "model gets good at padding first, so this loss looks better than the model is. "
            "Leave the places out where `mask` is `False`.",
        ),
        Wrong(
            _loss_over_all,
            "You set the loss of padding to zero, and then divide by all places. Divide by the "
            "number of real tokens, `mask.sum()`: else the same model has a smaller loss the "
            "more padding its batch has.",
        ),
        Wrong(
            _loss_over_rows,
            "You divide by the number of rows. That is a loss per sequence, larger for longer "
            "ones. Asked for is a loss per token: divide by the number of real tokens.",
        ),
        Wrong(
            _loss_sum,
            "You add the losses up. Divide by how many there are, so that the size of the batch "
            "does not change the size of the gradient.",
        ),
        Wrong(
            _loss_mean_of_means,
            "You average within each row and then over the rows. So a token of a short row "
            "counts more than one of a long row. Average once, over all real tokens.",
        ),
        Wrong(
            _loss_padding,
            "Your mask is inverted: this is the loss of the padding alone. `True` = real token.",
        ),
        Wrong(
            _loss_without_end,
            "Your mask is one place too short: the last token of each row does not count. That "
            "is `END`, and a model that never learns it never stops.",
        ),
        Wrong(
            _loss_mask_on_logits,
            "You multiply the logits by the mask and average over all places. Scores of zero are "
            'not "no prediction": they give all tokens the same probability, and cost '
            "log(n_tokens). Mask the losses, not the logits.",
        ),
        Wrong(
            _loss_no_softmax,
            "You take the scores for log-probabilities. A `log_softmax` over the last axis comes "
            "first; without it, larger scores would be enough to win.",
        ),
        Wrong(
            _loss_no_log,
            "You average the probabilities. The loss is the *logarithm* of the probability, with "
            "a minus: it grows without bound where the model is sure and wrong.",
        ),
        Wrong(
            _loss_softmax_twice,
            "You send the logits through a softmax before `F.cross_entropy`, which has one "
            "inside. Two of them flatten the probabilities: give it the logits.",
        ),
        Wrong(
            _loss_sign,
            "Your sign is turned. A log-probability is negative and a loss positive: descent "
            "would make the right token less likely.",
        ),
    ),
    right=(_loss_selected, _loss_weighted, _loss_ignored, _loss_loop),
)


# ------------------------------------------------------- 2.6 reverse a padded batch


def reverse_rows(tokens: Tensor, mask: Tensor) -> Tensor:
    """Write each row of a padded batch backwards, and leave its padding in place.

    Args:
        tokens: integers ``(B, T)``.
        mask: boolean ``(B, T)``, ``True`` = real token; the real ones come first.

    Returns:
        Integers ``(B, T)``; the places of padding hold what they held before.
    """
    places = torch.arange(tokens.shape[1])  # (T,)
    lengths = mask.sum(dim=1, keepdim=True)  # (B, 1)
    mirrored = lengths - 1 - places  # (B, T), place 0 ↔ the last
    return tokens.gather(1, torch.where(mask, mirrored, places))  # (B, T)


def _reverse_inputs(generator: torch.Generator) -> Iterator[Args]:
    sizes = primes(generator, 6, low=3, high=17)
    for n_rows, width, filler in zip(sizes[:3], sizes[3:], (0, 0, 99), strict=True):
        mask = real_places(_lengths(generator, n_rows, width))
        # All different within a row, so that no row reads the same backwards.
        rows = [
            1 + torch.randperm(30, generator=generator)[:width] for _ in range(n_rows)
        ]
        yield torch.stack(rows).masked_fill(~mask, filler), mask


def _reverse_loop(tokens: Tensor, mask: Tensor) -> Tensor:
    turned = tokens.clone()
    for row, length in enumerate(mask.sum(1).tolist()):
        turned[row, :length] = tokens[row, :length].flip(0)
    return turned


def _reverse_index(tokens: Tensor, mask: Tensor) -> Tensor:
    places = torch.arange(tokens.shape[1]).expand_as(tokens)
    source = places.clone()
    source[mask] = (mask.sum(1, keepdim=True) - 1 - places)[mask]
    return tokens[torch.arange(len(tokens))[:, None], source]


def _reverse_select(tokens: Tensor, mask: Tensor) -> Tensor:
    turned = tokens.clone()
    # Flipped as a whole, each row has its real tokens last, in the order wanted.
    turned[mask] = tokens.flip(1)[mask.flip(1)]
    return turned


def _reverse_lists(tokens: Tensor, mask: Tensor) -> Tensor:
    rows = []
    for row, length in zip(tokens.tolist(), mask.sum(1).tolist(), strict=True):
        rows.append(row[:length][::-1] + row[length:])
    return torch.tensor(rows)


def _reverse_flip(tokens: Tensor, mask: Tensor) -> Tensor:
    return tokens.flip(1)


def _reverse_flip_and_mask(tokens: Tensor, mask: Tensor) -> Tensor:
    return tokens.flip(1).where(mask, tokens)


def _reverse_batch(tokens: Tensor, mask: Tensor) -> Tensor:
    return tokens.flip(0)


def _reverse_off_by_one(tokens: Tensor, mask: Tensor) -> Tensor:
    places = torch.arange(tokens.shape[1])
    mirrored = (mask.sum(1, keepdim=True) - places).clamp(max=tokens.shape[1] - 1)
    return tokens.gather(1, torch.where(mask, mirrored, places))


def _reverse_short(tokens: Tensor, mask: Tensor) -> Tensor:
    places = torch.arange(tokens.shape[1])
    mirrored = (mask.sum(1, keepdim=True) - 2 - places).clamp(min=0)
    return tokens.gather(1, torch.where(mask, mirrored, places))


def _reverse_swap(tokens: Tensor, mask: Tensor) -> Tensor:
    last = mask.sum(1, keepdim=True) - 1
    ends = torch.cat([tokens.gather(1, last), tokens[:, :1]], dim=1)
    return tokens.scatter(1, torch.cat([torch.zeros_like(last), last], dim=1), ends)


def _reverse_sort(tokens: Tensor, mask: Tensor) -> Tensor:
    low = tokens.masked_fill(~mask, -1)
    return low.sort(dim=1, descending=True).values.where(mask, tokens)


def _reverse_longest(tokens: Tensor, mask: Tensor) -> Tensor:
    return tokens.flip(1).where(mask.all(1, keepdim=True), tokens)


REVERSE = Exercise(
    id="2.6",
    title="Backwards, but not the padding",
    difficulty=2,
    minutes=10,
    statement="""\
The backward half of the encoder reads each sequence from its last token to its first. In a padded \
batch the last token stands at another place in every row. Write `reverse_rows(tokens, mask)`: \
every row `(T,)` of `tokens` backwards, the padding where it was.

`[5, 6, 7, 0, 0]` with three real tokens becomes `[7, 6, 5, 0, 0]`. A loop over the rows is fine; \
one `gather` for all rows is finer.""",
    make_inputs=_reverse_inputs,
    solution=reverse_rows,
    hints=(
        "In a row of 3 real tokens, place 0 gets what stood at 2, place 1 what stood at 1, place "
        "2 what stood at 0. Write that as a formula of the place and the length.",
        "Place `t` of a row of length `n` gets what stood at `n - 1 - t`. The lengths are "
        "`mask.sum(dim=1)`. Where padding stands, a place gets what stands there: `t` itself.",
        "`places = torch.arange(T)` and `mirrored = mask.sum(dim=1, keepdim=True) - 1 - places`, "
        "which is `(B, T)`. `torch.where(mask, mirrored, places)` is where each token comes "
        "from, and `tokens.gather(1, …)` fetches all of them.",
    ),
    wrong=(
        Wrong(
            _reverse_flip,
            "You flipped whole rows, padding and all, so short rows now begin with padding. Turn "
            "the real tokens only.",
        ),
        Wrong(
            _reverse_flip_and_mask,
            "You flipped whole rows and then put the padding back. In the flipped row the real "
            "tokens stand at the right, so the mask, which marks the left, cut them off.",
        ),
        Wrong(
            _reverse_batch,
            "You flipped the order of the sequences (`dim=0`). Each row is to be turned in "
            "itself.",
        ),
        Wrong(
            _reverse_off_by_one,
            "Your places are one too high: a row of length `n` has its last token at `n - 1`, "
            "and you begin with what stands at `n`.",
        ),
        Wrong(
            _reverse_short,
            "Your places are one too low: a row of length `n` has its last token at `n - 1`, and "
            "you begin with the one before it.",
        ),
        Wrong(
            _reverse_swap,
            "You swapped the first and the last token. All those between them have to be turned "
            "too.",
        ),
        Wrong(
            _reverse_sort,
            "You sorted the tokens by their numbers. Their order in the row is what counts.",
        ),
        Wrong(
            _reverse_longest,
            "Only rows without padding are turned. The shorter ones have to be turned too, each "
            "about its own middle.",
        ),
    ),
    right=(_reverse_loop, _reverse_index, _reverse_select, _reverse_lists),
)


# -------------------------------------------------------------- 2.7 one decoding step


def decode_one_step(
    token: Tensor,
    state: Tensor,
    context: Tensor,
    table: Tensor,
    from_input: Tensor,
    from_state: Tensor,
    to_logits: Tensor,
) -> tuple[Tensor, Tensor]:
    """Take one step of a decoder: read a token, update the state, write a token.

    Args:
        token: integers ``(B,)``, the tokens written last.
        state: ``(B, d_state)``, the state before the step.
        context: ``(B, d_context)``, the vectors C.
        table: ``(n_tokens, d_embedding)``, the vectors of the tokens.
        from_input: ``(d_state, d_embedding + d_context)``.
        from_state: ``(d_state, d_state)``.
        to_logits: ``(n_tokens, d_state)``.

    Returns:
        ``(next_token, next_state)``: integers ``(B,)`` and ``(B, d_state)``.
    """
    x = torch.cat([table[token], context], dim=-1)  # (B, d_embedding + d_context)
    next_state = torch.tanh(x @ from_input.T + state @ from_state.T)  # (B, d_state)
    logits = next_state @ to_logits.T  # (B, n_tokens)
    return logits.argmax(dim=-1), next_state


def _step_inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_rows in (23, 19):
        d_state, d_context, d_embedding, n_tokens = primes(generator, 4, low=5, high=17)
        sizes = [
            (n_rows, d_state),
            (n_rows, d_context),
            (n_tokens, d_embedding),
            (d_state, d_embedding + d_context),
            (d_state, d_state),
            (n_tokens, d_state),
        ]
        token = torch.randint(n_tokens, (n_rows,), generator=generator)
        drawn = [torch.randn(size, generator=generator) for size in sizes]
        drawn[3:5] = [weight / math.sqrt(weight.shape[1]) for weight in drawn[3:5]]
        yield token, *drawn


def _step_linear(*args: Tensor) -> tuple[Tensor, Tensor]:
    token, state, context, table, from_input, from_state, to_logits = args
    x = torch.cat([F.embedding(token, table), context], dim=-1)
    state = torch.tanh(F.linear(x, from_input) + F.linear(state, from_state))
    return F.linear(state, to_logits).topk(1).indices.squeeze(-1), state


def _step_one_product(*args: Tensor) -> tuple[Tensor, Tensor]:
    token, state, context, table, from_input, from_state, to_logits = args
    x = torch.cat([table[token], context, state], dim=-1)
    state = (x @ torch.cat([from_input, from_state], dim=-1).T).tanh()
    return (state @ to_logits.T).softmax(-1).argmax(-1), state


def _step_loop(*args: Tensor) -> tuple[Tensor, Tensor]:
    token, state, context, table, from_input, from_state, to_logits = args
    states = []
    for b, number in enumerate(token.tolist()):
        x = torch.cat([table[number], context[b]])
        states.append(torch.tanh(from_input @ x + from_state @ state[b]))
    tokens = [int((to_logits @ s).argmax()) for s in states]
    return torch.tensor(tokens), torch.stack(states)


def _step_split(*args: Tensor) -> tuple[Tensor, Tensor]:
    token, state, context, table, from_input, from_state, to_logits = args
    d_embedding = table.shape[1]
    by_token = (
        table @ from_input[:, :d_embedding].T
    )  # (n_tokens, d_state), once for all
    by_context = context @ from_input[:, d_embedding:].T
    state = torch.tanh(by_token[token] + by_context + state @ from_state.T)
    return torch.einsum("bd,nd->bn", state, to_logits).max(dim=-1).indices, state


def _step_old_state(*args: Tensor) -> tuple[Tensor, Tensor]:
    _, state, *_, to_logits = args
    return (state @ to_logits.T).argmax(-1), decode_one_step(*args)[1]


def _step_keeps_state(*args: Tensor) -> tuple[Tensor, Tensor]:
    return decode_one_step(*args)[0], args[1]


def _step_without(place: int, args: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
    """Take the step with one argument set to zero."""
    token, *rest = (
        torch.zeros_like(x) if i == place else x for i, x in enumerate(args)
    )
    state, context, table, from_input, from_state, to_logits = rest
    return decode_one_step(
        token, state, context, table, from_input, from_state, to_logits
    )


def _step_no_context(*args: Tensor) -> tuple[Tensor, Tensor]:
    return _step_without(2, args)


def _step_no_memory(*args: Tensor) -> tuple[Tensor, Tensor]:
    return _step_without(1, args)


def _step_no_token(*args: Tensor) -> tuple[Tensor, Tensor]:
    return _step_without(3, args)


def _step_context_first(*args: Tensor) -> tuple[Tensor, Tensor]:
    token, state, context, table, from_input, from_state, to_logits = args
    x = torch.cat([context, table[token]], dim=-1)
    state = torch.tanh(x @ from_input.T + state @ from_state.T)
    return (state @ to_logits.T).argmax(-1), state


def _step_no_tanh(*args: Tensor) -> tuple[Tensor, Tensor]:
    token, state, context, table, from_input, from_state, to_logits = args
    state = (
        torch.cat([table[token], context], dim=-1) @ from_input.T + state @ from_state.T
    )
    return (state @ to_logits.T).argmax(-1), state


def _step_not_transposed(*args: Tensor) -> tuple[Tensor, Tensor]:
    token, state, context, table, from_input, from_state, to_logits = args
    return decode_one_step(
        token, state, context, table, from_input, from_state.T, to_logits
    )


def _step_logits(*args: Tensor) -> tuple[Tensor, Tensor]:
    state = decode_one_step(*args)[1]
    return state @ args[6].T, state


def _step_batch_axis(*args: Tensor) -> tuple[Tensor, Tensor]:
    state = decode_one_step(*args)[1]
    return (state @ args[6].T).argmax(0), state


ONE_STEP = Exercise(
    id="2.7",
    title="One decoding step",
    difficulty=2,
    minutes=10,
    statement="""\
Here is a decoder with nothing hidden in a module: a plain recurrent cell and three matrices. With \
`y` the token's vector from `table`, `C` the context and `s` the state, one step is

`s' = tanh(from_input [y; C] + from_state s)`, and the next token is the *place* of the largest \
entry of `to_logits s'`.

`[y; C]` sets the token's vector and the context side by side, in this order. Write \
`decode_one_step(token, state, context, table, from_input, from_state, to_logits)` for a whole \
batch. It returns the next tokens `(B,)` and the new states `(B, d_state)`.""",
    make_inputs=_step_inputs,
    solution=decode_one_step,
    outputs=("next_token", "next_state"),
    hints=(
        "The formula is for column vectors. In the batch each vector is a *row*, so `W x` becomes "
        "`x @ W.T`.",
        "`table[token]` looks all vectors up at once, `(B, d_embedding)`, and "
        "`torch.cat([…, context], dim=-1)` sets the context next to them. Which state do the "
        "logits come from, the old one or the new one?",
        "`x = torch.cat([table[token], context], dim=-1)`, then `next_state = torch.tanh(x @ "
        "from_input.T + state @ from_state.T)`, then `(next_state @ to_logits.T)`, `(B, "
        "n_tokens)`, and its `argmax` over the last axis.",
    ),
    wrong=(
        Wrong(
            _step_old_state,
            "Your token comes from the state before the step. Update the state first: what was "
            "just read has its say in what is written next.",
        ),
        Wrong(
            _step_keeps_state,
            "Your token is right, but you return the state as it came. The next step would "
            "forget that this one happened: return the new state.",
        ),
        Wrong(
            _step_no_context,
            "The context has no effect: C is what the decoder knows of the source. Set it next "
            "to the token's vector.",
        ),
        Wrong(
            _step_no_memory,
            "The old state has no effect: the decoder would not know what it has written. Add "
            "`state @ from_state.T`.",
        ),
        Wrong(
            _step_no_token,
            "The token read has no effect. Look its vector up in `table`.",
        ),
        Wrong(
            _step_context_first,
            "You set the context first and the token's vector second. The columns of "
            "`from_input` expect them the other way round.",
        ),
        Wrong(
            _step_no_tanh,
            "The tanh is missing. Without it the state can grow from step to step without bound.",
        ),
        Wrong(
            _step_not_transposed,
            "`from_state` is transposed. It is square, so both ways run: a row times a matrix "
            "that is written for columns is `state @ from_state.T`.",
        ),
        Wrong(
            _step_logits,
            "You return the scores of all tokens. Asked for is the number of the largest: "
            "`argmax` over the last axis.",
        ),
        Wrong(
            _step_batch_axis,
            "You take the argmax over the batch: for every token, the sequence that likes it "
            "most. Take it over the tokens, the last axis.",
        ),
    ),
    right=(_step_linear, _step_one_product, _step_loop, _step_split),
)


# ------------------------------------------------------- 2.8 greedy decoding with a stop


class ToyDecoder(nn.Module):
    """A decoder small enough for a check: ``logits, state = step(token, state)``."""

    table: Tensor
    from_state: Tensor
    to_logits: Tensor

    def __init__(self, table: Tensor, from_state: Tensor, to_logits: Tensor) -> None:
        super().__init__()
        self.register_buffer("table", table)
        self.register_buffer("from_state", from_state)
        self.register_buffer("to_logits", to_logits)

    def forward(self, token: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        state = torch.tanh(self.table[token] + state @ self.from_state)  # (B, d_state)
        return state @ self.to_logits, state  # (B, n_tokens), (B, d_state)


Step = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


def write_greedily(
    step: "Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]",
    state: Tensor,
    start: int,
    end: int,
    pad: int,
    max_length: int,
) -> Tensor:
    """Write the likeliest token, read it, write the next, until all have ended.

    Args:
        step: the decoder, ``logits, state = step(token, state)``: it reads the
            tokens ``(B,)`` and the states ``(B, d_state)`` and gives the scores of
            the next tokens ``(B, n_tokens)`` and the new states.
        state: ``(B, d_state)``, the states before the first step.
        start: the token to read first.
        end: the token that ends a row.
        pad: the token that fills a row up once it has ended.
        max_length: the most tokens to write.

    Returns:
        Integers ``(B, T)``: each row's tokens with its ``end``, then ``pad``. ``T``
        is the length of the longest row, and at most ``max_length``.
    """
    token = torch.full((state.shape[0],), start)  # (B,)
    ended = torch.zeros(state.shape[0], dtype=torch.bool)  # (B,)
    written: list[Tensor] = []
    while len(written) < max_length and not ended.all():
        logits, state = step(token, state)
        token = logits.argmax(dim=-1).masked_fill(ended, pad)  # (B,)
        written.append(token)
        ended = ended | (token == end)
    return torch.stack(written, dim=1)  # (B, T)


def _greedy_inputs(generator: torch.Generator) -> Iterator[Args]:
    for special, cut in (((1, 2, 0), False), ((3, 0, 1), True), ((0, 1, 2), False)):
        start, end, pad = special
        n_rows, d_state, n_tokens = primes(generator, 3, low=5, high=13)
        while True:  # until the rows end at several places, and none takes long
            step = ToyDecoder(
                torch.randn(n_tokens, d_state, generator=generator),
                torch.randn(d_state, d_state, generator=generator) / math.sqrt(d_state),
                torch.randn(d_state, n_tokens, generator=generator),
            )
            state = torch.randn(n_rows, d_state, generator=generator)
            ends = (write_greedily(step, state, start, end, pad, 13) == end).long()
            lengths = ends.argmax(1) + 1
            if (
                bool(ends.any(1).all())
                and len(lengths.unique()) > 2
                and int(lengths.min()) > 1
            ):
                break
        longest = int(lengths.max())
        yield step, state, start, end, pad, longest - 1 if cut else longest + 3


def _greedy_rows(
    step: Step, state: Tensor, start: int, end: int, pad: int, max_length: int
) -> Tensor:
    rows = []
    for b in range(len(state)):
        row: list[int] = []
        token, one = start, state[b : b + 1]
        while token != end and len(row) < max_length:
            logits, one = step(torch.tensor([token]), one)
            token = int(logits.argmax())
            row.append(token)
        rows.append(row)
    return pad_rows(rows, pad)


def _greedy_cut_afterwards(
    step: Step, state: Tensor, start: int, end: int, pad: int, max_length: int
) -> Tensor:
    tokens = _greedy(step, state, start, end, pad, max_length, fill=False, stop="never")
    ended_before = (tokens == end).long().cumsum(1) - (tokens == end).long() > 0
    width = int((~ended_before).sum(1).max())
    return tokens.masked_fill(ended_before, pad)[:, :width]


def _greedy_preallocated(
    step: Step, state: Tensor, start: int, end: int, pad: int, max_length: int
) -> Tensor:
    tokens = torch.full((len(state), max_length), pad)
    token = torch.full((len(state),), start)
    running = torch.ones(len(state), dtype=torch.bool)
    for t in range(max_length):
        logits, state = step(token, state)
        token = torch.where(running, logits.topk(1).indices[:, 0], pad)
        tokens[:, t] = token
        running = running & (token != end)
        if not running.any():
            return tokens[:, : t + 1]
    return tokens


def _greedy(
    step: Step,
    state: Tensor,
    start: int,
    end: int,
    pad: int,
    max_length: int,
    *,
    fill: bool = True,
    stop: str = "all",
    feed: bool = True,
    carry: bool = True,
) -> Tensor:
    """Decode greedily, with one part or the other left out."""
    token = first = torch.full((len(state),), start)
    ended = torch.zeros(len(state), dtype=torch.bool)
    written: list[Tensor] = []
    while len(written) < max_length:
        if (stop == "all" and ended.all()) or (stop == "any" and ended.any()):
            break
        logits, next_state = step(token if feed else first, state)
        state = next_state if carry else state
        token = logits.argmax(-1)
        written.append(token.masked_fill(ended, pad) if fill else token)
        ended = ended | (token == end)
    return torch.stack(written, dim=1)


def _greedy_never_stops(
    step: Step, state: Tensor, start: int, end: int, pad: int, max_length: int
) -> Tensor:
    return _greedy(step, state, start, end, pad, max_length, fill=False, stop="never")


def _greedy_full_width(
    step: Step, state: Tensor, start: int, end: int, pad: int, max_length: int
) -> Tensor:
    return _greedy(step, state, start, end, pad, max_length, stop="never")


def _greedy_writes_on(
    step: Step, state: Tensor, start: int, end: int, pad: int, max_length: int
) -> Tensor:
    return _greedy(step, state, start, end, pad, max_length, fill=False)


def _greedy_first_end(
    step: Step, state: Tensor, start: int, end: int, pad: int, max_length: int
) -> Tensor:
    return _greedy(step, state, start, end, pad, max_length, stop="any")


def _greedy_with_start(
    step: Step, state: Tensor, start: int, end: int, pad: int, max_length: int
) -> Tensor:
    return F.pad(_greedy(step, state, start, end, pad, max_length), (1, 0), value=start)


def _greedy_without_end(
    step: Step, state: Tensor, start: int, end: int, pad: int, max_length: int
) -> Tensor:
    tokens = _greedy(step, state, start, end, pad, max_length)
    return tokens.masked_fill(tokens == end, pad)


def _greedy_not_fed(
    step: Step, state: Tensor, start: int, end: int, pad: int, max_length: int
) -> Tensor:
    return _greedy(step, state, start, end, pad, max_length, feed=False)


def _greedy_not_carried(
    step: Step, state: Tensor, start: int, end: int, pad: int, max_length: int
) -> Tensor:
    return _greedy(step, state, start, end, pad, max_length, carry=False)


def _greedy_one_early(
    step: Step, state: Tensor, start: int, end: int, pad: int, max_length: int
) -> Tensor:
    return _greedy(step, state, start, end, pad, max_length - 1)


def _greedy_no_limit(
    step: Step, state: Tensor, start: int, end: int, pad: int, max_length: int
) -> Tensor:
    return _greedy(step, state, start, end, pad, max_length + 13)


GREEDY = Exercise(
    id="2.8",
    title="Greedy decoding with a stop",
    difficulty=2,
    minutes=15,
    statement="""\
Without a teacher the decoder reads what it wrote itself. Write `write_greedily(step, state, \
start, end, pad, max_length)`: read `start`, take the token with the largest score, read that, and \
so on. `step` is the decoder: `logits, state = step(token, state)`.

The rows of a batch do not end together. A row that has written `end` gets `pad` from then on; \
when all rows have ended, or after `max_length` tokens, stop. `start` is read and not written; \
`end` is written.""",
    make_inputs=_greedy_inputs,
    solution=write_greedily,
    hints=(
        "Keep three things from step to step: the token written last, the state, and for every "
        "row whether it has ended, a boolean `(B,)`.",
        "`logits.argmax(dim=-1)` is the next token of every row. For the rows that have ended, "
        "`masked_fill(ended, pad)` puts `pad` in its place. When must `ended` be updated: before "
        "or after the token is written?",
        "`while len(written) < max_length and not ended.all():` do a step, take the argmax, fill "
        "in `pad` where `ended`, append the token to `written`, and only then set `ended = ended "
        "| (token == end)`, so that the `end` itself is still written. At last "
        "`torch.stack(written, dim=1)`.",
    ),
    wrong=(
        Wrong(
            _greedy_never_stops,
            "You always write `max_length` tokens, and rows go on after their `end`. Remember "
            "for each row whether it has ended, and stop when all have.",
        ),
        Wrong(
            _greedy_full_width,
            "You go on to `max_length` although all rows have ended. Those columns are nothing "
            "but `pad`: stop as soon as the last row has written `end`.",
        ),
        Wrong(
            _greedy_writes_on,
            "You stop at the right time, but rows that ended early go on writing until the last "
            "one ends. After its `end` a row gets `pad`.",
        ),
        Wrong(
            _greedy_first_end,
            "You stop as soon as *any* row has ended, and cut all others off. Go on until *all* "
            "have.",
        ),
        Wrong(
            _greedy_with_start,
            "Your rows begin with `start`. It is read first, but nobody wrote it: leave it out.",
        ),
        Wrong(
            _greedy_without_end,
            "Your rows have no `end`. It is a token that the model wrote: keep it, and fill up "
            "after it. (Update `ended` after writing the token, not before.)",
        ),
        Wrong(
            _greedy_not_fed,
            "The decoder reads `start` at every step. It should read the token that it wrote "
            "last.",
        ),
        Wrong(
            _greedy_not_carried,
            "Every step begins with the first state again. Pass the new state on: `logits, state "
            "= step(token, state)`.",
        ),
        Wrong(
            _greedy_one_early,
            "You write at most `max_length - 1` tokens. `start` is not among those that count.",
        ),
        Wrong(
            _greedy_no_limit,
            "You write more than `max_length` tokens. A model can go on for ever: count the "
            "tokens, and stop there.",
        ),
    ),
    right=(_greedy_rows, _greedy_cut_afterwards, _greedy_preallocated),
)


# ------------------------------------------------------------------ 2.9 exact match


def share_of_exact(written: Tensor, expected: Tensor, mask: Tensor) -> float:
    """Count the rows that a model wrote without a single mistake.

    Args:
        written: integers ``(B, T)``, what the model wrote; after its end, anything.
        expected: integers ``(B, T)``, what it should have written.
        mask: boolean ``(B, T)``, ``True`` where ``expected`` has a real token.

    Returns:
        The share of rows in which every real token is right, a float from 0 to 1.
    """
    right = (written == expected) | ~mask  # (B, T), padding cannot be wrong
    return float(right.all(dim=1).float().mean())


def _exact_inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_rows in (11, 17, 13):
        while True:  # until every mistake gives a number of its own
            width = primes(generator, 1, low=5, high=7)[0]
            lengths = torch.randint(2, width, (n_rows,), generator=generator)
            lengths[0] = width
            mask = torch.arange(width) < lengths[:, None]
            expected = torch.randint(4, 14, mask.shape, generator=generator) * mask
            other = 4 + (expected - 3) % 10  # another letter than the right one
            kind = torch.randint(4, (n_rows, 1), generator=generator)
            place = (
                torch.rand(n_rows, 1, generator=generator) * lengths[:, None]
            ).long()
            one = torch.arange(width) == place
            wrong = ((kind == 1) & one) | (
                (kind == 2) & mask
            )  # one mistake, or all wrong
            written = torch.where(wrong, other, expected)
            garbage = torch.rand(n_rows, 1, generator=generator) < 0.5
            written = torch.where(garbage & ~mask, 4, written)
            args = (written, expected, mask)
            attempts = [share_of_exact, *(known.attempt for known in _EXACT_WRONG)]
            if len({round(attempt(*args), 3) for attempt in attempts}) == len(attempts):
                break
        yield args


def _exact_counted(written: Tensor, expected: Tensor, mask: Tensor) -> float:
    mistakes = ((written != expected) & mask).sum(1)
    return int((mistakes == 0).sum()) / len(mask)


def _exact_lists(written: Tensor, expected: Tensor, mask: Tensor) -> float:
    hits = 0
    for ours, theirs, real in zip(written, expected, mask, strict=True):
        hits += ours[real].tolist() == theirs[real].tolist()
    return hits / len(written)


def _exact_product(written: Tensor, expected: Tensor, mask: Tensor) -> float:
    right = torch.where(mask, written == expected, True)
    return right.prod(dim=1).double().mean().item()


def _exact_padding(written: Tensor, expected: Tensor, mask: Tensor) -> float:
    return float((written == expected).all(1).float().mean())


def _exact_characters(written: Tensor, expected: Tensor, mask: Tensor) -> float:
    return float((written == expected)[mask].float().mean())


def _exact_places(written: Tensor, expected: Tensor, mask: Tensor) -> float:
    return float((written == expected).float().mean())


def _exact_any(written: Tensor, expected: Tensor, mask: Tensor) -> float:
    return float(((written == expected) & mask).any(1).float().mean())


def _exact_number(written: Tensor, expected: Tensor, mask: Tensor) -> float:
    return share_of_exact(written, expected, mask) * len(mask)


def _exact_error(written: Tensor, expected: Tensor, mask: Tensor) -> float:
    return 1 - share_of_exact(written, expected, mask)


def _exact_first(written: Tensor, expected: Tensor, mask: Tensor) -> float:
    return float((written == expected)[:, 0].float().mean())


def _exact_masked_out(written: Tensor, expected: Tensor, mask: Tensor) -> float:
    return float(((written == expected) & mask).all(1).float().mean())


_EXACT_WRONG = (
    Wrong(
        _exact_padding,
        "You compare the padding too. A row may be right up to its end and still differ in "
        "places that nobody reads.",
    ),
    Wrong(
        _exact_characters,
        "This is the share of right *tokens*. A date with one wrong digit is a wrong date: a row "
        "counts only if all its tokens are right.",
    ),
    Wrong(
        _exact_places,
        "This is the share of right places, padding included. Look at whole rows, and at their "
        "real tokens only.",
    ),
    Wrong(
        _exact_any,
        "You count the rows with *any* right token. Count those in which *all* are right.",
    ),
    Wrong(
        _exact_number,
        "This is the number of right rows. Divide by how many rows there are.",
    ),
    Wrong(
        _exact_error,
        "This is the share of rows with a mistake. Asked for are those without.",
    ),
    Wrong(
        _exact_first,
        "You compare the first token of each row only.",
    ),
    Wrong(
        _exact_masked_out,
        "Padding counts as a mistake, so only rows without padding can be right. Where `mask` is "
        "`False`, nothing can be wrong: `right | ~mask`, not `right & mask`.",
    ),
)

EXACT = Exercise(
    id="2.9",
    title="Exact match",
    difficulty=1,
    minutes=5,
    statement="""\
Nine characters out of ten make a wrong date. So the chapter counts *exact matches*: strings that \
are right from the first token to the last. Write `share_of_exact(written, expected, mask)`: the \
share of rows, from 0 to 1, in which every real token is right. All three arguments are `(B, T)`. \
What stands in the places of padding does not matter.""",
    make_inputs=_exact_inputs,
    solution=share_of_exact,
    hints=(
        "First say for each place whether it is fine, `(B, T)`; then for each row whether all "
        "its places are, `(B,)`; then take the share.",
        "A place is fine if the tokens are equal *or* it is padding. `.all(dim=1)` asks a whole "
        "row at once; the mean of ones and zeros is a share.",
        "`right = (written == expected) | ~mask`, then `right.all(dim=1)` is `(B,)` and boolean. "
        "The mean of it as floats is the share; `float(…)` makes a number of the tensor.",
    ),
    wrong=_EXACT_WRONG,
    right=(_exact_counted, _exact_lists, _exact_product),
)


# ------------------------------------------------- 2.10 an experiment with a prediction

BACKWARDS = Question(
    id="2.10",
    title="Is it easier to write backwards?",
    difficulty=2,
    minutes=15,
    text="""\
The chapter copies strings through C. Now the model has to write them *backwards*, `abcd` as \
`dcba`. Which of the two is easier? **Write your prediction and your reason down before you run \
the cell** (about half a minute).

1. For backwards one may say: the letter read last is still fresh, and it is written first. For \
copying: people find it easier. What does an encoder that reads in both directions say?
2. Three seeds are run for each task. How far apart will two runs of the *same* task be?
3. Suppose that one task scores 0.05 higher. What do you conclude?

```python
import torch

from attention_course.data.copy_task import copy_vocabulary, make_copies
from attention_course.data.sequences import Batches
from attention_course.encoder_decoder import EncoderDecoder, exact_match
from attention_course.encoder_decoder import sequence_loss, translate
from attention_course.lab.training import fit


def written_right(reverse, seed):
    letters = copy_vocabulary()  # 8 letters
    task = {"min_length": 1, "max_length": 8, "reverse": reverse}
    batches = Batches(make_copies(4096, seed=seed, **task), letters, letters, 64)
    torch.manual_seed(seed)
    sizes = {"d_embedding": 16, "d_encoder": 64, "d_decoder": 64, "d_context": 32}
    model = EncoderDecoder(len(letters), len(letters), **sizes)
    fit(model, batches, sequence_loss, epochs=8, seed=seed)
    shares = {}
    for length in (3, 4, 5, 6):
        task = {"min_length": length, "max_length": length, "reverse": reverse}
        tests = make_copies(200, seed=99, **task)
        sources = [pair.source for pair in tests]
        written = translate(model, sources, letters, letters, max_length=10)
        targets = [pair.target for pair in tests]
        shares[length] = exact_match([one.text for one in written], targets)
    return shares


for reverse in (False, True):
    for seed in (0, 1, 2):
        print("backwards" if reverse else "copied", seed, written_right(reverse, seed))
```""",
    answer="""\
1. **Neither is easier.** Turn every source round, let the encoder's two GRUs change places, and \
with them the two halves of the matrix that makes C, the half for each GRU. C is what it was: \
copying has become writing backwards, and the model is otherwise the same. Whatever parameters \
solve one task solve the other, swapped in this way. So a difference can only come from chance: \
the numbers that training starts with, and the strings that were drawn.
2. **Far.** With 5 or 6 letters, where some strings succeed and some fail, two seeds easily differ \
by 0.1.
3. **Nothing yet.** A difference between two tasks means something when it is larger than that \
between two seeds of one task. That is why the figures of this chapter have error bars. One run of \
each would have given you a winner, and you would have found a reason for it.

Sutskever et al. (2014) reversed their sources and translated better. Their encoder read in *one* \
direction, so the symmetry did not hold, and their sentences were long. Try it: \
`model.encoder.backwards.register_forward_hook(lambda module, x, out: (0 * out[0], out[1]))` after \
the model is made silences the second GRU. Use more seeds than three before you believe what you \
see.""",
)


# ------------------------------------------------------------------ 2.11 beam search


class ToyLanguage(nn.Module):
    """A model of a language small enough for a check: prefixes → log-probabilities."""

    scores: Tensor

    def __init__(self, scores: Tensor) -> None:
        super().__init__()
        self.register_buffer(
            "scores", scores
        )  # (n_tokens, n_tokens), a row for each token read

    def forward(self, prefixes: Tensor) -> Tensor:
        return self.scores[prefixes[:, -1]].log_softmax(-1)  # (n, n_tokens)


Next = Callable[[Tensor], Tensor]


def search_beams(
    step: "Callable[[Tensor], Tensor]",
    start: int,
    end: int,
    width: int,
    max_length: int,
) -> tuple[Tensor, float]:
    """Search for a likely sequence, keeping several beginnings at a time.

    Args:
        step: the model: beginnings ``(n, T)``, each with ``start`` in front → the
            log-probabilities of their next tokens, ``(n, n_tokens)``.
        start: the token in front of every beginning; it is not written.
        end: the token that ends a sequence.
        width: how many beams to keep.
        max_length: the most tokens to write, ``end`` included.

    Returns:
        ``(tokens, score)``: integers ``(T,)``, with ``end`` and without ``start``,
        and their log-probability per token, a float.
    """
    beams: list[tuple[list[int], float]] = [
        ([], 0.0)
    ]  # tokens, and their log-probability
    for _ in range(max_length):
        candidates = []
        for tokens, total in beams:
            if tokens and tokens[-1] == end:  # finished: it stays as it is
                candidates.append((tokens, total))
                continue
            log_p = step(torch.tensor([[start, *tokens]]))[0]  # (n_tokens,)
            for token, value in enumerate(log_p.tolist()):
                candidates.append(([*tokens, token], total + value))
        beams = sorted(candidates, key=lambda beam: beam[1], reverse=True)[:width]
    tokens, total = max(beams, key=lambda beam: beam[1] / len(beam[0]))
    return torch.tensor(tokens), total / len(tokens)


# Small languages, one for each input: the scores of the next token, a row for each token
# read. Drawn at random, most languages forgive most mistakes; these were searched for.
# Token 1 is the start and token 2 the end.
LANGUAGES = (
    (
        (1.1, -9.0, -0.6, -1.1, -0.3),
        (-1.3, -9.0, -1.5, -0.8, -2.0),
        (1.9, -9.0, 0.0, -0.7, -2.0),
        (-1.3, -9.0, 1.6, -0.6, 1.5),
        (-1.2, -9.0, -1.6, 0.9, -0.8),
    ),
    (
        (1.8, -9.0, -0.6, 0.6, -0.2),
        (-1.2, -9.0, -0.1, 0.0, -2.0),
        (-1.3, -9.0, -1.2, -0.3, 2.0),
        (-0.7, -9.0, 0.2, -0.5, 0.1),
        (0.5, -9.0, -1.8, 1.7, 0.1),
    ),
    (
        (-2.0, -9.0, -1.5, -0.2, 2.0),
        (1.9, -9.0, -0.5, -1.5, -1.2),
        (-1.9, -9.0, 0.5, -1.1, -0.2),
        (0.3, -9.0, 2.0, 1.3, -1.0),
        (-1.4, -9.0, 1.9, 0.0, 0.4),
    ),
)


def _beam_inputs(generator: torch.Generator) -> Iterator[Args]:
    sizes = ((2, 5), (3, 7), (4, 6))
    for language, (width, max_length) in zip(LANGUAGES, sizes, strict=True):
        scores = torch.tensor(language)
        scores = scores + 0.02 * torch.randn(scores.shape, generator=generator)
        order = torch.randperm(
            len(scores), generator=generator
        )  # other numbers, same words
        start, end = order.argsort()[1:3].tolist()
        yield ToyLanguage(scores[order][:, order]), start, end, width, max_length


def _beam_tensors(
    step: Next, start: int, end: int, width: int, max_length: int
) -> tuple[Tensor, float]:
    prefixes, totals = torch.tensor([[start]]), torch.zeros(1)
    lengths = torch.zeros(1)
    for _ in range(max_length):
        log_p = step(prefixes)
        ended = prefixes[:, -1] == end
        # A finished beam has one child: itself, with one more END at no cost.
        log_p[ended] = -math.inf
        log_p[ended, end] = 0.0
        flat = (totals[:, None] + log_p).flatten()
        best = flat.topk(min(width, int(flat.isfinite().sum())))
        parents = best.indices // log_p.shape[1]
        children = best.indices % log_p.shape[1]
        lengths = lengths[parents] + ~ended[parents]
        prefixes = torch.cat([prefixes[parents], children[:, None]], dim=1)
        totals = best.values
    winner = int((totals / lengths).argmax())
    n = int(lengths[winner])
    return prefixes[winner, 1 : n + 1], float(totals[winner] / n)


def _beam_sorted_by_hand(
    step: Next, start: int, end: int, width: int, max_length: int
) -> tuple[Tensor, float]:
    beams: list[tuple[float, tuple[int, ...]]] = [(0.0, (start,))]
    while (
        any(beam[-1] != end for _, beam in beams)
        and len(max(beams, key=_size)[1]) <= max_length
    ):
        grown = [item for item in beams if item[1][-1] == end]
        for total, beam in beams:
            if beam[-1] != end:
                values = step(torch.tensor([beam])).squeeze(0)
                grown += [(total + float(v), (*beam, i)) for i, v in enumerate(values)]
        grown.sort(reverse=True)
        beams = grown[:width]
    score, beam = max((total / (len(beam) - 1), beam) for total, beam in beams)
    return torch.tensor(beam[1:]), score


def _size(beam: tuple[float, tuple[int, ...]]) -> int:
    return len(beam[1])


def _beam_recursive(
    step: Next, start: int, end: int, width: int, max_length: int
) -> tuple[Tensor, float]:
    def children(beam: tuple[float, list[int]]) -> list[tuple[float, list[int]]]:
        total, tokens = beam
        if tokens[-1] == end:
            return [beam]
        values = (step(torch.tensor([tokens]))[0] + total).tolist()
        return [(value, [*tokens, token]) for token, value in enumerate(values)]

    def grow(
        beams: list[tuple[float, list[int]]], left: int
    ) -> list[tuple[float, list[int]]]:
        if left == 0:
            return beams
        everyone = sorted(child for beam in beams for child in children(beam))
        return grow(everyone[-width:], left - 1)

    total, tokens = max(
        grow([(0.0, [start])], max_length),
        key=lambda beam: beam[0] / (len(beam[1]) - 1),
    )
    return torch.tensor(tokens[1:]), total / (len(tokens) - 1)


def _beam(
    step: Next,
    start: int,
    end: int,
    width: int,
    max_length: int,
    *,
    add_probabilities: bool = False,
    finished: str = "stay",
    best_child_only: bool = False,
    rank_by_mean: bool = False,
    choose_by_mean: bool = True,
) -> tuple[Tensor, float]:
    """Search, with one part or the other done differently."""

    def mean(beam: tuple[list[int], float]) -> float:
        return beam[1] / len(beam[0])

    beams: list[tuple[list[int], float]] = [([], 0.0)]
    for _ in range(max_length):
        candidates: list[tuple[list[int], float]] = []
        for tokens, total in beams:
            if tokens and tokens[-1] == end and finished != "grow":
                candidates.append((tokens, total))
                continue
            log_p = step(torch.tensor([[start, *tokens]]))[0]
            values = (log_p.exp() if add_probabilities else log_p).tolist()
            children = [([*tokens, token], total + v) for token, v in enumerate(values)]
            # From the empty beginning all children are needed, or there is one beam for ever.
            if best_child_only and tokens:
                children = [max(children, key=lambda beam: beam[1])]
            candidates += children
        candidates.sort(
            key=mean if rank_by_mean else lambda beam: beam[1], reverse=True
        )
        beams = candidates[:width]
        if finished == "win" and any(tokens[-1] == end for tokens, _ in beams):
            beams = [beam for beam in beams if beam[0][-1] == end]
            break
    tokens, total = max(beams, key=mean if choose_by_mean else lambda beam: beam[1])
    return torch.tensor(tokens), total / len(tokens)


def _beam_probabilities(
    step: Next, start: int, end: int, width: int, max_length: int
) -> tuple[Tensor, float]:
    return _beam(step, start, end, width, max_length, add_probabilities=True)


def _beam_grow(
    step: Next, start: int, end: int, width: int, max_length: int
) -> tuple[Tensor, float]:
    return _beam(step, start, end, width, max_length, finished="grow")


def _beam_first_to_finish(
    step: Next, start: int, end: int, width: int, max_length: int
) -> tuple[Tensor, float]:
    return _beam(step, start, end, width, max_length, finished="win")


def _beam_best_child(
    step: Next, start: int, end: int, width: int, max_length: int
) -> tuple[Tensor, float]:
    return _beam(step, start, end, width, max_length, best_child_only=True)


def _beam_greedy(
    step: Next, start: int, end: int, width: int, max_length: int
) -> tuple[Tensor, float]:
    return _beam(step, start, end, 1, max_length)


def _beam_rank_by_mean(
    step: Next, start: int, end: int, width: int, max_length: int
) -> tuple[Tensor, float]:
    return _beam(step, start, end, width, max_length, rank_by_mean=True)


def _beam_choose_by_sum(
    step: Next, start: int, end: int, width: int, max_length: int
) -> tuple[Tensor, float]:
    return _beam(step, start, end, width, max_length, choose_by_mean=False)


def _beam_no_lengths(
    step: Next, start: int, end: int, width: int, max_length: int
) -> tuple[Tensor, float]:
    tokens, score = _beam(step, start, end, width, max_length, choose_by_mean=False)
    return tokens, score * len(tokens)


def _beam_with_start(
    step: Next, start: int, end: int, width: int, max_length: int
) -> tuple[Tensor, float]:
    tokens, score = search_beams(step, start, end, width, max_length)
    return F.pad(tokens, (1, 0), value=start), score


_BEAM_WRONG = (
    Wrong(
        _beam_probabilities,
        "You add probabilities. The probability of a sequence is a *product*, so its logarithm "
        "is a sum of log-probabilities: add these.",
    ),
    Wrong(
        _beam_grow,
        "Your finished beams go on growing after their `end`. A finished beam stays a candidate "
        "as it is, with the score that it has.",
    ),
    Wrong(
        _beam_first_to_finish,
        "You return as soon as a beam has finished. A longer one may still be better: go on "
        "until all kept beams have finished, or up to `max_length`.",
    ),
    Wrong(
        _beam_best_child,
        "You keep the best child of every beam. The best `width` of *all* children together may "
        "come from one parent: put them into one list before you choose.",
    ),
    Wrong(
        _beam_greedy,
        "You keep a single beam, whatever `width` says: that is greedy decoding. A beginning "
        "that is second today may win tomorrow.",
    ),
    Wrong(
        _beam_rank_by_mean,
        "You already divide by the length while you search. During the search the beams are "
        "ranked by their sum; only the final choice is made per token.",
    ),
    Wrong(
        _beam_choose_by_sum,
        "Your final choice is by the sum. Every further token makes the sum smaller, so short "
        "sequences win: choose by the log-probability per token.",
    ),
    Wrong(
        _beam_no_lengths,
        "You choose by the sum and return it. Divide by the number of tokens, `end` included, "
        "before you choose: else short sequences win because they are short.",
    ),
    Wrong(
        _beam_with_start,
        "Your sequence begins with `start`. The model reads it, but nobody wrote it: leave it "
        "out.",
    ),
)

BEAM = Exercise(
    id="2.11",
    title="Beam search",
    difficulty=3,
    minutes=30,
    statement="""\
Greedy decoding never takes a choice back. A beam search keeps the `width` best beginnings at \
every step, the *beams*. Write `search_beams(step, start, end, width, max_length)`:

- Begin with one empty beam of score 0. The score of a beam is the sum of its log-probabilities.
- `max_length` times: the candidates are all children of all beams, one for every token. A beam \
that ends with `end` has finished: it has no children and is a candidate itself, as it is. Keep \
the `width` candidates with the largest scores.
- At the end divide each score by the beam's number of tokens, `end` included, and return the beam \
for which that is largest, and this number. A beam that was cut at `max_length` competes like any \
other.

`step` takes beginnings `(n, T)` with `start` in front, and returns the log-probabilities of their \
next tokens `(n, n_tokens)`. It has no state to carry: it reads the whole beginning each time. \
With `width = 1` you have the greedy decoding of exercise 2.8.""",
    make_inputs=_beam_inputs,
    solution=search_beams,
    outputs=("tokens", "score"),
    hints=(
        "A beam is a pair: a list of tokens and a score. One round makes a list of candidates "
        "out of the list of beams, sorts it, and cuts it. Plain Python lists will do.",
        "For an unfinished beam call `step(torch.tensor([[start, *tokens]]))[0]`, which is "
        "`(n_tokens,)`; every token gives the candidate `([*tokens, token], total + value)`. For "
        "a finished one append the beam itself.",
        "`beams = [([], 0.0)]`, then `max_length` times: `candidates = []`, a loop over `beams` "
        "that appends to it, and `beams = sorted(candidates, key=lambda beam: beam[1], "
        "reverse=True)[:width]`. At the end `max(beams, key=lambda beam: beam[1] / "
        "len(beam[0]))`.",
    ),
    wrong=_BEAM_WRONG,
    right=(_beam_tensors, _beam_sorted_by_hand, _beam_recursive),
)


EXERCISES: tuple[Exercise | Question, ...] = (
    WHAT_C_HOLDS,
    REAL_PLACES,
    PAD_ROWS,
    DECODER_INPUTS,
    LOSS,
    REVERSE,
    ONE_STEP,
    GREEDY,
    EXACT,
    BACKWARDS,
    BEAM,
)
