"""Exercise 2.5: The loss of real tokens"""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checker import Args, exercise, primes
from ._shared import draw_lengths
from .real_places import real_places


@exercise(
    "2.5",
    "The loss of real tokens",
    stars=2,
    minutes=10,
    statement="""\
Padding is there to fill a tensor up, and the model should not be paid for predicting it. Write \
`loss_of_real_tokens(logits, target, mask)`: the cross-entropy, −log of the probability that the \
model gives to the right token, averaged over all real tokens of the batch.

`logits` are scores, `(B, T, n_tokens)`; a softmax over the last axis makes probabilities of them. \
Every real token counts the same, in a short row and in a long one. `mask` alone says which ones \
are real: the number 0 may be a real token too.""",
)
def loss_of_real_tokens(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Average the cross-entropy over the real tokens of a padded batch.

    Args:
        logits: ``(B, T, n_tokens)``, the scores of every token at every position.
        target: integers ``(B, T)``, the right tokens; 0 at the positions of padding.
        mask: boolean ``(B, T)``, ``True`` = real token.

    Returns:
        One number, a tensor ``()``, in nats a token.
    """
    log_p = logits.log_softmax(dim=-1)  # (B, T, n_tokens)
    losses = -log_p.gather(-1, target.unsqueeze(-1)).squeeze(-1)  # (B, T)
    return losses[mask].mean()


loss_of_real_tokens.hints = (
    "Two steps: the loss at every position, `(B, T)`, and then a mean over the positions where "
    "`mask` is `True`.",
    "`logits.log_softmax(dim=-1)` has the log-probabilities of all tokens; `gather` picks "
    "the right token's. A boolean mask as an index, `losses[mask]`, keeps the real positions.",
    "`F.cross_entropy` does the first step and the mean at once, if it gets real positions "
    "only. `logits[mask]` has the shape `(n_real, n_tokens)` and `target[mask]` the shape "
    "`(n_real,)`: just what it takes.",
)


@loss_of_real_tokens.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for _ in range(3):
        n_rows, width, n_tokens = primes(generator, 3, low=3, high=13)
        mask = real_places(draw_lengths(generator, n_rows, width))
        logits = 2 * torch.randn(n_rows, width, n_tokens, generator=generator)
        target = torch.randint(1, n_tokens, (n_rows, width), generator=generator)
        yield logits, target * mask, mask
    # Far from zero, and with token 0 at real places.
    everywhere = torch.ones(1, 2, dtype=torch.bool)
    yield torch.tensor([[[100.0, 0.0], [0.0, 3.0]]]), torch.tensor([[0, 1]]), everywhere
    one = torch.ones(1, 1, dtype=torch.bool)
    yield torch.tensor([[[-200.0, 0.0, 1.0]]]), torch.tensor([[0]]), one


@loss_of_real_tokens.right
def selected(logits, target, mask):
    return F.cross_entropy(logits[mask], target[mask])


@loss_of_real_tokens.right
def weighted(logits, target, mask):
    losses = F.cross_entropy(logits.transpose(1, 2), target, reduction="none")
    return (losses * mask).sum() / mask.sum()


@loss_of_real_tokens.right
def ignored(logits, target, mask):
    without = target.masked_fill(~mask, -100)
    return F.cross_entropy(logits.flatten(0, 1), without.flatten(), ignore_index=-100)


@loss_of_real_tokens.right
def loop(logits, target, mask):
    losses = [
        logits[b, t].logsumexp(0) - logits[b, t, target[b, t]]
        for b, t in mask.nonzero().tolist()
    ]
    return torch.stack(losses).mean()


def losses(logits: Tensor, target: Tensor) -> Tensor:
    return F.cross_entropy(logits.transpose(1, 2), target, reduction="none")


@loss_of_real_tokens.wrong(
    "You average over all positions, and padding counts as if it were a token to predict. A "
    "model gets good at padding first, so this loss looks better than the model is. "
    "Leave the positions out where `mask` is `False`."
)
def of_all_places(logits, target, mask):
    return losses(logits, target).mean()


@loss_of_real_tokens.wrong(
    "You set the loss of padding to zero, and then divide by all positions. Divide by the "
    "number of real tokens, `mask.sum()`: else the same model has a smaller loss the "
    "more padding its batch has."
)
def over_all(logits, target, mask):
    return (losses(logits, target) * mask).mean()


@loss_of_real_tokens.wrong(
    "You divide by the number of rows. That is a loss per sequence, larger for longer "
    "ones. The exercise asks for a loss per token: divide by the number of real tokens."
)
def over_rows(logits, target, mask):
    return (losses(logits, target) * mask).sum() / len(mask)


@loss_of_real_tokens.wrong(
    "You add the losses up. Divide by how many there are, so that the size of the batch "
    "does not change the size of the gradient."
)
def not_divided(logits, target, mask):
    return losses(logits, target)[mask].sum()


@loss_of_real_tokens.wrong(
    "You average within each row and then over the rows. So a token of a short row "
    "counts more than one of a long row. Average once, over all real tokens."
)
def mean_of_means(logits, target, mask):
    return ((losses(logits, target) * mask).sum(1) / mask.sum(1)).mean()


@loss_of_real_tokens.wrong(
    "Your mask is inverted: this is the loss of the padding alone. `True` = real token."
)
def padding(logits, target, mask):
    return losses(logits, target)[~mask].mean()


@loss_of_real_tokens.wrong(
    "Your mask is one position too short: the last token of each row does not count. That "
    "is `END`, and a model that never learns it never stops."
)
def without_end(logits, target, mask):
    return losses(logits, target)[F.pad(mask, (-1, 1))].mean()


@loss_of_real_tokens.wrong(
    "You multiply the logits by the mask and average over all positions. Scores of zero are "
    'not "no prediction": they give all tokens the same probability, and cost '
    "log(n_tokens). Mask the losses, not the logits."
)
def mask_on_logits(logits, target, mask):
    return losses(logits * mask.unsqueeze(-1), target * mask).mean()


@loss_of_real_tokens.wrong(
    "You take the scores for log-probabilities. A `log_softmax` over the last axis comes "
    "first; without it, larger scores would be enough to win."
)
def no_softmax(logits, target, mask):
    return -logits.gather(-1, target.unsqueeze(-1)).squeeze(-1)[mask].mean()


@loss_of_real_tokens.wrong(
    "You average the probabilities. The loss is the *logarithm* of the probability, with "
    "a minus: it grows without bound where the model is sure and wrong."
)
def no_log(logits, target, mask):
    p = logits.softmax(-1).gather(-1, target.unsqueeze(-1)).squeeze(-1)
    return -p[mask].mean()


@loss_of_real_tokens.wrong(
    "You send the logits through a softmax before `F.cross_entropy`, which has one "
    "inside. Two of them flatten the probabilities: give it the logits."
)
def softmax_twice(logits, target, mask):
    return losses(logits.softmax(-1), target)[mask].mean()


@loss_of_real_tokens.wrong(
    "Your sign is wrong. A log-probability is negative and a loss positive: descent "
    "would make the right token less likely."
)
def sign(logits, target, mask):
    return -losses(logits, target)[mask].mean()
