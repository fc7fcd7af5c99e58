"""Chapter 5: the experiments. A ViT on real digits, a decoder that enlarges videos.

Every experiment takes a seed, trains on the "train" forms alone and is judged on the
"held-out" ones, as :mod:`attention_course.data.digits` splits them by writer.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, TensorDataset

from ..data.digits import FORM_STARTS, N_TRAIN_FORMS, SPLITS, Digits, load_digits
from ..data.video import moving_digits, shrink
from ..grid_models import VideoDecoder, VisionTransformer, trilinear
from ..shapes import (
    a,
    checked,
    flag,
    function,
    integer,
    number,
    one_of,
    positive,
    up_to,
)
from .training import History, fit, seeded

__all__ = [
    "DigitCNN",
    "digit_baselines",
    "digits_right",
    "enlarge",
    "jitter",
    "psnr",
    "train_cnn",
    "train_upsampler",
    "train_vit",
    "trilinear",
    "upsampling_videos",
]

# Scans to train on, and to learn from.
N_TRAIN = FORM_STARTS[N_TRAIN_FORMS]
# The video experiment: sizes of the large video, how much smaller the other one is.
SIZES, FACTORS, EDGE = (8, 16, 16), (2, 2, 2), 10


@checked(
    epochs=positive,
    lr=number(above=0),
    seed=integer,
    patch=one_of((1, 2, 4, 8), "a number that divides 8"),
    n_train=up_to(N_TRAIN, " scans"),
    progress=flag,
)
def train_vit(
    *,
    epochs: int = 80,
    lr: float = 2.5e-3,
    seed: int = 0,
    patch: int = 2,
    n_train: int | None = None,
    progress: bool = True,
) -> tuple[VisionTransformer, History]:
    """Train a ViT to read the digits of the ten training forms.

    Each scan is turned, slanted, resized and moved a little whenever it is shown, by
    :func:`jitter`. The settings were chosen on these forms alone: by training on seven
    of the ten and counting what is right on the other three, for three such splits.

    Args:
        epochs: how often to go through the scans.
        lr: AdamW's highest learning rate; it rises to it, then falls to nothing.
        seed: for the parameters, the order of the batches and the jitter.
        patch: height and width of a patch.
        n_train: the first so many scans only; ``None`` for all.
        progress: show a bar.

    Returns:
        The model, and its history of losses.

    Chapter 5.
    """
    train = load_digits("train")
    pairs = TensorDataset(train.images[:n_train], train.labels[:n_train])
    batches = DataLoader(pairs, batch_size=64, shuffle=True)
    with seeded(seed):
        model = VisionTransformer(
            8, patch, 1, 10, d_model=64, n_heads=4, n_layers=3, d_hidden=128
        )
    model.to(train.images.dtype)  # whatever torch's default is
    history = _fit(model, batches, _label_loss, epochs, lr, seed, progress)
    return model, history


class DigitCNN(nn.Module):
    r"""The ViT's rival: three convolutions over neighbouring pixels, and a linear layer.

    Each layer is :math:`\operatorname{ReLU}(\operatorname{norm}(K * x))` with a kernel
    :math:`K` of 3 × 3 pixels; after the second, the best of every 2 × 2 pixels is kept.

    Args:
        width: channels of the first layer; the other two have twice as many.

    Shapes: images (B, 8, 8, 1), values 0 to 1; result: logits (B, 10), and ``None`` where
    :class:`~attention_course.grid_models.VisionTransformer` has its weights.

    LeCun et al. (1998), section II; chapter 5.
    """

    @checked(width=positive)
    def __init__(self, width: int = 24) -> None:
        super().__init__()
        self.net = nn.Sequential(
            *self._layer(1, width),
            *self._layer(width, 2 * width),
            nn.MaxPool2d(2),
            *self._layer(2 * width, 2 * width),
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),  # (B, 4 · 2 · width)
            nn.Linear(8 * width, 10),
        )

    @staticmethod
    def _layer(n_in: int, n_out: int) -> list[nn.Module]:
        return [nn.Conv2d(n_in, n_out, 3, padding=1), nn.BatchNorm2d(n_out), nn.ReLU()]

    @checked(images="B 8 8 1")
    def forward(self, images: Tensor) -> tuple[Tensor, None]:
        return self.net(images.movedim(-1, 1)), None  # (B, 10)


@checked(epochs=positive, lr=number(above=0), seed=integer, progress=flag)
def train_cnn(
    *, epochs: int = 40, lr: float = 2.5e-3, seed: int = 0, progress: bool = True
) -> tuple[DigitCNN, History]:
    """Train the rival as :func:`train_vit` trains the ViT, with half of the epochs.

    Args:
        epochs: how often to go through the scans.
        lr: AdamW's highest learning rate, the one that was chosen for the ViT.
        seed: for the parameters, the order of the batches and the jitter.
        progress: show a bar.

    Returns:
        The model, and its history of losses.

    Chapter 5.
    """
    train = load_digits("train")
    batches = DataLoader(TensorDataset(*train), batch_size=64, shuffle=True)
    with seeded(seed):
        model = DigitCNN()
    model.to(train.images.dtype)  # whatever torch's default is
    return model, _fit(model, batches, _label_loss, epochs, lr, seed, progress)


@checked(images="B H W C")
def jitter(images: Tensor) -> Tensor:
    """Change each picture a little, at random, as another hand or pen would.

    It is turned by up to 9 degrees, slanted by up to 0.15, made up to a twelfth taller
    and wider or less so, and moved by up to 0.6 pixels of 8. Then grey gets lighter or
    darker, which leaves black and white as they are: a thicker or a thinner pen. What
    comes in from outside is black.

    Args:
        images: ``(B, H, W, C)``, brightness 0 to 1.

    Returns:
        Pictures of the same shape. Draws from torch's random numbers.

    Chapter 5.
    """
    n = len(images)
    drawn = 2 * torch.rand(7, n, device=images.device) - 1  # -1 to 1
    angle, slant, width, height, right, down, pen = drawn.to(images.dtype)
    angle, slant = 0.15 * angle, 0.15 * slant
    width, height = 1 + 0.08 * width, 1 + 0.08 * height
    # The picture's edges are at -1 and 1. A row says where a new pixel's colour is from.
    rows = [
        torch.stack([width * angle.cos(), slant - angle.sin(), 0.15 * right], dim=-1),
        torch.stack([angle.sin(), height * angle.cos(), 0.15 * down], dim=-1),
    ]
    matrices = torch.stack(rows, dim=1)  # (B, 2, 3)
    channels_first = images.movedim(-1, 1)  # (B, C, H, W)
    where = F.affine_grid(matrices, list(channels_first.shape), align_corners=False)
    moved = F.grid_sample(channels_first, where, align_corners=False).movedim(1, -1)
    power = (0.3 * pen).exp().view(-1, 1, 1, 1)
    return moved.clamp(0, 1) ** power  # (B, H, W, C)


@torch.no_grad()
@checked(model=function, digits=a(Digits))
def digits_right(model: nn.Module, digits: Digits) -> float:
    """Return the share of scans that a model reads right.

    Args:
        model: from :func:`train_vit` or :func:`train_cnn`.
        digits: scans with their labels.

    Returns:
        Accuracy, from 0 to 1.

    Chapter 5.
    """
    if digits.labels.shape != digits.images.shape[:1]:
        wanted = f"a label for each of {len(digits.images)} scans"
        got = tuple(digits.labels.shape)
        raise ValueError(f"digits: expected {wanted}, got labels of shape {got}")
    logits, _ = model(digits.images)
    return float((logits.argmax(dim=-1) == digits.labels).float().mean())


@checked(n_neighbours=up_to(N_TRAIN, " scans"))
def digit_baselines(*, n_neighbours: int = 3) -> dict[str, float]:
    """Read the same held-out digits with two methods that know nothing of attention.

    Both see the scans as 64 numbers and are scikit-learn's: logistic regression, a
    linear model, and the vote of the nearest training scans.

    Args:
        n_neighbours: how many scans vote.

    Returns:
        Accuracy of each on the held-out forms, by name, from 0 to 1.

    Raises:
        ImportError: scikit-learn is not installed.

    Chapter 5.
    """
    train, held_out = load_digits("train"), load_digits("held-out")
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    s = "s" if n_neighbours > 1 else ""
    models = {
        "linear model": LogisticRegression(max_iter=2000),
        f"{n_neighbours} nearest neighbour{s}": KNeighborsClassifier(n_neighbours),
    }
    pixels, labels = train.images.flatten(1).numpy(), train.labels.numpy()
    unseen, answers = held_out.images.flatten(1).numpy(), held_out.labels.numpy()
    return {
        name: float(model.fit(pixels, labels).score(unseen, answers))
        for name, model in models.items()
    }


@checked(video="... F H W C", truth="... F H W C")
def psnr(video: Tensor, truth: Tensor) -> Tensor:
    r"""Measure how near each video is to the true one: peak signal-to-noise ratio.

    Formula: ``psnr = −10 log10(mean (video − truth)²)``, since the peak is 1

    Args:
        video: ``(..., F, H, W, C)``, brightness 0 to 1.
        truth: likewise, of the same shape.

    Returns:
        Decibels ``(...)``, one number for each video; larger is better, 2 dB more are
        a mean squared error 37 % smaller. Infinite where the two are equal.

    Raises:
        TypeError, ValueError: shapes that differ, or no floating-point tensors.

    Chapter 5.
    """
    if video.shape != truth.shape:
        raise ValueError(
            f"truth: expected the video's shape {tuple(video.shape)}, "
            f"got {tuple(truth.shape)}"
        )
    error = (video - truth).square().mean(dim=(-4, -3, -2, -1))  # (...)
    return -10 * error.log10()


@checked(split=one_of(SPLITS), n_videos=positive, seed=integer)
def upsampling_videos(
    split: str, n_videos: int, *, seed: int = 0
) -> tuple[Tensor, Tensor]:
    """Make pairs of videos: what the decoder reads, and what it should draw.

    Args:
        split: whose handwriting, "train" or "held-out".
        n_videos: how many.
        seed: the same seed gives the same videos.

    Returns:
        ``(small, large)``: ``(n, 4, 8, 8, 1)``, the means of 2 × 2 × 2 blocks of
        ``(n, 8, 16, 16, 1)``.

    Chapter 5.
    """
    large = moving_digits(n_videos, SIZES, edge=EDGE, seed=seed, split=split)
    return shrink(large, FACTORS), large


@checked(
    use_self=flag,
    use_cross=flag,
    epochs=positive,
    lr=number(above=0),
    seed=integer,
    n_train=positive,
    progress=flag,
)
def train_upsampler(
    *,
    use_self: bool = True,
    use_cross: bool = True,
    epochs: int = 2,
    lr: float = 3e-3,
    seed: int = 0,
    n_train: int = 2048,
    progress: bool = True,
) -> tuple[VideoDecoder, History]:
    """Train a decoder to enlarge videos of moving digits twice along every axis.

    Args:
        use_self: let the large video attend to itself.
        use_cross: let it attend to the small one.
        epochs: how often to go through the videos.
        lr: AdamW's highest learning rate; it rises to it, then falls to nothing.
        seed: for the parameters, the order of the batches and the videos.
        n_train: how many videos to train on.
        progress: show a bar.

    Returns:
        The model, and its history of losses: mean squared errors.

    Chapter 5.
    """
    small, large = upsampling_videos("train", n_train, seed=seed)
    batches = DataLoader(TensorDataset(small, large), batch_size=8, shuffle=True)
    with seeded(seed):
        model = VideoDecoder(
            SIZES, small.shape[1:4], use_self=use_self, use_cross=use_cross
        )
    model.to(large.dtype)  # whatever torch's default is
    history = _fit(model, batches, _video_loss, epochs, lr, seed, progress)
    return model, history


@torch.no_grad()
@checked(model=function, small="B F' H' W' 1")
def enlarge(model: VideoDecoder, small: Tensor) -> Tensor:
    """Let a trained decoder draw its large videos, brightness cut to 0 … 1.

    Args:
        model: from :func:`train_upsampler`.
        small: ``(B, F', H', W', 1)``.

    Returns:
        Videos ``(B, F, H, W, 1)``.

    Chapter 5.
    """
    parts = [model(some)[0] for some in small.split(32)]
    return torch.cat(parts).clamp(0, 1)


def _label_loss(model: nn.Module, batch: list[Tensor]) -> Tensor:
    images, labels = batch
    logits, _ = model(jitter(images))
    return F.cross_entropy(logits, labels)


def _video_loss(model: VideoDecoder, batch: list[Tensor]) -> Tensor:
    small, large = batch
    return F.mse_loss(model(small)[0], large)


def _fit(
    model: Any,
    batches: DataLoader[Any],
    loss_fn: Any,
    epochs: int,
    lr: float,
    seed: int,
    progress: bool,
) -> History:
    optimizer = AdamW(model.parameters(), lr=lr, weight_decay=0.05)
    one_cycle = OneCycleLR(
        optimizer, lr, total_steps=epochs * len(batches) + 1, pct_start=0.15
    )
    return fit(
        model,
        batches,
        loss_fn,
        epochs=epochs,
        optimizer=optimizer,
        scheduler=one_cycle,
        seed=seed,
        progress=progress,
    )
