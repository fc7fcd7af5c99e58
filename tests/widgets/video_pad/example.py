"""How the video pad is shown to the tests that run over every widget."""

from __future__ import annotations

import torch

from attention_course.grid_models import VideoDecoder
from attention_course.widgets import VideoPad
from tests.widgets.example import Example, random


def random_decoder(sizes, context_sizes, n_layers=2, n_heads=2, seed=4, **settings):
    """A decoder of random numbers: it draws nonsense, and looks about unevenly."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = VideoDecoder(
            sizes,
            context_sizes,
            n_layers=n_layers,
            n_heads=n_heads,
            d_model=6 * n_heads,
            d_hidden=8,
            **settings,
        )
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter) / 2)
    return model.eval()


def video_pad(
    n=3, sizes=(4, 8, 8), small=(2, 4, 4), model=None, settings=None, **state
):
    """Random videos, enlarged twice; with ``model=True`` paintings are, too."""
    decoder = random_decoder(sizes, small, **(settings or {}))
    videos = torch.rand(n, *small, 1, generator=random(8))
    return VideoPad(
        VideoPad.record(decoder, videos), decoder if model else None, **state
    )


def largest_video_pad():
    """As chapter 5 has it: nearly all that a page may carry."""
    return video_pad(1, (8, 16, 16), (4, 8, 8))


EXAMPLE = Example(
    chapter=5,
    usual=video_pad,
    changed={
        "picked": 2,
        "kind": "self",
        "layer": 0,
        "head": 1,
        "frame": 3,
        "row": 0,
        "column": 1,
        "painting": "0123456789abcdef" * 2,
    },
    largest=largest_video_pad,
    colours=lambda: video_pad(1, (8, 16, 16), (4, 8, 8), kind="self"),
    n_colours=15,
    hostile=None,
    n_sliders=8,
    n_controls=27,
    moves=dict.fromkeys(
        ("Head", "Layer", "Patch's frame", "Patch's row"), largest_video_pad
    ),
)
