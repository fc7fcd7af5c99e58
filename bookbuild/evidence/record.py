"""Records: what every arm gave with every seed, one JSON file an experiment."""

from __future__ import annotations

import json
import platform
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bookbuild.evidence.experiment import Experiment, Figures

RECORDS = Path(__file__).parents[2] / "benchmarks" / "evidence"
PACKAGES = ("torch", "numpy", "scikit-learn")

Record = dict[str, Any]  # "date", "versions", "arms": {arm: {seed: figures}}


def read(name: str) -> Record:
    """Read a record; one that is not there yet is empty."""
    path = RECORDS / f"{name}.json"
    if not path.exists():
        return {"date": "", "versions": {}, "arms": {}}
    found: Record = json.loads(path.read_text(encoding="utf-8"))
    return found


def add(name: str, arm: str, seed: int, figures: Figures) -> None:
    """Write one more run down; the file is replaced whole or not at all."""
    record = read(name)
    record["arms"].setdefault(arm, {})[str(seed)] = figures
    record["date"] = date.today().isoformat()
    record["versions"] = {"python": platform.python_version()} | {
        package: version(package).partition("+")[0] for package in PACKAGES
    }
    RECORDS.mkdir(exist_ok=True)
    path = RECORDS / f"{name}.json"
    part = path.with_suffix(".part")
    text = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False)
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)


def forget(name: str) -> None:
    """Delete a record."""
    (RECORDS / f"{name}.json").unlink(missing_ok=True)


def missing(name: str, experiment: Experiment) -> list[tuple[str, int]]:
    """List the arms and seeds that a record does not hold, every arm's first seed first."""
    arms = read(name)["arms"]
    wanted = [
        (arm, seed) for arm, made in experiment.arms.items() for seed in made.seeds
    ]
    left = [(arm, seed) for arm, seed in wanted if str(seed) not in arms.get(arm, {})]
    return sorted(
        left, key=lambda piece: piece[1]
    )  # a stable sort keeps the arms' order
