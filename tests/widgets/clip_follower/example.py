"""How the clip follower is shown to the tests that run over every widget."""

from __future__ import annotations

import torch

from attention_course.grid_models import Follower
from attention_course.widgets import ClipFollower
from tests.widgets.example import HOSTILE, LONG, Example, random

CREDIT = "a film of nobody"


def random_follower(seed=3, **settings):
    """A follower of random numbers: it looks about unevenly."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = Follower(**{"d_model": 7, "d_hidden": 11, **settings})
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter) / 5)
    return model.eval()


def random_frames(sizes=(5, 22, 26), seed=8):
    """Noise that drifts to the right, one pixel a frame, brighter and darker."""
    n_frames, height, width = sizes
    noise = torch.rand(height, width + n_frames, 3, generator=random(seed))
    drifting = [noise[:, n : n + width] for n in range(n_frames)]
    return 0.2 + 0.6 * torch.stack(drifting)


def random_masks(cells=(11, 13), numbers=(0, 3), seed=2):
    draw = random(seed)
    return {n: torch.rand(*cells, generator=draw) > 0.6 for n in numbers}


def clip(frames=None, model=None, masks=None, **told):
    """Record a clip of noise, seen by a follower of random numbers."""
    given = {"name": "noise", "credit": CREDIT, "rate": 8, **told}
    return ClipFollower.record(
        model or random_follower(),
        random_frames() if frames is None else frames,
        masks=random_masks() if masks is None else masks,
        **given,
    )


def clip_follower(**state):
    other = clip(random_frames(seed=9), name="more noise", masks={})
    return ClipFollower([clip(), other], **{"frame": 2, **state})


def largest_clip_follower(**told):
    frames = random_frames((14, 80, 88))
    masks = random_masks((40, 44), (0, 4, 13))
    recording = clip(frames, random_follower(d_model=32, d_hidden=64), masks, **told)
    return ClipFollower([recording], frame=4, extent=3)


EXAMPLE = Example(
    chapter=5,
    usual=clip_follower,
    changed={
        "picked": 1,
        "way": "pixels",
        "extent": 1,
        "frame": 3,
        "row": 0,
        "column": 12,
        "arrows": True,
        "painting": "0123456789abcdef" * 2 + "0f0e",
    },
    largest=lambda: largest_clip_follower(name=LONG, credit=LONG),
    n_colours=15,
    hostile=lambda: ClipFollower(
        [clip(name=HOSTILE, credit=f"{HOSTILE} &lt;"), clip(name="&lt;")]
    ),
    texts={
        ".ac-cf-credit": [f"Film: {HOSTILE} &lt;"],
        ".ac-cf-clips option": [HOSTILE, "&lt;"],
    },
    n_sliders=7,
    n_controls=18,
    moves=dict.fromkeys(
        ("Time", "Extent", "Cell's row", "Cell's column"), largest_clip_follower
    ),
    scrolls=("Weights of the picked cell",),
)
