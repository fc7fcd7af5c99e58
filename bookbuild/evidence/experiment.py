"""An experiment: arms that are run with several seeds, and what they are there for."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["Arm", "Experiment", "experiments"]

Figures = dict[str, float]


@dataclass(frozen=True)
class Arm:
    """One thing that is run: the idea, a rival without it, or a control that should fail.

    Args:
        run: ``seed → figures``, each by name. It seeds whatever it draws.
        kind: "idea", "rival" or "control".
        size: what it costs, in a few words: parameters, steps.
        seeds: with which it is run; one for what draws nothing.
    """

    run: Callable[[int], Figures]
    kind: str
    size: str = ""
    seeds: tuple[int, ...] = (0, 1, 2)


@dataclass(frozen=True)
class Experiment:
    """A claim, the arms that decide it, and the budget they had.

    Args:
        title: what is compared, in a few words.
        chapter: where the course tells it: ``"05-image-video-attention.ipynb"``.
        question: what the run decides.
        claim: what the record shows, in a few sentences.
        budget: steps, learning rate and how it was chosen, data; in one or two sentences.
        doubts: what would change our mind.
        units: figure → (heading, decimals, factor): how the page writes it.
        arms: by name; an idea, at least one rival and one control.
    """

    title: str
    chapter: str
    question: str
    claim: str
    budget: str
    doubts: str
    units: Mapping[str, tuple[str, int, float]]
    arms: Mapping[str, Arm]


def experiments() -> dict[str, Experiment]:
    """Find every experiment by the name of its module, in alphabetical order."""
    from bookbuild.evidence import experiments as package

    found = {}
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
        made = importlib.import_module(f"{package.__name__}.{module.name}")
        found[module.name] = made.EXPERIMENT
    return found
