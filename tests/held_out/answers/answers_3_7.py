"""Exercise 3.7: answers written from its statement and stub alone."""

import math

import numpy as np
import torch

from ..collect import right, wrong


@right("3.7")
def context_of_step(state, encoder_states, real):
    scores = (encoder_states @ state.unsqueeze(-1)).squeeze(-1)
    weights = scores.masked_fill(~real, -float("inf")).softmax(-1)
    return (weights.unsqueeze(1) @ encoder_states).squeeze(1), weights


@right("3.7")
def context_of_step(state, encoder_states, real):
    scores = torch.einsum("bd,btd->bt", state, encoder_states)
    weights = torch.where(real, scores, -math.inf).softmax(dim=1)
    return torch.einsum("bt,btd->bd", weights, encoder_states), weights


@right("3.7")
def context_of_step(state, encoder_states, real):
    contexts, weights = [], torch.zeros(real.shape, dtype=state.dtype)
    for b in range(len(state)):
        inside = encoder_states[b][real[b]]
        w = (inside @ state[b]).softmax(0)
        weights[b, real[b]] = w
        contexts.append(w @ inside)
    return torch.stack(contexts), weights


@right("3.7")
def context_of_step(state, encoder_states, real):
    scores = (state[:, None] * encoder_states).sum(-1)
    e = (scores - scores.amax(1, keepdim=True)).exp() * real
    weights = e / e.sum(1, keepdim=True)
    return (weights[..., None] * encoder_states).sum(1), weights


@right("3.7")
def context_of_step(state, encoder_states, real):
    s, h = state.detach().double().numpy(), encoder_states.detach().double().numpy()
    x = np.where(real.numpy(), (h * s[:, None]).sum(-1), -np.inf)
    w = np.exp(x - x.max(1, keepdims=True))
    w /= w.sum(1, keepdims=True)
    context = (w[:, None] @ h)[:, 0]
    return torch.from_numpy(context).to(state.dtype), torch.from_numpy(w).to(
        state.dtype
    )


@wrong("3.7", "divides by the root of d")
def context_of_step(state, encoder_states, real):
    scores = torch.einsum("bd,btd->bt", state, encoder_states) / math.sqrt(
        state.shape[-1]
    )
    weights = scores.masked_fill(~real, -float("inf")).softmax(-1)
    return torch.einsum("bt,btd->bd", weights, encoder_states), weights


@wrong("3.7", "padding is not masked")
def context_of_step(state, encoder_states, real):
    scores = torch.einsum("bd,btd->bt", state, encoder_states)
    weights = scores.softmax(-1)
    return torch.einsum("bt,btd->bd", weights, encoder_states), weights


@wrong("3.7", "softmax over the batch")
def context_of_step(state, encoder_states, real):
    scores = torch.einsum("bd,btd->bt", state, encoder_states)
    weights = scores.masked_fill(~real, -1e9).softmax(0)
    return torch.einsum("bt,btd->bd", weights, encoder_states), weights


@wrong("3.7", "results in the wrong order")
def context_of_step(state, encoder_states, real):
    scores = torch.einsum("bd,btd->bt", state, encoder_states)
    weights = scores.masked_fill(~real, -float("inf")).softmax(-1)
    return weights, torch.einsum("bt,btd->bd", weights, encoder_states)


@wrong("3.7", "context keeps the axis of the query, (B, 1, d)")
def context_of_step(state, encoder_states, real):
    scores = torch.einsum("bd,btd->bt", state, encoder_states)
    weights = scores.masked_fill(~real, -float("inf")).softmax(-1)
    return weights.unsqueeze(1) @ encoder_states, weights


@wrong("3.7", "squeeze() without an axis: a batch of one vanishes")
def context_of_step(state, encoder_states, real):
    scores = (encoder_states @ state.unsqueeze(-1)).squeeze(-1)
    weights = scores.masked_fill(~real, -float("inf")).softmax(-1)
    return (weights.unsqueeze(1) @ encoder_states).squeeze(), weights


@wrong("3.7", "weights keep the axis of the query, (B, 1, T)")
def context_of_step(state, encoder_states, real):
    scores = state.unsqueeze(1) @ encoder_states.transpose(1, 2)
    weights = scores.masked_fill(~real.unsqueeze(1), -float("inf")).softmax(-1)
    return (weights @ encoder_states).squeeze(1), weights


@wrong("3.7", "mask inverted")
def context_of_step(state, encoder_states, real):
    scores = torch.einsum("bd,btd->bt", state, encoder_states)
    weights = scores.masked_fill(real, -1e9).softmax(-1)
    return torch.einsum("bt,btd->bd", weights, encoder_states), weights


@wrong("3.7", "scores of padding become 0 instead of minus infinity")
def context_of_step(state, encoder_states, real):
    scores = torch.einsum("bd,btd->bt", state, encoder_states) * real
    weights = scores.softmax(-1)
    return torch.einsum("bt,btd->bd", weights, encoder_states), weights


@wrong("3.7", "zeros the weights of padding after the softmax")
def context_of_step(state, encoder_states, real):
    scores = torch.einsum("bd,btd->bt", state, encoder_states)
    weights = scores.softmax(-1) * real
    return torch.einsum("bt,btd->bd", weights, encoder_states), weights


@wrong("3.7", "uses the first row's state as the query of every source")
def context_of_step(state, encoder_states, real):
    scores = encoder_states @ state[0]
    weights = scores.masked_fill(~real, -float("inf")).softmax(-1)
    return torch.einsum("bt,btd->bd", weights, encoder_states), weights


@wrong("3.7", "no axis for the query: every state asks every source, (B, B, T)")
def context_of_step(state, encoder_states, real):
    scores = state @ encoder_states.transpose(1, 2)
    weights = scores.masked_fill(~real.unsqueeze(1), -float("inf")).softmax(-1)
    return weights @ encoder_states, weights


@wrong("3.7", "plain average of the real states, the query is not used")
def context_of_step(state, encoder_states, real):
    weights = real.to(state.dtype) / real.sum(1, keepdim=True)
    return torch.einsum("bt,btd->bd", weights, encoder_states), weights


@wrong("3.7", "mean over the places instead of the sum")
def context_of_step(state, encoder_states, real):
    scores = torch.einsum("bd,btd->bt", state, encoder_states)
    weights = scores.masked_fill(~real, -float("inf")).softmax(-1)
    return (weights.unsqueeze(-1) * encoder_states).mean(1), weights


@wrong("3.7", "adds up the entries of the vectors instead of the places")
def context_of_step(state, encoder_states, real):
    scores = torch.einsum("bd,btd->bt", state, encoder_states)
    weights = scores.masked_fill(~real, -float("inf")).softmax(-1)
    return (weights.unsqueeze(-1) * encoder_states).sum(-1), weights


@wrong("3.7", "takes the best place alone")
def context_of_step(state, encoder_states, real):
    scores = torch.einsum("bd,btd->bt", state, encoder_states)
    scores = scores.masked_fill(~real, -float("inf"))
    weights = scores.softmax(-1)
    return encoder_states[torch.arange(len(state)), scores.argmax(-1)], weights


@wrong("3.7", "adds the decoder's state to the context")
def context_of_step(state, encoder_states, real):
    scores = torch.einsum("bd,btd->bt", state, encoder_states)
    weights = scores.masked_fill(~real, -float("inf")).softmax(-1)
    return torch.einsum("bt,btd->bd", weights, encoder_states) + state, weights


@wrong("3.7", "returns scores instead of weights")
def context_of_step(state, encoder_states, real):
    scores = torch.einsum("bd,btd->bt", state, encoder_states)
    scores = scores.masked_fill(~real, -float("inf"))
    return torch.einsum("bt,btd->bd", scores.softmax(-1), encoder_states), scores


@wrong("3.7", "scaled, and the padding not masked (two mistakes)")
def context_of_step(state, encoder_states, real):
    scores = torch.einsum("bd,btd->bt", state, encoder_states) / math.sqrt(
        state.shape[-1]
    )
    weights = scores.softmax(-1)
    return torch.einsum("bt,btd->bd", weights, encoder_states), weights
