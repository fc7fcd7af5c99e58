"""Chapter 5: real handwritten digits, 1,797 scans of 8 × 8 pixels.

They come with scikit-learn, so nothing is downloaded. The file keeps the order in
which they were written: every person filled the same form, 130 digits that begin
``0123456789`` three times, and some digits were lost. The labels repeat with the form,
so they show where one form ends and the next begins: there are 14. (The description
names 13 people, so one may have filled two.)

Scans of one hand look alike. A split that draws scans at random has every writer on
both sides and promises too much; this one keeps whole forms apart.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["FORM_STARTS", "N_TRAIN_FORMS", "SPLITS", "Digits", "load_digits"]

SPLITS = ("train", "held-out")

# The first scan of each form.
FORM_STARTS = (
    *(0, 130, 256, 386, 516, 646, 776),
    *(906, 1029, 1157, 1287, 1415, 1545, 1667),
)
N_TRAIN_FORMS = 10  # in file order: chosen before any model saw a scan


class Digits(NamedTuple):
    """Scans ``(n, 8, 8, 1)``, brightness 0 (paper) to 1 (ink), and labels ``(n,)``."""

    images: Tensor
    labels: Tensor


def load_digits(split: str | None = None) -> Digits:
    """Load the handwritten digits, or one side of a split by writer.

    Args:
        split: "train", the 1,287 scans of the first ten forms; "held-out", the 510 of
            the last four; ``None``, all 1,797 in the order of the file.

    Returns:
        Images float32 ``(n, 8, 8, 1)`` in sixteenths from 0 to 1, labels int64
        ``(n,)``. About as many scans of each digit: the forms see to that.

    Raises:
        ImportError: scikit-learn is not installed.
        ValueError: an unknown split.

    Source: Alpaydin and Kaynak 1998, "Optical Recognition of Handwritten Digits", UCI
    Machine Learning Repository (CC BY 4.0), its test part. Chapter 5.
    """
    if split is not None and split not in SPLITS:
        raise ValueError(f"split: expected one of {SPLITS} or None, got {split!r}")
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ImportError(
            "the digits come with scikit-learn: pip install scikit-learn"
        ) from error
    bunch = datasets.load_digits()
    images = torch.from_numpy(bunch.images).float().unsqueeze(-1) / 16  # (n, 8, 8, 1)
    labels = torch.from_numpy(bunch.target).long()  # (n,)
    first_held_out = FORM_STARTS[N_TRAIN_FORMS]
    part = {
        None: slice(None),
        "train": slice(None, first_held_out),
        "held-out": slice(first_held_out, None),
    }[split]
    return Digits(images[part].clone(), labels[part].clone())
