"""Exercise 5.20: Carry a mask"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "5.20",
    "Carry a mask",
    stars=2,
    minutes=12,
    statement="""\
Attention is the whole model of section 5.10: whatever is the value is carried. Give it a mask \
of frame 0, and each later frame fetches its own from the frame before.

Write `carry_mask(weights, mask)`. `weights` is `(F - 1, T, T)`: row `i` of `weights[t]` says how \
much cell `i` of frame `t + 1` takes from each cell of frame `t`, and has sum 1. `mask` is `(T,)`, \
0 or 1, of frame 0. The result is `(F, T)`, frame 0 first, and it is not rounded on the way: what \
one frame guesses, the next one fetches.""",
)
def carry_mask(weights: Tensor, mask: Tensor) -> Tensor:
    """Carry a mask from frame to frame.

    Args:
        weights: ``(F - 1, T, T)``, of each frame's cells on the one before's.
        mask: ``(T,)``, of the first frame.

    Returns:
        The mask of every frame, ``(F, T)``: how much of each cell belongs to it.
    """
    carried = [mask]
    for each in weights:  # (T, T)
        carried.append(each @ carried[-1])  # (T,)
    return torch.stack(carried)  # (F, T)


carry_mask.hints = (
    "One step is attention with the mask as the value: a weighted mean for each cell. Which "
    "product is that?",
    "`weights[0] @ mask` is the mask of frame 1. The mask of frame 2 comes from that of frame 1, "
    "not from the first one: so the result of a step goes into the next.",
    "Keep a list that begins with `mask`. For each table of weights append `each @ carried[-1]`, "
    "and `torch.stack` the list at the end: `F - 1` tables make `F` masks.",
)


@carry_mask.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_steps in (2, 5, 3):
        (n_cells,) = primes(generator, 1, low=7, high=13)
        scores = 3 * torch.randn(n_steps, n_cells, n_cells, generator=generator)
        mask = torch.zeros(n_cells)
        mask[: n_cells // 2] = 1.0
        yield scores.softmax(dim=-1), mask
    # Each cell takes from its left neighbour alone: the mask walks to the right.
    yield torch.eye(5).roll(1, dims=0).repeat(3, 1, 1), torch.tensor([1.0, 1, 0, 0, 0])
    # A clip of one frame: nothing is carried.
    yield torch.zeros(0, 5, 5), torch.tensor([0.0, 1, 1, 0, 0])


@carry_mask.right
def by_filling(weights, mask):
    carried = torch.zeros(len(weights) + 1, len(mask))
    carried[0] = mask
    for t in range(len(weights)):
        carried[t + 1] = (weights[t] * carried[t]).sum(dim=-1)
    return carried


@carry_mask.right
def by_products_of_tables(weights, mask):
    whole, carried = torch.eye(len(mask)), [mask]
    for each in weights:
        whole = each @ whole
        carried.append(whole @ mask)
    return torch.stack(carried)


@carry_mask.right
def by_einsum(weights, mask):
    rows = [mask]
    for t in range(weights.shape[0]):
        rows.append(torch.einsum("ij,j->i", weights[t], rows[t]))
    return torch.stack(rows, dim=0)


@carry_mask.wrong(
    "You go the wrong way through the table: the row is the cell that fetches, the column the "
    "one that it fetches from. `each @ mask`, not `mask @ each`."
)
def pushed(weights, mask):
    return carry_mask(weights.mT, mask)


@carry_mask.wrong(
    "Every frame fetches from the *first* mask. Each fetches from the frame before it."
)
def from_the_first(weights, mask):
    return torch.stack([mask, *(each @ mask for each in weights)])


@carry_mask.wrong(
    "The first frame's mask is missing: `F - 1` tables carry it to `F - 1` frames more."
)
def without_first(weights, mask):
    return carry_mask(weights, mask)[1:]


@carry_mask.wrong(
    "You round the mask at every step. Then a cell that is half in is lost or gained for good: "
    "round at the end, if at all."
)
def rounded(weights, mask):
    carried = [mask]
    for each in weights:
        carried.append((each @ carried[-1] > 0.5).float())
    return torch.stack(carried)


@carry_mask.wrong(
    "You let each cell take from its best cell alone. The weights are there to be used: take "
    "the weighted mean."
)
def best_alone(weights, mask):
    carried = [mask]
    for each in weights:
        carried.append(carried[-1][each.argmax(dim=-1)])
    return torch.stack(carried)


@carry_mask.wrong(
    "You go through the tables backwards. `weights[0]` leads from frame 0 to frame 1."
)
def backwards(weights, mask):
    return carry_mask(weights.flip(0), mask)


@carry_mask.wrong("You give the last frame alone. Keep the mask of every frame.")
def last_alone(weights, mask):
    return carry_mask(weights, mask)[-1]


@carry_mask.wrong(
    "You apply a softmax once more. The weights have had theirs: each row has sum 1 already."
)
def softmax_again(weights, mask):
    return carry_mask(weights.softmax(dim=-1), mask)
