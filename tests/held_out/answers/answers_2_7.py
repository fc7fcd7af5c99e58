"""Exercise 2.7: answers written from its statement and stub alone."""

import numpy as np
import torch
import torch.nn.functional as F

from ..collect import right, wrong


@right("2.7")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([table[token], context], dim=-1)
    state = torch.tanh(read @ from_input.T + state @ from_state.T)
    return (state @ to_logits.T).argmax(-1), state


@right("2.7")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    d = table.shape[1]
    s = F.linear(table[token], from_input[:, :d]) + F.linear(context, from_input[:, d:])
    s = (s + F.linear(state, from_state)).tanh()
    return F.linear(s, to_logits).max(dim=1).indices, s


@right("2.7")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    tokens, states = [], []
    for b in range(len(token)):
        x = torch.cat((table[token[b]], context[b]))
        s = torch.tanh(from_input @ x + from_state @ state[b])
        tokens.append(int(torch.argmax(to_logits @ s)))
        states.append(s)
    return torch.tensor(tokens), torch.stack(states)


@right("2.7")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    x = torch.hstack((table.index_select(0, token), context))
    s = torch.einsum("si,bi->bs", from_input, x) + torch.einsum(
        "st,bt->bs", from_state, state
    )
    s = 2 * torch.sigmoid(2 * s) - 1
    return torch.einsum("ns,bs->bn", to_logits, s).softmax(-1).argmax(dim=-1), s


@right("2.7")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    n = lambda a: a.detach().double().numpy()
    x = np.concatenate([n(table)[token.numpy()], n(context)], axis=1)
    s = np.tanh((n(from_input) @ x.T + n(from_state) @ n(state).T).T)
    place = (n(to_logits) @ s.T).argmax(axis=0)
    return torch.from_numpy(place), torch.from_numpy(s).to(state.dtype)


@wrong("2.7", "context in front of the token's vector")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([context, table[token]], dim=-1)
    state = torch.tanh(read @ from_input.T + state @ from_state.T)
    return (state @ to_logits.T).argmax(-1), state


@wrong("2.7", "no tanh")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([table[token], context], dim=-1)
    state = read @ from_input.T + state @ from_state.T
    return (state @ to_logits.T).argmax(-1), state


@wrong("2.7", "from_state not transposed")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([table[token], context], dim=-1)
    state = torch.tanh(read @ from_input.T + state @ from_state)
    return (state @ to_logits.T).argmax(-1), state


@wrong("2.7", "results in the wrong order")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([table[token], context], dim=-1)
    state = torch.tanh(read @ from_input.T + state @ from_state.T)
    return state, (state @ to_logits.T).argmax(-1)


@wrong("2.7", "returns the scores instead of the token")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([table[token], context], dim=-1)
    state = torch.tanh(read @ from_input.T + state @ from_state.T)
    return state @ to_logits.T, state


@wrong("2.7", "argmax over the batch axis")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([table[token], context], dim=-1)
    state = torch.tanh(read @ from_input.T + state @ from_state.T)
    return (state @ to_logits.T).argmax(0), state


@wrong("2.7", "argmax of the state: to_logits forgotten")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([table[token], context], dim=-1)
    state = torch.tanh(read @ from_input.T + state @ from_state.T)
    return state.argmax(-1), state


@wrong("2.7", "chooses the token from the old state")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([table[token], context], dim=-1)
    new_state = torch.tanh(read @ from_input.T + state @ from_state.T)
    return (state @ to_logits.T).argmax(-1), new_state


@wrong("2.7", "returns the old state")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([table[token], context], dim=-1)
    new_state = torch.tanh(read @ from_input.T + state @ from_state.T)
    return (new_state @ to_logits.T).argmax(-1), state


@wrong("2.7", "sigmoid instead of tanh")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([table[token], context], dim=-1)
    state = torch.sigmoid(read @ from_input.T + state @ from_state.T)
    return (state @ to_logits.T).argmax(-1), state


@wrong("2.7", "the largest score instead of its place")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([table[token], context], dim=-1)
    state = torch.tanh(read @ from_input.T + state @ from_state.T)
    return (state @ to_logits.T).max(-1).values, state


@wrong("2.7", "forgets the old state")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([table[token], context], dim=-1)
    state = torch.tanh(read @ from_input.T)
    return (state @ to_logits.T).argmax(-1), state


@wrong("2.7", "tanh of the input alone, the state's part is added outside")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([table[token], context], dim=-1)
    state = torch.tanh(read @ from_input.T) + state @ from_state.T
    return (state @ to_logits.T).argmax(-1), state


@wrong("2.7", "adds the old state (a residual connection that is not there)")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([table[token], context], dim=-1)
    state = state + torch.tanh(read @ from_input.T + state @ from_state.T)
    return (state @ to_logits.T).argmax(-1), state


@wrong("2.7", "tokens (B, 1) instead of (B,)")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([table[token], context], dim=-1)
    state = torch.tanh(read @ from_input.T + state @ from_state.T)
    return (state @ to_logits.T).argmax(-1, keepdim=True), state


@wrong("2.7", "argmax without an axis: one number for the whole batch")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([table[token], context], dim=-1)
    state = torch.tanh(read @ from_input.T + state @ from_state.T)
    return (state @ to_logits.T).argmax(), state


@wrong("2.7", "draws the token by chance instead of taking the largest")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([table[token], context], dim=-1)
    state = torch.tanh(read @ from_input.T + state @ from_state.T)
    p = (state @ to_logits.T).softmax(-1)
    return torch.multinomial(p, 1).squeeze(-1), state


@wrong("2.7", "a softmax over the new state before it is returned")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([table[token], context], dim=-1)
    state = torch.tanh(read @ from_input.T + state @ from_state.T)
    return (state @ to_logits.T).argmax(-1), state.softmax(-1)


@wrong("2.7", "overwrites the caller's state")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([table[token], context], dim=-1)
    state.copy_(torch.tanh(read @ from_input.T + state @ from_state.T))
    return (state @ to_logits.T).argmax(-1), state


@wrong("2.7", "context in front, and from_state not transposed (two mistakes)")
def decode_one_step(token, state, context, table, from_input, from_state, to_logits):
    read = torch.cat([context, table[token]], dim=-1)
    state = torch.tanh(read @ from_input.T + state @ from_state)
    return (state @ to_logits.T).argmax(-1), state
