"""Exercise 2.12: answers written from its statement and stub alone."""

import torch

from ..collect import right, wrong


@right("2.12")
def gated_step(x, state, from_input, from_state):
    w_r, w_z, w_n = from_input.chunk(3)
    u_r, u_z, u_n = from_state.chunk(3)
    r = torch.sigmoid(x @ w_r.T + state @ u_r.T)
    z = torch.sigmoid(x @ w_z.T + state @ u_z.T)
    n = torch.tanh(x @ w_n.T + r * (state @ u_n.T))
    return z * state + (1 - z) * n


@right("2.12")
def gated_step(x, state, from_input, from_state):
    a = (x @ from_input.T).chunk(3, dim=-1)
    b = (state @ from_state.T).chunk(3, dim=-1)
    r, z = torch.sigmoid(a[0] + b[0]), torch.sigmoid(a[1] + b[1])
    n = torch.tanh(a[2] + r * b[2])
    return n + z * (state - n)


@right("2.12")
def gated_step(x, state, from_input, from_state):
    d = state.shape[-1]
    inputs = torch.einsum("oi,bi->bo", from_input, x)
    states = torch.einsum("oi,bi->bo", from_state, state)
    gates = 1 / (1 + torch.exp(-(inputs[:, : 2 * d] + states[:, : 2 * d])))
    reset, keep = gates[:, :d], gates[:, d:]
    new = torch.tanh(inputs[:, 2 * d :] + reset * states[:, 2 * d :])
    return torch.lerp(new, state, keep)


@right("2.12")
def gated_step(x, state, from_input, from_state):
    cell = torch.nn.GRUCell(x.shape[-1], state.shape[-1], bias=False, dtype=x.dtype)
    with torch.no_grad():
        cell.weight_ih.copy_(from_input)
        cell.weight_hh.copy_(from_state)
        return cell(x, state)


@wrong("2.12", "r before the product: U_n (r * h)")
def gated_step(x, state, from_input, from_state):
    w_r, w_z, w_n = from_input.chunk(3)
    u_r, u_z, u_n = from_state.chunk(3)
    r = torch.sigmoid(x @ w_r.T + state @ u_r.T)
    z = torch.sigmoid(x @ w_z.T + state @ u_z.T)
    n = torch.tanh(x @ w_n.T + (r * state) @ u_n.T)
    return z * state + (1 - z) * n


@wrong("2.12", "z and 1 - z exchanged")
def gated_step(x, state, from_input, from_state):
    w_r, w_z, w_n = from_input.chunk(3)
    u_r, u_z, u_n = from_state.chunk(3)
    r = torch.sigmoid(x @ w_r.T + state @ u_r.T)
    z = torch.sigmoid(x @ w_z.T + state @ u_z.T)
    n = torch.tanh(x @ w_n.T + r * (state @ u_n.T))
    return (1 - z) * state + z * n


@wrong("2.12", "order z, r, n of the blocks")
def gated_step(x, state, from_input, from_state):
    w_z, w_r, w_n = from_input.chunk(3)
    u_z, u_r, u_n = from_state.chunk(3)
    r = torch.sigmoid(x @ w_r.T + state @ u_r.T)
    z = torch.sigmoid(x @ w_z.T + state @ u_z.T)
    n = torch.tanh(x @ w_n.T + r * (state @ u_n.T))
    return z * state + (1 - z) * n


@wrong("2.12", "r acts on the input's part too")
def gated_step(x, state, from_input, from_state):
    w_r, w_z, w_n = from_input.chunk(3)
    u_r, u_z, u_n = from_state.chunk(3)
    r = torch.sigmoid(x @ w_r.T + state @ u_r.T)
    z = torch.sigmoid(x @ w_z.T + state @ u_z.T)
    n = torch.tanh(r * (x @ w_n.T + state @ u_n.T))
    return z * state + (1 - z) * n


@wrong("2.12", "no reset gate")
def gated_step(x, state, from_input, from_state):
    w_r, w_z, w_n = from_input.chunk(3)
    u_r, u_z, u_n = from_state.chunk(3)
    z = torch.sigmoid(x @ w_z.T + state @ u_z.T)
    n = torch.tanh(x @ w_n.T + state @ u_n.T)
    return z * state + (1 - z) * n


@wrong("2.12", "sigmoid in place of tanh for the new state")
def gated_step(x, state, from_input, from_state):
    w_r, w_z, w_n = from_input.chunk(3)
    u_r, u_z, u_n = from_state.chunk(3)
    r = torch.sigmoid(x @ w_r.T + state @ u_r.T)
    z = torch.sigmoid(x @ w_z.T + state @ u_z.T)
    n = torch.sigmoid(x @ w_n.T + r * (state @ u_n.T))
    return z * state + (1 - z) * n


@wrong("2.12", "rows dealt out in turns: r, z, n, r, z, n")
def gated_step(x, state, from_input, from_state):
    w_r, w_z, w_n = from_input[0::3], from_input[1::3], from_input[2::3]
    u_r, u_z, u_n = from_state[0::3], from_state[1::3], from_state[2::3]
    r = torch.sigmoid(x @ w_r.T + state @ u_r.T)
    z = torch.sigmoid(x @ w_z.T + state @ u_z.T)
    n = torch.tanh(x @ w_n.T + r * (state @ u_n.T))
    return z * state + (1 - z) * n


@wrong("2.12", "the candidate alone: nothing of the old state is kept")
def gated_step(x, state, from_input, from_state):
    w_r, w_z, w_n = from_input.chunk(3)
    u_r, u_z, u_n = from_state.chunk(3)
    r = torch.sigmoid(x @ w_r.T + state @ u_r.T)
    return torch.tanh(x @ w_n.T + r * (state @ u_n.T))


@wrong("2.12", "the whole candidate is added: no factor 1 - z")
def gated_step(x, state, from_input, from_state):
    w_r, w_z, w_n = from_input.chunk(3)
    u_r, u_z, u_n = from_state.chunk(3)
    r = torch.sigmoid(x @ w_r.T + state @ u_r.T)
    z = torch.sigmoid(x @ w_z.T + state @ u_z.T)
    n = torch.tanh(x @ w_n.T + r * (state @ u_n.T))
    return z * state + n


@wrong("2.12", "from_state is not transposed within its thirds")
def gated_step(x, state, from_input, from_state):
    w_r, w_z, w_n = from_input.chunk(3)
    u_r, u_z, u_n = from_state.chunk(3)
    r = torch.sigmoid(x @ w_r.T + state @ u_r)
    z = torch.sigmoid(x @ w_z.T + state @ u_z)
    n = torch.tanh(x @ w_n.T + r * (state @ u_n))
    return z * state + (1 - z) * n


@wrong("2.12", "one gate does for both: r stands in for z")
def gated_step(x, state, from_input, from_state):
    w_r, _, w_n = from_input.chunk(3)
    u_r, _, u_n = from_state.chunk(3)
    r = torch.sigmoid(x @ w_r.T + state @ u_r.T)
    n = torch.tanh(x @ w_n.T + r * (state @ u_n.T))
    return r * state + (1 - r) * n


@wrong("2.12", "tanh in the gates")
def gated_step(x, state, from_input, from_state):
    w_r, w_z, w_n = from_input.chunk(3)
    u_r, u_z, u_n = from_state.chunk(3)
    r = torch.tanh(x @ w_r.T + state @ u_r.T)
    z = torch.tanh(x @ w_z.T + state @ u_z.T)
    n = torch.tanh(x @ w_n.T + r * (state @ u_n.T))
    return z * state + (1 - z) * n


@wrong("2.12", "z * n instead of z * h")
def gated_step(x, state, from_input, from_state):
    a = (x @ from_input.T).chunk(3, dim=-1)
    b = (state @ from_state.T).chunk(3, dim=-1)
    r, z = torch.sigmoid(a[0] + b[0]), torch.sigmoid(a[1] + b[1])
    n = torch.tanh(a[2] + r * b[2])
    return z * n + (1 - z) * n


@wrong("2.12", "returns the gates as well")
def gated_step(x, state, from_input, from_state):
    a = (x @ from_input.T).chunk(3, dim=-1)
    b = (state @ from_state.T).chunk(3, dim=-1)
    r, z = torch.sigmoid(a[0] + b[0]), torch.sigmoid(a[1] + b[1])
    n = torch.tanh(a[2] + r * b[2])
    return z * state + (1 - z) * n, r, z


@wrong("2.12", "forgets what the state says to the gates")
def gated_step(x, state, from_input, from_state):
    a = (x @ from_input.T).chunk(3, dim=-1)
    b = (state @ from_state.T).chunk(3, dim=-1)
    r, z = torch.sigmoid(a[0]), torch.sigmoid(a[1])
    n = torch.tanh(a[2] + r * b[2])
    return z * state + (1 - z) * n
