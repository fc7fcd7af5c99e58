"""A mask given in one frame is carried through 87 others."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from attention_course.data.video import load_clip
from attention_course.lab import following as lab
from bookbuild.evidence.experiment import Arm, Experiment, Figures
from bookbuild.evidence.following import fetch_by_flow, follower, overlaps

STEPS = 160
SHOWN = (48, 60, 78, 104, 131)


def untrained(make: Callable[[Tensor], lab.Fetch]) -> Callable[[int], Figures]:
    """Carry by what is not trained."""
    return lambda seed: overlaps(make(load_clip("bunny").frames))


def trained(memory: int, *, shuffled: bool = False) -> Callable[[int], Figures]:
    """Carry by the follower of the experiment on the rabbit's colour."""

    def run(seed: int) -> Figures:
        model = follower("bunny", 3, STEPS, seed, shuffled)
        fetch = lab.fetch_with(model, load_clip("bunny").frames)
        return overlaps(fetch, memory=memory)

    return run


EXPERIMENT = Experiment(
    title="A mask carried through a film",
    chapter="05-image-video-attention.ipynb",
    question=(
        "The rabbit's outline is given in frame 44. How well does it fit when it has been "
        "carried, frame by frame, to frame 131, and do more frames to look at help?"
    ),
    claim=(
        "The follower keeps more of the mask than optical flow, than grey patches as they are, "
        "and than a mask that never moves; a memory of three frames keeps a little more still. "
        "All of them drift. By the last outlines the rabbit has lowered its arms again, and "
        "even the mask that never moved fits better than before."
    ),
    budget=(
        f"The follower of the experiment on the rabbit, {STEPS} steps; its teacher was colour "
        "alone. Nine outlines drawn by hand, and the mask carried to their frames, as cells of "
        "2 × 2 pixels: intersection over union. Frames 92 to 131 were not trained on."
    ),
    doubts="A mask left where it was that fits as well as the carried one.",
    units={
        "mean": ("mean overlap of nine", 3, 1.0),
        **{f"frame {n}": (f"frame {n}", 2, 1.0) for n in SHOWN},
    },
    arms={
        "follower": Arm(trained(1), "idea", f"{STEPS} steps"),
        "follower, memory of 3 frames": Arm(trained(3), "idea", f"{STEPS} steps"),
        "grey patches as they are": Arm(
            untrained(lab.fetch_by_pixels), "rival", "no training", (0,)
        ),
        "optical flow": Arm(untrained(fetch_by_flow), "rival", "no training", (0,)),
        "keys shuffled in training": Arm(
            trained(1, shuffled=True), "control", f"{STEPS} steps"
        ),
        "left where it was": Arm(
            untrained(lambda frames: lab.fetch_same_place),
            "control",
            "no training",
            (0,),
        ),
    },
)
