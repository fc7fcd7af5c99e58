"""Exercise 1.11: Near its neighbours, far from strangers"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "1.11",
    "Near its neighbours, far from strangers",
    stars=2,
    minutes=12,
    statement="""\
Where do good word vectors come from? Skip-gram learns them by a game: given a word, tell a word \
that really stood beside it from `n` others drawn at random, the *negatives*. A score is a dot \
product with the word's vector. The loss of one pair is

−log σ(score of the context) − Σ log σ(−score of a negative), a term for each negative:

small when the word points like its neighbour and away from every stranger. Write \
`loss_with_negatives(word, context, negatives)`: the mean of this loss over the batch. Scores may \
be as far from zero as ±200, and the loss must stay finite there.""",
)
def loss_with_negatives(word: Tensor, context: Tensor, negatives: Tensor) -> Tensor:
    """Compute skip-gram's loss with negative samples, the mean over a batch of pairs.

    Args:
        word: ``(B, d)``, the vectors of the words in the middle.
        context: ``(B, d)``, one neighbour of each.
        negatives: ``(B, n, d)``, n words drawn at random for each.

    Returns:
        One number, a tensor ``()``.
    """
    right = (word * context).sum(dim=-1)  # (B,)
    wrong = (negatives @ word.unsqueeze(-1)).squeeze(-1)  # (B, n)
    losses = -F.logsigmoid(right) - F.logsigmoid(-wrong).sum(-1)  # (B,)
    return losses.mean()


loss_with_negatives.hints = (
    "Two kinds of scores: one a pair, `(B,)`, and one for each negative, `(B, n)`. Each of them "
    "is a dot product with `word`.",
    "The scores of the negatives want an axis: `word.unsqueeze(-1)` is `(B, d, 1)`, a column for "
    "each row of the batch. The minus stands inside σ: the score of a negative should be low.",
    "σ(-200) is 0 in floats, and its logarithm -infinity. `F.logsigmoid` takes both steps in one "
    "and stays finite. Add the terms of the negatives up, and take the mean over the batch alone.",
)


@loss_with_negatives.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    sizes = primes(generator, 6, low=2, high=13)
    for places, spread in ((sizes[:3], 1.0), (sizes[3:], 0.7)):
        n_pairs, n, d = places
        yield (
            spread * torch.randn(n_pairs, d, generator=generator),
            spread * torch.randn(n_pairs, d, generator=generator),
            spread * torch.randn(n_pairs, n, d, generator=generator),
        )
    yield (
        torch.tensor([[10.0, 5.0], [10.0, -10.0]]),
        torch.tensor([[-18.0, 1.0], [4.0, -4.0]]),
        torch.tensor([[[2.0, 1.0], [14.0, 5.0]], [[-10.0, 3.0], [9.0, -9.0]]]),
    )
    yield (
        torch.tensor([[0.5, -1.0]]),
        torch.tensor([[1.5, 0.5]]),
        torch.tensor([[[-1.0, 2.0]]]),
    )


@loss_with_negatives.right
def by_softplus(word, context, negatives):
    right = torch.einsum("bd,bd->b", word, context)
    wrong = torch.einsum("bd,bnd->bn", word, negatives)
    return (F.softplus(-right) + F.softplus(wrong).sum(1)).mean()


@loss_with_negatives.right
def by_targets(word, context, negatives):
    candidates = torch.cat([context.unsqueeze(1), negatives], dim=1)
    logits = (candidates * word.unsqueeze(1)).sum(-1)
    targets = torch.zeros_like(logits)
    targets[:, 0] = 1
    losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="sum")
    return losses / len(word)


@loss_with_negatives.right
def loop(word, context, negatives):
    total = torch.zeros(())
    for w, c, others in zip(word, context, negatives, strict=True):
        total = total - F.logsigmoid(w @ c)
        for u in others:
            total = total - F.logsigmoid(-(w @ u))
    return total / len(word)


def scores(word: Tensor, context: Tensor, negatives: Tensor) -> tuple[Tensor, Tensor]:
    return (word * context).sum(-1), (negatives * word.unsqueeze(1)).sum(-1)


@loss_with_negatives.wrong(
    "You take the mean over the negatives. Their terms are added up: more negatives, more loss."
)
def mean_of_negatives(word, context, negatives):
    right, wrong = scores(word, context, negatives)
    return (-F.logsigmoid(right) - F.logsigmoid(-wrong).mean(-1)).mean()


@loss_with_negatives.wrong(
    "You draw the negatives near as well: their scores go into σ without a minus. A stranger's "
    "score should be low, so it is σ(-score) that should be near 1."
)
def no_minus_inside(word, context, negatives):
    right, wrong = scores(word, context, negatives)
    return (-F.logsigmoid(right) - F.logsigmoid(wrong).sum(-1)).mean()


@loss_with_negatives.wrong(
    "The minus of the negatives stands outside the logarithm. `-log σ(s)` and `log σ(-s)` are two "
    "things: put it inside σ, and keep the minus in front of the sum."
)
def minus_outside(word, context, negatives):
    right, wrong = scores(word, context, negatives)
    return (-F.logsigmoid(right) + F.logsigmoid(wrong).sum(-1)).mean()


@loss_with_negatives.wrong(
    "That is the log-probability, which should be large. A loss is what should be small: turn its "
    "sign."
)
def log_probability(word, context, negatives):
    return -loss_with_negatives(word, context, negatives)


@loss_with_negatives.wrong(
    "You add the losses of the batch up. The mean is asked for, so that the loss does not grow "
    "with the batch."
)
def sum_of_batch(word, context, negatives):
    return loss_with_negatives(word, context, negatives) * len(word)


@loss_with_negatives.wrong(
    "The negatives do not count in your loss. Without them all vectors may grow alike, and the "
    "loss goes to 0 while the vectors learn nothing."
)
def without_negatives(word, context, negatives):
    right, _ = scores(word, context, negatives)
    return -F.logsigmoid(right).mean()


@loss_with_negatives.wrong(
    "The negatives are compared with `context`. The game asks what stands beside `word`: all "
    "scores are dot products with it."
)
def against_context(word, context, negatives):
    right, wrong = (
        scores(word, context, negatives)[0],
        scores(context, word, negatives)[1],
    )
    return (-F.logsigmoid(right) - F.logsigmoid(-wrong).sum(-1)).mean()


@loss_with_negatives.wrong(
    "You take a softmax over the neighbour and its negatives. Here each candidate is a question "
    "by itself, yes or no: a sigmoid each."
)
def softmax(word, context, negatives):
    right, wrong = scores(word, context, negatives)
    return -torch.cat([right.unsqueeze(1), wrong], dim=1).log_softmax(1)[:, 0].mean()


@loss_with_negatives.wrong(
    "Where a score is far from zero your loss is infinite: σ(-200) is 0 in floats, and its "
    "logarithm -infinity. `F.logsigmoid` takes both steps in one."
)
def logarithm_of_sigmoid(word, context, negatives):
    right, wrong = scores(word, context, negatives)
    return (-right.sigmoid().log() - (-wrong).sigmoid().log().sum(-1)).mean()


@loss_with_negatives.wrong(
    "You compare directions: the vectors are divided by their norms. Skip-gram takes the plain "
    "dot product."
)
def cosines(word, context, negatives):
    units = (F.normalize(part, dim=-1) for part in (word, context, negatives))
    return loss_with_negatives(*units)
