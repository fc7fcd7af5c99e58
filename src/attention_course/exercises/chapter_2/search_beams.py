"""Exercise 2.11: Beam search"""

import math
from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..checker import Args, exercise


@exercise(
    "2.11",
    "Beam search",
    stars=3,
    minutes=30,
    outputs=("tokens", "score"),
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
With `width = 1` you have the greedy decoding of exercise 2.8. No two candidates have the same \
score here.""",
)
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


search_beams.hints = (
    "A beam is a pair: a list of tokens and a score. One round makes a list of candidates "
    "out of the list of beams, sorts it, and cuts it. Plain Python lists will do.",
    "For an unfinished beam call `step(torch.tensor([[start, *tokens]]))[0]`, which is "
    "`(n_tokens,)`; every token gives the candidate `([*tokens, token], total + value)`. For "
    "a finished one append the beam itself.",
    "`beams = [([], 0.0)]`, then `max_length` times: `candidates = []`, a loop over `beams` "
    "that appends to it, and `beams = sorted(candidates, key=lambda beam: beam[1], "
    "reverse=True)[:width]`. At the end `max(beams, key=lambda beam: beam[1] / "
    "len(beam[0]))`.",
)


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


class ByLength(ToyLanguage):
    """A language in which the next token depends on how many there are already."""

    def forward(self, prefixes: Tensor) -> Tensor:
        row = self.scores[min(prefixes.shape[1], len(self.scores)) - 1]
        return row.log_softmax(-1).expand(len(prefixes), -1).clone()


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


@search_beams.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    sizes = ((2, 5), (3, 7), (4, 6))
    for language, (width, max_length) in zip(LANGUAGES, sizes, strict=True):
        scores = torch.tensor(language)
        scores = scores + 0.02 * torch.randn(scores.shape, generator=generator)
        order = torch.randperm(
            len(scores), generator=generator
        )  # other numbers, same words
        start, end = order.argsort()[1:3].tolist()
        yield ToyLanguage(scores[order][:, order]), start, end, width, max_length
    # Here the best beam is one that is cut.
    log_p = torch.tensor([0.7, 1e-4, 0.3]).log()
    yield ToyLanguage(log_p.expand(3, 3).clone()), 1, 2, 2, 2
    yield ToyLanguage(log_p.expand(3, 3).clone()), 1, 2, 1, 1
    by_length = torch.tensor([[0.9, -9.0, -2.0], [-1.0, -9.0, 0.4], [0.7, -9.0, 0.1]])
    yield ByLength(by_length), 1, 2, 2, 3


@search_beams.right
def tensors(step, start, end, width, max_length):
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


def size(beam: tuple[float, tuple[int, ...]]) -> int:
    return len(beam[1])


@search_beams.right
def sorted_by_hand(step, start, end, width, max_length):
    beams: list[tuple[float, tuple[int, ...]]] = [(0.0, (start,))]
    while (
        any(beam[-1] != end for _, beam in beams)
        and len(max(beams, key=size)[1]) <= max_length
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


@search_beams.right
def recursive(step, start, end, width, max_length):
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


Next = Callable[[Tensor], Tensor]


def beam(
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


@search_beams.wrong(
    "You add probabilities. The probability of a sequence is a *product*, so its logarithm "
    "is a sum of log-probabilities: add these."
)
def probabilities(step, start, end, width, max_length):
    return beam(step, start, end, width, max_length, add_probabilities=True)


@search_beams.wrong(
    "Your finished beams go on growing after their `end`. A finished beam stays a candidate "
    "as it is, with the score that it has."
)
def finished_grow(step, start, end, width, max_length):
    return beam(step, start, end, width, max_length, finished="grow")


@search_beams.wrong(
    "You return as soon as a beam has finished. A longer one may still be better: go on "
    "until all kept beams have finished, or up to `max_length`."
)
def first_to_finish(step, start, end, width, max_length):
    return beam(step, start, end, width, max_length, finished="win")


@search_beams.wrong(
    "You keep the best child of every beam. The best `width` of *all* children together may "
    "come from one parent: put them into one list before you choose."
)
def best_child(step, start, end, width, max_length):
    return beam(step, start, end, width, max_length, best_child_only=True)


@search_beams.wrong(
    "You keep a single beam, whatever `width` says: that is greedy decoding. A beginning "
    "that is second today may win tomorrow."
)
def greedy(step, start, end, width, max_length):
    return beam(step, start, end, 1, max_length)


@search_beams.wrong(
    "You already divide by the length while you search. During the search the beams are "
    "ranked by their sum; only the final choice is made per token."
)
def rank_by_mean(step, start, end, width, max_length):
    return beam(step, start, end, width, max_length, rank_by_mean=True)


@search_beams.wrong(
    "Your final choice is by the sum. Every further token makes the sum smaller, so short "
    "sequences win: choose by the log-probability per token."
)
def choose_by_sum(step, start, end, width, max_length):
    return beam(step, start, end, width, max_length, choose_by_mean=False)


@search_beams.wrong(
    "You choose by the sum and return it. Divide by the number of tokens, `end` included, "
    "before you choose: else short sequences win because they are short."
)
def no_lengths(step, start, end, width, max_length):
    tokens, score = beam(step, start, end, width, max_length, choose_by_mean=False)
    return tokens, score * len(tokens)


@search_beams.wrong(
    "Your sequence begins with `start`. The model reads it, but nobody wrote it: leave it "
    "out."
)
def with_start(step, start, end, width, max_length):
    tokens, score = search_beams(step, start, end, width, max_length)
    return F.pad(tokens, (1, 0), value=start), score
