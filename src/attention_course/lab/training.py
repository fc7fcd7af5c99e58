"""One training loop for the whole course, and a way to keep what it made.

``fit`` knows nothing of any chapter: a model, batches, a loss of the two, and how to
tell that it is good enough.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from tqdm import tqdm  # type: ignore[import-untyped]

from ..shapes import (
    a,
    checked,
    file_path,
    flag,
    function,
    integer,
    network,
    number,
    positive,
)

__all__ = ["History", "fit", "load_model", "save_model"]

BatchT = TypeVar("BatchT")
ModelT = TypeVar("ModelT", bound=nn.Module)


@dataclass
class History:
    """What happened during training: plain lists, ready to plot.

    ``losses`` has one number a step; ``steps[i]`` and ``seconds[i]`` say after how many
    steps and seconds ``scores[i]`` was measured.
    """

    losses: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    reached_target: bool = False


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw random numbers from a seed; the caller's own stay as they are."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


@checked(
    model=network,
    loss_fn=function,
    epochs=positive,
    optimizer=a(torch.optim.Optimizer),
    scheduler=a(torch.optim.lr_scheduler.LRScheduler),
    seed=integer,
    clip=number(above=0, infinite=True),
    evaluate=function,
    target=number(infinite=True),
    patience=positive,
    progress=flag,
)
def fit(
    model: ModelT,
    batches: Iterable[BatchT],
    loss_fn: Callable[[ModelT, BatchT], Tensor],
    *,
    epochs: int,
    optimizer: torch.optim.Optimizer | None = None,
    scheduler: torch.optim.lr_scheduler.LRScheduler | None = None,
    seed: int = 0,
    clip: float = 1.0,
    evaluate: Callable[[ModelT], float] | None = None,
    target: float | None = None,
    patience: int | None = None,
    progress: bool = True,
) -> History:
    """Train a model in place: for all epochs, to a target, or until patience ends.

    Each step: loss of one batch, gradient, clip, update. Each epoch ends with
    ``evaluate``, run without gradients and in evaluation mode.

    Args:
        model: trained in place, and left in evaluation mode: a trained model is for use.
        batches: gone through once an epoch; a list, a ``DataLoader``, anything that can
            be gone through more than once.
        loss_fn: ``(model, batch) → loss``, a tensor of one number.
        epochs: the most times to go through the batches.
        optimizer: over the parameters of ``model``; Adam at 3e-3 if not given.
        scheduler: changes the optimizer's learning rate after every step, if given.
        seed: for all of torch's random numbers here (order of the batches, dropout). The
            random numbers outside are left as they were.
        clip: longest gradient, over all parameters together; ``math.inf`` for no limit.
        evaluate: ``model → score``, larger is better.
        target: stop as soon as the score is this high.
        patience: stop after this many epochs in a row without a new best score.
        progress: show a bar on the error stream while training. The environment variable
            ``TQDM_DISABLE=1`` hides it too.

    Returns:
        A :class:`History`.

    Raises:
        FloatingPointError: the loss or the gradient is no longer a finite number; the
            error names the step, and the parameters are those before it.
        TypeError: ``batches`` can be gone through only once.
        ValueError: no batch, a loss of more than one number, ``target`` or ``patience``
            without ``evaluate``, a scheduler of another optimizer.

    Source: gradient clipping from Pascanu et al. 2013 (arXiv 1211.5063), algorithm 1.
    Chapters 2 to 5.
    """
    if evaluate is None and (target is not None or patience is not None):
        raise ValueError(
            "evaluate: expected a function, since target or patience is given, got None"
        )
    if isinstance(batches, Iterator) or not isinstance(batches, Iterable):
        got = "an iterator" if isinstance(batches, Iterator) else f"{batches!r}"
        raise TypeError(
            f"batches: expected something to go through each epoch, got {got}"
        )
    optimizer = optimizer or torch.optim.Adam(model.parameters(), lr=3e-3)
    own = {id(parameter) for parameter in model.parameters()}
    groups = optimizer.param_groups
    if not any(id(each) in own for group in groups for each in group["params"]):
        raise ValueError(
            "optimizer: expected one over the model's parameters, got another model's"
        )
    if scheduler is not None and scheduler.optimizer is not optimizer:
        raise ValueError(
            "scheduler: expected the scheduler of the optimizer that is given, "
            "got another's"
        )
    history, began = History(), time.perf_counter()
    best, epochs_since_best = -math.inf, 0
    with (
        torch.enable_grad(),  # even inside the caller's torch.no_grad()
        seeded(seed),
        _bar(epochs, batches, progress) as bar,
    ):
        for _ in range(epochs):
            model.train()
            for batch in batches:
                loss = _step(
                    model, batch, loss_fn, optimizer, clip, len(history.losses)
                )
                history.losses.append(loss)
                if scheduler is not None:
                    scheduler.step()
                bar.update()
            if not history.losses:
                raise ValueError("batches: expected at least one batch, got none")
            model.eval()
            if evaluate is None:
                continue
            with torch.no_grad():
                score = float(evaluate(model))
            model.eval()  # whatever evaluate left it in
            history.scores.append(score)
            history.steps.append(len(history.losses))
            history.seconds.append(time.perf_counter() - began)
            bar.set_postfix(loss=f"{history.losses[-1]:.3f}", score=f"{score:.3f}")
            if target is not None and score >= target:
                history.reached_target = True
                break
            epochs_since_best = 0 if score > best else epochs_since_best + 1
            best = max(best, score)
            if patience is not None and epochs_since_best >= patience:
                break
    return history


def _step(
    model: ModelT,
    batch: BatchT,
    loss_fn: Callable[[ModelT, BatchT], Tensor],
    optimizer: torch.optim.Optimizer,
    clip: float,
    step: int,
) -> float:
    """Take one step of gradient descent and return the loss before it."""
    loss = loss_fn(model, batch)
    if not isinstance(loss, Tensor) or loss.numel() != 1:
        got = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else f"{loss!r}"
        raise ValueError(f"loss_fn: expected a loss of one number, got {got}")
    if not bool(loss.isfinite()):
        raise FloatingPointError(
            f"the loss is {loss.item()} at step {step}: training stopped"
        )
    optimizer.zero_grad()
    loss.backward()
    length = nn.utils.clip_grad_norm_(model.parameters(), clip)
    if not bool(length.isfinite()):
        raise FloatingPointError(
            f"the gradient is {length.item()} at step {step}: training stopped"
        )
    optimizer.step()
    return loss.item()


def _bar(epochs: int, batches: Iterable[Any], progress: bool) -> tqdm[Any]:
    n_batches = len(batches) if isinstance(batches, Sized) else None
    total = None if n_batches is None else epochs * n_batches
    # disable=None would hide the bar outside a terminal; without it TQDM_DISABLE decides.
    hidden = {} if progress else {"disable": True}
    return tqdm(total=total, unit="step", leave=False, **hidden)


@checked(path=file_path)
def save_model(model: nn.Module, path: str | Path) -> None:
    """Write a model's configuration and parameters into one safetensors file.

    The file is replaced at once or not at all: whatever interrupts a save leaves the old
    one whole. Its mode stays, and a link stays a link to the file that it names.

    Args:
        model: any model of the course: its ``config`` is a dictionary of plain values
            with which its class builds it again.
        path: where to write; an existing file is replaced.

    Raises:
        OSError: the file cannot be written.
        TypeError: the model has no ``config``, or JSON cannot hold it.

    Source: chapters 2 to 5.
    """
    config = getattr(model, "config", None)
    if not isinstance(config, dict):
        raise TypeError(
            f"model: expected a model with a config, got {type(model).__name__}"
        )
    metadata = {"model": type(model).__name__, "config": json.dumps(config)}
    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    _replace(Path(path).resolve(), save(tensors, metadata))


@checked(path=file_path)
def load_model(model_class: type[ModelT], path: str | Path) -> ModelT:
    """Build a model again from what :func:`save_model` wrote.

    Args:
        model_class: the class of the model that was saved.
        path: the file.

    Returns:
        The model, in evaluation mode, in the dtype in which it was saved.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file is of another class, or its parameters do not fit the
            model that its configuration builds.

    Source: chapters 2 to 5.
    """
    if not isinstance(model_class, type) or not issubclass(model_class, nn.Module):
        raise TypeError(f"model_class: expected a model's class, got {model_class!r}")
    if not Path(path).is_file():
        wanted = "expected one that save_model wrote, got none"
        raise FileNotFoundError(f"path: no file {path}: {wanted}")
    try:
        with safe_open(str(path), framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"path: {path} is no safetensors file ({error})") from None
    saved = metadata.get("model", "a model not saved by this course")
    if saved != model_class.__name__:
        raise ValueError(
            f"model_class, path: expected a {model_class.__name__} in {path}, got {saved}"
        )
    try:
        with (
            torch.random.fork_rng()
        ):  # building draws parameters that are then replaced
            model = model_class(**json.loads(metadata["config"]))
        model.to(
            next((t.dtype for t in tensors.values() if t.is_floating_point()), None)
        )
        model.load_state_dict(tensors)
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise ValueError(f"path: what {path} holds does not fit: {error}") from error
    return model.eval()


def _replace(path: Path, content: bytes) -> None:
    """Put a file in the place of another, whole or not at all."""
    part = path.with_name(
        f".{path.name}.part"
    )  # always the same: a later save renews it
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, part)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
