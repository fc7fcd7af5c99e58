"""What several exercises of chapter 3 share."""

from collections.abc import Iterator

import torch
from torch import Tensor

from ..checker import primes


def query_and_key(generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Draw queries and keys with one leading axis, with none, and with two."""
    for n_leading in (1, 0, 2):
        *leading, n_queries, n_keys, d_k = primes(
            generator, 3 + n_leading, low=2, high=13
        )
        query = torch.randn(*leading, n_queries, d_k, generator=generator)
        yield query, torch.randn(*leading, n_keys, d_k, generator=generator)
    yield (
        torch.randn(2, 1, 3, generator=generator),
        torch.randn(2, 1, 3, generator=generator),
    )
