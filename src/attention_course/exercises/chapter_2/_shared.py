"""What several exercises of chapter 2 share."""

import torch
from torch import Tensor


def draw_lengths(generator: torch.Generator, n_rows: int, longest: int) -> Tensor:
    """Draw lengths of which one, not the first or last row's, is the longest."""
    lengths = torch.randint(1, longest, (n_rows,), generator=generator)
    lengths[n_rows // 2] = longest
    lengths[-1] = 1
    return lengths
