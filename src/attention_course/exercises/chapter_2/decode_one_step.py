"""Exercise 2.7: One decoding step"""

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checker import Args, exercise, primes


@exercise(
    "2.7",
    "One decoding step",
    stars=2,
    minutes=10,
    outputs=("next_token", "next_state"),
    statement="""\
Here is a decoder with nothing hidden in a module: a plain recurrent cell and three matrices. With \
`y` the token's vector from `table`, `C` the context and `s` the state, one step is

`s' = tanh(from_input [y; C] + from_state s)`, and the next token is the *position* of the largest \
entry of `to_logits s'`.

`[y; C]` sets the token's vector and the context side by side, in this order. Write \
`decode_one_step(token, state, context, table, from_input, from_state, to_logits)` for a whole \
batch. It returns the next tokens `(B,)` and the new states `(B, d_state)`.""",
)
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


decode_one_step.hints = (
    "The formula is for column vectors. In the batch each vector is a *row*, so `W x` becomes "
    "`x @ W.T`.",
    "`table[token]` looks all vectors up at once, `(B, d_embedding)`, and "
    "`torch.cat([…, context], dim=-1)` sets the context next to them. Which state do the "
    "logits come from, the old one or the new one?",
    "`x = torch.cat([table[token], context], dim=-1)`, then `next_state = torch.tanh(x @ "
    "from_input.T + state @ from_state.T)`, then `(next_state @ to_logits.T)`, `(B, "
    "n_tokens)`, and its `argmax` over the last axis.",
)


@decode_one_step.inputs
def inputs(generator: torch.Generator) -> Iterator[Args]:
    for n_rows in (23, 19, 1):
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


@decode_one_step.right
def linear(*args):
    token, state, context, table, from_input, from_state, to_logits = args
    x = torch.cat([F.embedding(token, table), context], dim=-1)
    state = torch.tanh(F.linear(x, from_input) + F.linear(state, from_state))
    return F.linear(state, to_logits).topk(1).indices.squeeze(-1), state


@decode_one_step.right
def one_product(*args):
    token, state, context, table, from_input, from_state, to_logits = args
    x = torch.cat([table[token], context, state], dim=-1)
    state = (x @ torch.cat([from_input, from_state], dim=-1).T).tanh()
    return (state @ to_logits.T).softmax(-1).argmax(-1), state


@decode_one_step.right
def loop(*args):
    token, state, context, table, from_input, from_state, to_logits = args
    states = []
    for b, number in enumerate(token.tolist()):
        x = torch.cat([table[number], context[b]])
        states.append(torch.tanh(from_input @ x + from_state @ state[b]))
    tokens = [int((to_logits @ s).argmax()) for s in states]
    return torch.tensor(tokens), torch.stack(states)


@decode_one_step.right
def split(*args):
    token, state, context, table, from_input, from_state, to_logits = args
    d_embedding = table.shape[1]
    by_token = (
        table @ from_input[:, :d_embedding].T
    )  # (n_tokens, d_state), once for all
    by_context = context @ from_input[:, d_embedding:].T
    state = torch.tanh(by_token[token] + by_context + state @ from_state.T)
    return torch.einsum("bd,nd->bn", state, to_logits).max(dim=-1).indices, state


@decode_one_step.wrong(
    "Your token comes from the state before the step. Update the state first: what was "
    "just read has its say in what is written next."
)
def old_state(*args):
    _, state, *_, to_logits = args
    return (state @ to_logits.T).argmax(-1), decode_one_step(*args)[1]


@decode_one_step.wrong(
    "Your token is right, but you return the state as it came. The next step would "
    "forget that this one happened: return the new state."
)
def keeps_state(*args):
    return decode_one_step(*args)[0], args[1]


def without(place: int, args: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
    """Take the step with one argument set to zero."""
    token, *rest = (
        torch.zeros_like(x) if i == place else x for i, x in enumerate(args)
    )
    state, context, table, from_input, from_state, to_logits = rest
    return decode_one_step(
        token, state, context, table, from_input, from_state, to_logits
    )


@decode_one_step.wrong(
    "The context has no effect: C is what the decoder knows of the source. Set it next "
    "to the token's vector."
)
def no_context(*args):
    return without(2, args)


@decode_one_step.wrong(
    "The old state has no effect: the decoder would not know what it has written. Add "
    "`state @ from_state.T`."
)
def no_memory(*args):
    return without(1, args)


@decode_one_step.wrong("The token read has no effect. Look its vector up in `table`.")
def no_token(*args):
    return without(3, args)


@decode_one_step.wrong(
    "You set the context first and the token's vector second. The columns of "
    "`from_input` expect them the other way round."
)
def context_first(*args):
    token, state, context, table, from_input, from_state, to_logits = args
    x = torch.cat([context, table[token]], dim=-1)
    state = torch.tanh(x @ from_input.T + state @ from_state.T)
    return (state @ to_logits.T).argmax(-1), state


@decode_one_step.wrong(
    "The tanh is missing. Without it the state can grow from step to step without bound."
)
def no_tanh(*args):
    token, state, context, table, from_input, from_state, to_logits = args
    state = (
        torch.cat([table[token], context], dim=-1) @ from_input.T + state @ from_state.T
    )
    return (state @ to_logits.T).argmax(-1), state


@decode_one_step.wrong(
    "`from_state` is transposed. It is square, so both ways run: a row times a matrix "
    "that is written for columns is `state @ from_state.T`."
)
def not_transposed(*args):
    token, state, context, table, from_input, from_state, to_logits = args
    return decode_one_step(
        token, state, context, table, from_input, from_state.T, to_logits
    )


@decode_one_step.wrong(
    "You return the scores of all tokens. The exercise asks for the number of the largest: "
    "`argmax` over the last axis."
)
def logits(*args):
    state = decode_one_step(*args)[1]
    return state @ args[6].T, state


@decode_one_step.wrong(
    "You take the argmax over the batch: for every token, the sequence that likes it "
    "most. Take it over the tokens, the last axis."
)
def batch_axis(*args):
    state = decode_one_step(*args)[1]
    return (state @ args[6].T).argmax(0), state
