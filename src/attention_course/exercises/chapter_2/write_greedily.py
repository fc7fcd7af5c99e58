"""Exercise 2.8: Greedy decoding with a stop"""

import math
from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..checker import Args, exercise, primes
from .pad_rows import pad_rows


@exercise(
    "2.8",
    "Greedy decoding with a stop",
    stars=2,
    minutes=15,
    statement="""\
Without a teacher the decoder reads what it wrote itself. Write `write_greedily(step, state, \
start, end, pad, max_length)`: read `start`, take the token with the largest score, read that, and \
so on. `step` is the decoder: `logits, state = step(token, state)`.

The rows of a batch do not end together. A row that has written `end` gets `pad` from then on; \
when all rows have ended, or after `max_length` tokens, stop. `start` is read and not written; \
`end` is written. Only `end` ends a row: should the model write `pad` before, the row goes on.""",
)
def write_greedily(
    step: "Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]",
    state: Tensor,
    start: int,
    end: int,
    pad: int,
    max_length: int,
) -> Tensor:
    """Write the most likely token, read it, write the next, until all have ended.

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


write_greedily.hints = (
    "Keep three things from step to step: the token written last, the state, and for every "
    "row whether it has ended, a boolean `(B,)`.",
    "`logits.argmax(dim=-1)` is the next token of every row. For the rows that have ended, "
    "`masked_fill(ended, pad)` puts `pad` there instead. When must `ended` be updated: before "
    "or after the token is written?",
    "`while len(written) < max_length and not ended.all():` do a step, take the argmax, fill "
    "in `pad` where `ended`, append the token to `written`, and only then set `ended = ended "
    "| (token == end)`, so that the `end` itself is still written. Finally, "
    "`torch.stack(written, dim=1)`.",
)


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


@write_greedily.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
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
    yield step, state[:1], start, end, pad, 1


@write_greedily.right
def rows(step, state, start, end, pad, max_length):
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


Step = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


def greedy(
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


@write_greedily.right
def cut_afterwards(step, state, start, end, pad, max_length):
    tokens = greedy(step, state, start, end, pad, max_length, fill=False, stop="never")
    ended_before = (tokens == end).long().cumsum(1) - (tokens == end).long() > 0
    width = int((~ended_before).sum(1).max())
    return tokens.masked_fill(ended_before, pad)[:, :width]


@write_greedily.right
def preallocated(step, state, start, end, pad, max_length):
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


@write_greedily.wrong(
    "You always write `max_length` tokens, and rows go on after their `end`. Remember "
    "for each row whether it has ended, and stop when all have."
)
def never_stops(step, state, start, end, pad, max_length):
    return greedy(step, state, start, end, pad, max_length, fill=False, stop="never")


@write_greedily.wrong(
    "You go on to `max_length` although all rows have ended. Those columns are nothing "
    "but `pad`: stop as soon as the last row has written `end`."
)
def full_width(step, state, start, end, pad, max_length):
    return greedy(step, state, start, end, pad, max_length, stop="never")


@write_greedily.wrong(
    "You stop at the right time, but rows that ended early go on writing until the last "
    "one ends. After its `end` a row gets `pad`."
)
def writes_on(step, state, start, end, pad, max_length):
    return greedy(step, state, start, end, pad, max_length, fill=False)


@write_greedily.wrong(
    "You stop as soon as *any* row has ended, and cut all others off. Go on until *all* "
    "have."
)
def first_end(step, state, start, end, pad, max_length):
    return greedy(step, state, start, end, pad, max_length, stop="any")


@write_greedily.wrong(
    "Your rows begin with `start`. It is read first, but nobody wrote it: leave it out."
)
def with_start(step, state, start, end, pad, max_length):
    return F.pad(greedy(step, state, start, end, pad, max_length), (1, 0), value=start)


@write_greedily.wrong(
    "Your rows have no `end`. It is a token that the model wrote: keep it, and fill up "
    "after it. (Update `ended` after writing the token, not before.)"
)
def without_end(step, state, start, end, pad, max_length):
    tokens = greedy(step, state, start, end, pad, max_length)
    return tokens.masked_fill(tokens == end, pad)


@write_greedily.wrong(
    "The decoder reads `start` at every step. It should read the token that it wrote "
    "last."
)
def not_fed(step, state, start, end, pad, max_length):
    return greedy(step, state, start, end, pad, max_length, feed=False)


@write_greedily.wrong(
    "Every step begins with the first state again. Pass the new state on: `logits, state "
    "= step(token, state)`."
)
def not_carried(step, state, start, end, pad, max_length):
    return greedy(step, state, start, end, pad, max_length, carry=False)


@write_greedily.wrong(
    "You write at most `max_length - 1` tokens. `start` is not among those that count."
)
def one_early(step, state, start, end, pad, max_length):
    return greedy(step, state, start, end, pad, max_length - 1)


@write_greedily.wrong(
    "You write more than `max_length` tokens. A model can go on for ever: count the "
    "tokens, and stop there."
)
def no_limit(step, state, start, end, pad, max_length):
    return greedy(step, state, start, end, pad, max_length + 13)
