"""Print the oldest version of everything that the package runs on, as constraints.

    python -m bookbuild.publish.oldest > oldest.txt

``make oldest`` installs these and runs the unit tests.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def oldest(requirements: list[str]) -> list[str]:
    """Turn lower bounds into exact versions.

    Raises:
        ValueError: a requirement without a lower bound.
    """
    pins = []
    for requirement in requirements:
        found = re.fullmatch(r"([\w.-]+)>=([\w.]+)(,.*)?", requirement)
        if found is None:
            raise ValueError(
                f"requirements: expected name>=version, got {requirement!r}"
            )
        pins.append(f"{found[1]}=={found[2]}")
    return pins


if __name__ == "__main__":
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    sys.stdout.write("\n".join(oldest(project["dependencies"])) + "\n")
