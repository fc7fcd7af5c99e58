"""What a model's folder hands over, and where the folders are."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bookbuild.models.graph import Graph

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Made:
    """A model that was trained and checked."""

    described: dict[str, Any]  # what the page or run.js must know of it
    graphs: dict[str, Graph]
    answers: list[dict[str, Any]] = field(
        default_factory=list
    )  # torch's, for the tests
    files: dict[str, Path] = field(default_factory=dict)  # what else it needs
    eight_bit: bool = False  # whether its weights are stored in 8 bits


def folders() -> dict[str, Path]:
    """Find the models: ``date-translator`` is made in ``date_translator/``."""
    found = sorted(HERE.glob("*/export.py"))
    return {path.parent.name.replace("_", "-"): path.parent for path in found}


def maker(name: str) -> Callable[[], Made]:
    """Import the function that makes a model."""
    export = importlib.import_module(f"{__package__}.{folders()[name].name}.export")
    make: Callable[[], Made] = export.make
    return make
