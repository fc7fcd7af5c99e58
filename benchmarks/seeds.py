"""How much of chapter 5's results is luck: the same trainings with other seeds.

    python benchmarks/seeds.py [--digits 10] [--videos 3]

Each vision transformer reads the 510 scans of the held-out forms; each decoder enlarges
128 videos made from them. Nothing is timed, and nothing is chosen by these figures.
"""

from __future__ import annotations

import argparse
from statistics import mean

import torch

from attention_course.data.digits import load_digits
from attention_course.lab.vision import (
    digits_right,
    enlarge,
    psnr,
    train_upsampler,
    train_vit,
    trilinear,
    upsampling_videos,
)

SETTINGS = {
    "neither": {"use_self": False, "use_cross": False},
    "Y to C only": {"use_self": False, "use_cross": True},
    "Y to Y only": {"use_self": True, "use_cross": False},
    "both": {},
}


def digits(n_seeds: int) -> None:
    """Print the share of held-out scans that each vision transformer reads right."""
    held_out = load_digits("held-out")
    scores = []
    for seed in range(n_seeds):
        model, _ = train_vit(seed=seed, progress=False)
        scores.append(100 * digits_right(model, held_out))
    print("| seed | " + " | ".join(map(str, range(n_seeds))) + " | mean |")
    print("| --- |" + " ---: |" * (n_seeds + 1))
    print(f"| % right | {' | '.join(f'{s:.1f}' for s in [*scores, mean(scores)])} |")


def videos(n_seeds: int) -> None:
    """Print how many decibels each decoder gains over trilinear."""
    small, large = upsampling_videos("held-out", 128, seed=1)
    straight = psnr(trilinear(small, large.shape[1:4]).clamp(0, 1), large)
    print("| decoder, seed | " + " | ".join(map(str, range(n_seeds))) + " |")
    print("| --- |" + " ---: |" * n_seeds)
    for name, setting in SETTINGS.items():
        gains = []
        for seed in range(n_seeds):
            model, _ = train_upsampler(**setting, seed=seed, progress=False)
            gain = psnr(enlarge(model, small), large) - straight
            gains.append(f"{float(gain.mean()):+.2f}")
        print(f"| {name} | {' | '.join(gains)} |")


def main() -> None:
    """Train all of them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--digits", type=int, default=10)
    parser.add_argument("--videos", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)  # as in the chapter
    if arguments.digits:
        digits(arguments.digits)
        print()
    if arguments.videos:
        videos(arguments.videos)


if __name__ == "__main__":
    main()
