"""Exercise 2.12: One step of a GRU"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from ..checker import Args, exercise, primes


@exercise(
    "2.12",
    "One step of a GRU",
    stars=2,
    minutes=12,
    statement="""\
A gated recurrent unit decides at each step how much of its state to keep. Without biases it \
computes, from input `x` and state `h`,

`r = σ(W_r x + U_r h)`, `z = σ(W_z x + U_z h)`, `n = tanh(W_n x + r ⊙ (U_n h))`, and then \
`z ⊙ h + (1 - z) ⊙ n`, the new state.

Write `gated_step(x, state, from_input, from_state)`, which returns the new state. As in torch, \
`from_input` holds `W_r`, `W_z` and `W_n` one below the other, `(3 d_state, d_input)`, and \
`from_state` the three `U`. Mind where `r` stands: it acts on `U_n h`, after the product.""",
)
def gated_step(
    x: Tensor, state: Tensor, from_input: Tensor, from_state: Tensor
) -> Tensor:
    """Take one step of a gated recurrent unit without biases.

    Args:
        x: ``(B, d_input)``, what is read at this step.
        state: ``(B, d_state)``, the state before.
        from_input: ``(3 d_state, d_input)``: W_r, W_z, W_n, one below the other.
        from_state: ``(3 d_state, d_state)``: U_r, U_z, U_n.

    Returns:
        The state after the step, ``(B, d_state)``.
    """
    r_x, z_x, n_x = (x @ from_input.T).chunk(3, dim=-1)  # each (B, d_state)
    r_h, z_h, n_h = (state @ from_state.T).chunk(3, dim=-1)  # each (B, d_state)
    reset = torch.sigmoid(r_x + r_h)
    keep = torch.sigmoid(z_x + z_h)
    new = torch.tanh(n_x + reset * n_h)
    return keep * state + (1 - keep) * new  # (B, d_state)


gated_step.hints = (
    "Two products are enough, one with `from_input` and one with `from_state`: each gives what "
    "all three parts need, side by side.",
    "`x @ from_input.T` is `(B, 3 d_state)`. `.chunk(3, dim=-1)` cuts it into the parts of r, z "
    "and n, each `(B, d_state)`; the same for the state.",
    "For r and z add the two parts and take a sigmoid. For n the part of the state is multiplied "
    "by r first. Then mix: where z is near 1, the old state stays as it was.",
)


@gated_step.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    sizes = primes(generator, 6, low=2, high=13)
    for n_rows, d_input, d_state in (sizes[:3], sizes[3:]):
        yield (
            torch.randn(n_rows, d_input, generator=generator),
            torch.randn(n_rows, d_state, generator=generator),
            torch.randn(3 * d_state, d_input, generator=generator) / d_input**0.5,
            torch.randn(3 * d_state, d_state, generator=generator) / d_state**0.5,
        )
    yield (
        torch.randn(1, 2, generator=generator),
        torch.tensor([[0.7]]),
        torch.randn(3, 2, generator=generator),
        torch.tensor([[0.5], [-0.4], [1.5]]),
    )


@gated_step.right
def by_torch(x, state, from_input, from_state):
    cell = nn.GRUCell(x.shape[-1], state.shape[-1], bias=False)
    with torch.no_grad():
        cell.weight_ih.copy_(from_input)
        cell.weight_hh.copy_(from_state)
        return cell(x, state)


@gated_step.right
def moved_towards(x, state, from_input, from_state):
    d = state.shape[-1]
    gates = (x @ from_input[: 2 * d].T + state @ from_state[: 2 * d].T).sigmoid()
    r, z = gates[:, :d], gates[:, d:]
    n = (x @ from_input[2 * d :].T + r * (state @ from_state[2 * d :].T)).tanh()
    return n + z * (state - n)


@gated_step.right
def by_einsum(x, state, from_input, from_state):
    d = state.shape[-1]
    of_x = torch.einsum("bi,gdi->gbd", x, from_input.reshape(3, d, -1))
    of_h = torch.einsum("bi,gdi->gbd", state, from_state.reshape(3, d, d))
    r, z = (of_x[:2] + of_h[:2]).sigmoid()
    return z * state + (1 - z) * (of_x[2] + r * of_h[2]).tanh()


def gates(
    x: Tensor, state: Tensor, from_input: Tensor, from_state: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Give r, z, and the two parts of n."""
    of_x, of_h = (x @ from_input.T).chunk(3, -1), (state @ from_state.T).chunk(3, -1)
    r, z = (of_x[0] + of_h[0]).sigmoid(), (of_x[1] + of_h[1]).sigmoid()
    return r, z, of_x[2], of_h[2]


@gated_step.wrong(
    "z and 1 - z are swapped: your z keeps the new, not the old. Other books write it so; "
    "here, as in torch, z near 1 leaves the state as it was."
)
def exchanged(x, state, from_input, from_state):
    r, z, n_x, n_h = gates(x, state, from_input, from_state)
    return (1 - z) * state + z * (n_x + r * n_h).tanh()


@gated_step.wrong(
    "You multiply the state by r before the product with U_n. The paper does; torch, and this "
    "exercise, multiply what comes out of it: r ⊙ (U_n h)."
)
def before_the_product(x, state, from_input, from_state):
    r, z, n_x, _ = gates(x, state, from_input, from_state)
    d = state.shape[-1]
    return z * state + (1 - z) * (n_x + (r * state) @ from_state[2 * d :].T).tanh()


@gated_step.wrong(
    "r has no effect: the candidate sees the whole old state. Multiply U_n h by it."
)
def without_reset(x, state, from_input, from_state):
    _, z, n_x, n_h = gates(x, state, from_input, from_state)
    return z * state + (1 - z) * (n_x + n_h).tanh()


@gated_step.wrong(
    "r multiplies the part of the input too. It gates the old state alone: W_n x goes in as it is."
)
def reset_of_everything(x, state, from_input, from_state):
    r, z, n_x, n_h = gates(x, state, from_input, from_state)
    return z * state + (1 - z) * (r * (n_x + n_h)).tanh()


@gated_step.wrong(
    "r and z are read in the wrong order: the first `d_state` rows belong to r, the next to z."
)
def other_order(x, state, from_input, from_state):
    z, r, n_x, n_h = gates(x, state, from_input, from_state)
    return z * state + (1 - z) * (n_x + r * n_h).tanh()


@gated_step.wrong(
    "The candidate goes through a sigmoid, so no number of it is below 0. It is a state, not a "
    "gate: `tanh`."
)
def sigmoid_candidate(x, state, from_input, from_state):
    r, z, n_x, n_h = gates(x, state, from_input, from_state)
    return z * state + (1 - z) * (n_x + r * n_h).sigmoid()


@gated_step.wrong(
    "You return the candidate n. What z keeps of the old state is missing from it."
)
def candidate_alone(x, state, from_input, from_state):
    r, _, n_x, n_h = gates(x, state, from_input, from_state)
    return (n_x + r * n_h).tanh()


@gated_step.wrong(
    "You add the whole candidate, without 1 - z. Then the state grows from step to step; the two "
    "shares sum to one."
)
def shares_above_one(x, state, from_input, from_state):
    r, z, n_x, n_h = gates(x, state, from_input, from_state)
    return z * state + (n_x + r * n_h).tanh()


@gated_step.wrong(
    "The gates look at the input alone. Both also depend on the state, by U_r and U_z."
)
def gates_of_the_input(x, state, from_input, from_state):
    of_x = (x @ from_input.T).chunk(3, -1)
    n_h = (state @ from_state.T).chunk(3, -1)[2]
    r, z = of_x[0].sigmoid(), of_x[1].sigmoid()
    return z * state + (1 - z) * (of_x[2] + r * n_h).tanh()


@gated_step.wrong(
    "The three matrices of the state are not transposed. They are square, so nothing "
    "complains: a row of `from_state` makes one number of the result, `h @ U.T`."
)
def not_transposed(x, state, from_input, from_state):
    turned = from_state.unflatten(0, (3, -1)).mT.flatten(0, 1)
    return gated_step(x, state, from_input, turned)
