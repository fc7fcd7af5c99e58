"""What the experiments on real video share: clips, rivals and controls, chains."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from attention_course.data.video import clip_masks, load_clip
from attention_course.grid_models import Follower
from attention_course.lab import following as lab
from bookbuild.evidence.experiment import Arm, Experiment, Figures

FURTHER = (0, 1, 4, 8)  # extents, beside that of training
UNITS = {
    "changed": ("error on changed cells, in thousandths", 1, 1000.0),
    "still": ("on still ones", 1, 1000.0),
    **{f"extent {e}": (f"changed, at extent {e}", 1, 1000.0) for e in FURTHER},
    "parameters": ("parameters", 0, 1.0),
}
BUDGET = (
    "Trained on the first 70 % of the frames: {steps} steps of eight pairs of crops of 24 × 24 "
    "cells, Adam at 3e-3. Rate, steps and equal contrast of the patches were chosen by a look at "
    "the rabbit's last 30 %, so its figures flatter the follower a little; nothing was chosen by "
    "the city or by the outlines. Judged on the last 30 %, "
    "every third frame: a grey frame takes its colour from the frame {gap} before. An error is "
    "the root of the mean squared difference of colour, brightness from 0 to 1. A cell has "
    "changed if its grey differs by more than 0.06 from that of the same place."
)


def fetch_by_flow(frames: Tensor) -> lab.Fetch:
    """Follow by optical flow: OpenCV's dense inverse search, at its middle setting."""
    import cv2  # a rival's dependency only, see benchmarks/requirements.txt

    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    grey = (255 * frames.mean(dim=-1)).round().byte().numpy()  # (F, H, W)

    def fetch(earlier: slice, later: int, values: Tensor) -> Tensor:
        flow = search.calc(grey[later], grey[earlier][-1], None)  # (H, W, 2): x, y
        moves = F.avg_pool2d(torch.from_numpy(np.asarray(flow)).movedim(-1, 0)[None], 2)
        moves = moves[0].movedim(0, -1) / lab.STRIDE  # (nH, nW, 2), in cells
        height, width = values.shape[1:3]
        rows = torch.arange(height)[:, None] + moves[..., 1]
        columns = torch.arange(width) + moves[..., 0]
        places = torch.stack([2 * columns + 1, 2 * rows + 1], dim=-1)
        places = (
            places / torch.tensor([width, height]) - 1
        )  # from -1 to 1, edge to edge
        found = F.grid_sample(
            values[-1].movedim(-1, 0)[None],
            places[None],
            padding_mode="border",
            align_corners=False,
        )
        return found[0].movedim(0, -1)  # (nH, nW, d_v)

    return fetch


@lru_cache(maxsize=8)
def follower(
    clip: str,
    gap: int,
    steps: int,
    seed: int,
    shuffled: bool = False,
    stay: bool = True,
) -> Follower:
    """Train one, once for all experiments that are run together."""
    model, _ = lab.train_follower(
        load_clip(clip).frames,
        gap=gap,
        steps=steps,
        seed=seed,
        shuffled=shuffled,
        stay=stay,
        progress=False,
    )
    return model


def colour_arms(clip: str, gap: int, steps: int) -> dict[str, Arm]:
    """Make the arms of an experiment on the colour of one clip."""

    def untrained(make: Callable[[Tensor], lab.Fetch]) -> Callable[[int], Figures]:
        def run(seed: int) -> Figures:
            frames = load_clip(clip).frames
            return _parts(lab.colour_error(make(frames), frames, gap=gap))

        return run

    def trained(
        *, shuffled: bool = False, stay: bool = True
    ) -> Callable[[int], Figures]:
        def run(seed: int) -> Figures:
            frames = load_clip(clip).frames
            model = follower(clip, gap, steps, seed, shuffled, stay)

            def error(extent: int) -> dict[str, float]:
                fetch = lab.fetch_with(model, frames, extent=extent)
                return lab.colour_error(fetch, frames, gap=gap)

            figures = _parts(error(2))
            if stay and not shuffled:
                figures |= {f"extent {e}": error(e)["changed"] for e in FURTHER}
            return figures | {"parameters": sum(p.numel() for p in model.parameters())}

        return run

    size = f"{steps} steps"
    return {
        "trained": Arm(trained(), "idea", size),
        "trained, the copy no key": Arm(trained(stay=False), "idea", size),
        "grey patches as they are": Arm(
            untrained(lab.fetch_by_pixels), "rival", "no training", (0,)
        ),
        "optical flow": Arm(untrained(fetch_by_flow), "rival", "no training", (0,)),
        "trained, keys shuffled": Arm(trained(shuffled=True), "control", size),
        "the same place": Arm(
            untrained(lambda frames: lab.fetch_same_place),
            "control",
            "no training",
            (0,),
        ),
    }


def colour_experiment(
    clip: str, *, gap: int, steps: int, title: str, claim: str, doubts: str
) -> Experiment:
    """Make the experiment on the colour of one clip."""
    return Experiment(
        title=title,
        chapter="05-image-video-attention.ipynb",
        question=(
            "Does a grey frame find its colour in an earlier one by one nearby "
            "cross-attention, better than by copying, by grey patches as they are, and by "
            "optical flow? How far should it look?"
        ),
        claim=claim,
        budget=BUDGET.format(steps=steps, gap=gap),
        doubts=doubts,
        units=UNITS,
        arms=colour_arms(clip, gap, steps),
    )


def _parts(error: dict[str, float]) -> Figures:
    return {name: error[name] for name in ("changed", "still")}


def on_cells(mask: Tensor) -> Tensor:
    """Make a mask of pixels a mask of cells: ``(H, W)`` to ``(nH, nW, 1)``, 0 to 1."""
    return F.avg_pool2d(mask.float()[None], lab.STRIDE)[0].unsqueeze(-1)


def overlaps(fetch: lab.Fetch, *, memory: int = 1) -> Figures:
    """Carry the rabbit's first outline to the end, and compare with the nine others."""
    masks = {number: on_cells(mask) for number, mask in clip_masks().items()}
    first, *others = sorted(masks)
    start = (masks[first] >= 0.5).float()
    carried = lab.carry(fetch, start, first=first, last=others[-1], memory=memory)
    found = {
        number: lab.overlap(carried[number - first] >= 0.5, masks[number] >= 0.5)
        for number in others
    }
    figures = {f"frame {number}": share for number, share in found.items()}
    return {"mean": sum(found.values()) / len(found), **figures}
