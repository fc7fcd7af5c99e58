"""What several exercises of chapter 4 share."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .wave_positions import wave_positions


def matrix(size: int, generator: torch.Generator) -> Tensor:
    return torch.randn(size, size, generator=generator) / math.sqrt(size)


class SelfAttention(nn.Module):
    """One head over ``(T, d_model)``, with fixed random projections."""

    projections: Tensor

    def __init__(self, d_model: int, generator: torch.Generator) -> None:
        super().__init__()
        matrices = [matrix(d_model, generator) for _ in range(3)]
        self.register_buffer("projections", torch.stack(matrices))

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = x @ self.projections  # each (T, d_model)
        scores = query @ key.T / math.sqrt(x.shape[-1])
        return self.masked(scores).softmax(-1) @ value

    def masked(self, scores: Tensor) -> Tensor:
        return scores


class CausalSelfAttention(SelfAttention):
    """One head in which each position looks back only."""

    def masked(self, scores: Tensor) -> Tensor:
        return scores.masked_fill(torch.ones_like(scores).triu(1) == 1, -math.inf)


class SelfAttentionWithPositions(SelfAttention):
    """One head that adds positions to what comes in."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x + wave_positions(len(x), 2 * x.shape[1])[:, ::2])


class CircularConvolution(nn.Module):
    """Mix each position with its two neighbours; the last position is next to the first."""

    def forward(self, x: Tensor) -> Tensor:
        return x + 0.5 * x.roll(1, dims=0) - 0.2 * x.roll(-1, dims=0)


class SymmetricConvolution(nn.Module):
    """Mix each position with its two neighbours, both alike, and zeros beyond the ends."""

    def forward(self, x: Tensor) -> Tensor:
        padded = F.pad(x, (0, 0, 1, 1))  # (T + 2, d_model)
        return x + 0.5 * (padded[:-2] + padded[2:])


class MeanOfAllPlaces(nn.Module):
    """Give every position the mean of all positions."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(0, keepdim=True).expand_as(x)


class MeanAndPositions(MeanOfAllPlaces):
    """Give every position the mean of all positions, and add its position."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) + wave_positions(len(x), 2 * x.shape[1])[:, ::2]


class EachPlaceByItself(nn.Module):
    """Apply the same function to every number of every position."""

    def forward(self, x: Tensor) -> Tensor:
        return 2 * x.relu()


class Smoothing(nn.Module):
    """Mix each position with its two neighbours, both alike, round a circle."""

    def forward(self, x: Tensor) -> Tensor:
        return 0.5 * x + 0.25 * x.roll(1, dims=0) + 0.25 * x.roll(-1, dims=0)


class SecondHalf(nn.Module):
    """Add one to every position of the second half."""

    def forward(self, x: Tensor) -> Tensor:
        return x + (torch.arange(len(x)) >= len(x) // 2)[:, None]


class SmallPositions(nn.Module):
    """Add positions so small that a coarse comparison does not see them."""

    def forward(self, x: Tensor) -> Tensor:
        return x + 0.01 * torch.arange(len(x))[:, None] / len(x)


class DistanceFromTheMiddle(nn.Module):
    """Add to every position how far it is from the middle: the two ends have the same number."""

    def forward(self, x: Tensor) -> Tensor:
        middle = (len(x) - 1) / 2
        return x + (torch.arange(len(x)) - middle).abs()[:, None]
