"""Exercise 3.7: The context of one step"""

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "3.7",
    "The context of one step",
    stars=2,
    minutes=10,
    outputs=("context", "weights"),
    statement="""\
Chapter 2's decoder got the same C at every step. Now it asks: its state `(B, d)` is one query for \
each source, and the encoder's states `(B, T, d)` are keys *and* values. Write \
`context_of_step(state, encoder_states, real)`, with plain dot scores (not divided), no weight on \
padding, and the context `(B, d)` and the weights `(B, T)` as results.

Mind the axes: there is one query for each row of the batch, and it has no axis `Tq`.""",
)
def context_of_step(
    state: Tensor,
    encoder_states: Tensor,
    real: Tensor,
) -> tuple[Tensor, Tensor]:
    """Make the context vector of one decoder step, with plain dot scores.

    Args:
        state: ``(B, d)``, the decoder's state before the step: one query a source.
        encoder_states: ``(B, T, d)``, keys and values.
        real: boolean ``(B, T)``, ``True`` = real token of the source.

    Returns:
        ``(context, weights)``: ``(B, d)`` and ``(B, T)``.
    """
    query = state.unsqueeze(-1)  # (B, d, 1), a column
    scores = (encoder_states @ query).squeeze(-1)  # (B, T, d) @ (B, d, 1) → (B, T)
    weights = scores.masked_fill(~real, -torch.inf).softmax(dim=-1)  # (B, T)
    row = weights.unsqueeze(1)  # (B, 1, T)
    return (row @ encoder_states).squeeze(1), weights  # (B, d), (B, T)


context_of_step.hints = (
    "Give the query an axis of size 1, compute as ever, and take the axis away at the end.",
    "`encoder_states @ state.unsqueeze(-1)` is `(B, T, d) @ (B, d, 1)`, one score for each "
    "token, `(B, T, 1)`. Then mask, softmax over `T`, and a weighted sum over `T`.",
    "`scores = (encoder_states @ state.unsqueeze(-1)).squeeze(-1)`, then "
    "`scores.masked_fill(~real, -torch.inf).softmax(dim=-1)`. The context is "
    "`(weights.unsqueeze(1) @ encoder_states).squeeze(1)`: `(B, 1, T) @ (B, T, d)`.",
)


@context_of_step.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    sizes = primes(generator, 6, low=3, high=17)
    for n_rows, n_tokens, d in zip(sizes[:2], sizes[2:4], sizes[4:], strict=True):
        lengths = torch.randint(2, n_tokens + 1, (n_rows,), generator=generator)
        lengths[0], lengths[-1] = n_tokens, 2
        state = torch.randn(n_rows, d, generator=generator)
        encoder_states = torch.randn(n_rows, n_tokens, d, generator=generator)
        yield state, encoder_states, torch.arange(n_tokens) < lengths[:, None]
    yield (
        torch.randn(1, 3, generator=generator),
        torch.randn(1, 2, 3, generator=generator),
        torch.tensor([[True, True]]),
    )


@context_of_step.right
def einsum(state, encoder_states, real):
    scores = torch.einsum("bd,btd->bt", state, encoder_states)
    weights = torch.where(real, scores, -torch.inf).softmax(1)
    return torch.einsum("bt,btd->bd", weights, encoder_states), weights


@context_of_step.right
def sums(state, encoder_states, real):
    scores = (state[:, None] * encoder_states).sum(-1)
    exp = (scores - scores.max()).double().exp() * real
    weights = (exp / exp.sum(1, keepdim=True)).float()
    return (weights[..., None] * encoder_states).sum(1), weights


@context_of_step.right
def loop(state, encoder_states, real):
    contexts, all_weights = [], []
    for s, h, mask in zip(state, encoder_states, real, strict=True):
        weights = torch.zeros(len(h))
        weights[mask] = (h[mask] @ s).softmax(0)
        contexts.append(weights @ h)
        all_weights.append(weights)
    return torch.stack(contexts), torch.stack(all_weights)


def context_from(weights: Tensor, encoder_states: Tensor) -> tuple[Tensor, Tensor]:
    return (weights.unsqueeze(1) @ encoder_states).squeeze(1), weights


def scores_of(state: Tensor, encoder_states: Tensor) -> Tensor:
    return (encoder_states @ state.unsqueeze(-1)).squeeze(-1)


@context_of_step.wrong(
    "Padding gets weight. Set its scores to -inf before the softmax, where `real` is "
    "`False`."
)
def unmasked(state, encoder_states, real):
    return context_from(scores_of(state, encoder_states).softmax(-1), encoder_states)


@context_of_step.wrong(
    "You set the weights of padding to zero after the softmax, so the rest no longer "
    "sums to one. Mask the scores."
)
def after(state, encoder_states, real):
    weights = scores_of(state, encoder_states).softmax(-1) * real
    return context_from(weights, encoder_states)


@context_of_step.wrong(
    "You average all real states alike, whatever the decoder's state. That is one fixed "
    "vector again: let the scores decide."
)
def mean(state, encoder_states, real):
    return context_from(real / real.sum(1, keepdim=True), encoder_states)


@context_of_step.wrong(
    "You take the best state alone. Every real token has a share, by its softmax weight."
)
def best(state, encoder_states, real):
    best = scores_of(state, encoder_states).masked_fill(~real, -torch.inf).argmax(-1)
    return context_from(F.one_hot(best, real.shape[1]).float(), encoder_states)


@context_of_step.wrong(
    "You divide the scores by √d. A good habit; here the plain dot score is asked for."
)
def scaled(state, encoder_states, real):
    return context_of_step(state / math.sqrt(state.shape[-1]), encoder_states, real)


@context_of_step.wrong(
    "Your softmax runs over the batch, so the sources compete with each other. Take it "
    "over the tokens, the last axis."
)
def over_batch(state, encoder_states, real):
    scores = scores_of(state, encoder_states).masked_fill(~real, -1e9)
    return context_from(scores.softmax(0) * real, encoder_states)


@context_of_step.wrong(
    "You return the encoder's last state: chapter 2's bottleneck. Average all states, "
    "weighted by their scores."
)
def last(state, encoder_states, real):
    return context_from(
        F.one_hot(real.sum(1) - 1, real.shape[1]).float(), encoder_states
    )


@context_of_step.wrong(
    "The axis of the single query is still there: `(B, 1, d)` and `(B, 1, T)`. Take it "
    "away with `squeeze(1)`."
)
def axis_kept(state, encoder_states, real):
    context, weights = context_of_step(state, encoder_states, real)
    return context.unsqueeze(1), weights.unsqueeze(1)
