"""Chapter 3: does dividing by √d_k help a model that learns? With few numbers, with many."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bookbuild.evidence.experiment import Arm, Experiment, Figures

D_IN, N_KEYS, N_VALUES, BATCH = 32, 16, 8, 64
RATES, STEPS = (1e-4, 1e-3), 150


class Lookup(nn.Module):
    """One query, 16 keys: find the key that the query is a turned copy of."""

    def __init__(self, d_k: int, divide: float) -> None:
        super().__init__()
        self.to_query = nn.Parameter(torch.randn(D_IN, d_k) / math.sqrt(D_IN))
        self.to_key = nn.Parameter(torch.randn(D_IN, d_k) / math.sqrt(D_IN))
        self.divide = divide

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        q, k = query @ self.to_query, key @ self.to_key  # entries of variance 1
        scores = (k @ q.unsqueeze(-1)).squeeze(-1) / self.divide  # (B, n_keys)
        return (scores.softmax(dim=-1).unsqueeze(1) @ value).squeeze(1)  # (B, n_values)


def draw(
    n: int, turn: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Draw keys, a query that is one of them turned, with noise, and one-hot values."""
    key = torch.randn(n, N_KEYS, D_IN, generator=generator)
    wanted = torch.randint(N_KEYS, (n,), generator=generator)
    noise = torch.randn(n, D_IN, generator=generator)
    query = key[torch.arange(n), wanted] @ turn + 0.3 * noise
    labels = torch.randint(N_VALUES, (n, N_KEYS), generator=generator)
    value = F.one_hot(labels, N_VALUES).float()
    return query, key, value, labels[torch.arange(n), wanted]


def right(d_k: int, divide: float, rate: float, seed: int, steps: int = STEPS) -> float:
    """Train with one rate; return the share of 2,000 new lookups that are right."""
    torch.manual_seed(seed)
    drawn = torch.Generator().manual_seed(seed)
    turn = torch.linalg.qr(torch.randn(D_IN, D_IN, generator=drawn))[0]
    model = Lookup(d_k, divide)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    for _ in range(steps):
        query, key, value, label = draw(BATCH, turn, drawn)
        loss = F.nll_loss((model(query, key, value) + 1e-6).log(), label)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        query, key, value, label = draw(2_000, turn, drawn)
        return float((model(query, key, value).argmax(dim=-1) == label).float().mean())


def lookups(d_k: int, *, scaled: bool) -> Arm:
    """Train with two rates: a scale and a rate can stand in for each other."""

    def run(seed: int) -> Figures:
        divide = math.sqrt(d_k) if scaled else 1.0
        return {f"rate {rate:g}": right(d_k, divide, rate, seed) for rate in RATES}

    return Arm(run, "idea" if scaled else "rival", f"{STEPS} steps, each rate")


def untrained(seed: int) -> Figures:
    share = right(512, math.sqrt(512), RATES[0], seed, steps=0)
    return {f"rate {rate:g}": share for rate in RATES}


EXPERIMENT = Experiment(
    title="Dividing by √d_k: a model that learns, with few numbers and with many",
    chapter="03-attention.ipynb",
    question=("Does dividing by √d_k help a model that learns?"),
    claim=(
        "From a random start with queries and keys of variance 1, many numbers and a low "
        "rate, the model that divides has learned more; a higher rate makes up for it."
    ),
    budget=(
        "One query, 16 keys of 32 random numbers, of which the query is one, turned and "
        "with noise; two matrices are trained, with Adam at each of two rates, on "
        "batches of 64; each cell is the share of 2,000 new lookups that are right."
    ),
    doubts=(
        "A task in which the undivided score fails at every rate, or gets ahead with many "
        "numbers."
    ),
    units={f"rate {rate:g}": (f"% right at {rate:g}", 1, 100.0) for rate in RATES},
    arms={
        "divided, d_k = 512": lookups(512, scaled=True),
        "not divided, d_k = 512": lookups(512, scaled=False),
        "divided, d_k = 8": lookups(8, scaled=True),
        "not divided, d_k = 8": lookups(8, scaled=False),
        "no training, d_k = 512": Arm(untrained, "control"),
    },
)
