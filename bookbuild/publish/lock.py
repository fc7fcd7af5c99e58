"""Renew ``lock.txt``: the hashes of every file that make installs.

    python -m bookbuild lock    (or: make lock)

``constraints.txt`` says the versions; uv asks the index for the hashes of their files, for
every Python and system that the course supports. PyTorch, and what only its build for
graphics cards needs, stands in ``lock-torch.txt``: which build of it a machine takes is its
own choice, and only those of the public index have these hashes.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
OLDEST = "3.11.5"  # the oldest Python that all of these versions run on
HEAD = "# Renew: make lock\n"
TORCH = re.compile(r"(torch|nvidia[\w-]*|cuda[\w-]*|triton)(?![\w-])")


def blocks(text: str) -> list[str]:
    """Cut a lock into requirements, each with the lines of its hashes."""
    body = "".join(line for line in text.splitlines(True) if line[:1] != "#")
    found = re.findall(r"^\S.*?(?=^\S|\Z)", body, re.MULTILINE | re.DOTALL)
    return [f"{block.rstrip()}\n" for block in found]


def split(text: str) -> tuple[str, str]:
    """Return everything but PyTorch, and PyTorch with what its builds need."""
    found = blocks(text)
    rest = [block for block in found if not TORCH.match(block)]
    torch = [block for block in found if TORCH.match(block)]
    return HEAD + "".join(rest), HEAD + "".join(torch)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes: nothing."""


def main(given: argparse.Namespace) -> int:
    """Ask uv, and write the two files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    result = subprocess.run(
        [
            "uv", "pip", "compile", "pyproject.toml", "-",
            "--all-extras", "--constraint", "constraints.txt", "--universal",
            "--python-version", OLDEST, "--generate-hashes",
            "--no-header", "--no-annotate", "--quiet",
        ],
        cwd=ROOT, input="\n".join(project["build-system"]["requires"]),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode:
        sys.stderr.write(result.stderr)
        return result.returncode
    names = ("lock.txt", "lock-torch.txt")
    for name, text in zip(names, split(result.stdout), strict=True):
        (ROOT / name).write_text(text, encoding="utf-8")
        print(f"{name}: {len(blocks(text))} packages")
    return 0
