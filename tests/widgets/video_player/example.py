"""How the video player is shown to the tests that run over every widget."""

from __future__ import annotations

import math

import torch

from attention_course.grid_attention import nearby_attention_direct
from attention_course.widgets import VideoPlayer
from tests.widgets.example import HOSTILE, LONG, Example, random


def random_videos(sizes, seed=6):
    draw = random(seed)
    return {name: torch.rand(*size, generator=draw) for name, size in sizes.items()}


def random_windows(sizes, extent, sharpness=3.0):
    """Weights of random windows, clipped nowhere: what lies outside is not shown."""
    window = [2 * e + 1 for e in extent]
    scores = torch.randn(*sizes, math.prod(window), generator=random(7))
    return (sharpness * scores).softmax(-1).unflatten(-1, window)


def videos():
    return random_videos({"small": (3, 4, 5), "large": (6, 7, 11), "end": (5, 7, 11)})


def windows(sizes=(6, 7, 11), context=(3, 4, 5), extent=(1, 1, 2), draw=None):
    """Weights as nearby attention gives them."""
    draw = draw or random(5)
    query = 2 * torch.randn(*sizes, 3, generator=draw)
    key = 2 * torch.randn(*context, 3, generator=draw)
    return nearby_attention_direct(query, key, key, extent)[1]


def player(**state):
    given = {"query": "large", "context": "small", "weights": windows(), **state}
    return VideoPlayer(videos(), **given)


def largest_video_player():
    videos = random_videos(
        {LONG: (4, 8, 8), "large": (12, 32, 32), "c": (12, 32, 32), "d": (1, 32, 9)}
    )
    weights = random_windows((6, 8, 8), (2, 2, 2))
    context = {"context": LONG, "context_sizes": (4, 8, 8)}
    return VideoPlayer(videos, weights=weights, query="large", **context)


def colourful_video_player():
    """Each of a window's weights its own, from 0 to 1."""
    videos = random_videos({"small": (3, 4, 5), "large": (6, 7, 11)})
    weights = torch.linspace(0, 1, 45).reshape(3, 3, 5).expand(6, 7, 11, 3, 3, 5)
    return VideoPlayer(videos, weights=weights, query="large", context="small", frame=2)


def hostile_video_player():
    videos = random_videos({HOSTILE: (2, 3, 3), "&lt;": (2, 3, 3)})
    return VideoPlayer(videos, weights=random_windows((2, 3, 3), (1, 1, 1)))


EXAMPLE = Example(
    chapter=5,
    usual=player,
    changed={"frame": 4, "row": 6, "column": 1, "fps": 9},
    largest=largest_video_player,
    colours=colourful_video_player,
    n_colours=20,
    hostile=hostile_video_player,
    texts={".ac-vp-name": [HOSTILE, "&lt;"]},
    n_sliders=5,
    n_controls=13,
    moves=dict.fromkeys(
        ("Time", "Pixel's row", "Frames a second"), largest_video_player
    ),
)
