"""Give the course another home: write a new repository URL everywhere it stands.

    python -m bookbuild move https://github.com/<owner>/<name>

``pyproject.toml`` owns the address. Every file of the repository that mentions the old
one, in a link to GitHub, Colab, Binder or GitHub Pages, gets the new one.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
SUFFIXES = {".cff", ".css", ".ipynb", ".js", ".md", ".py", ".toml", ".txt", ".yml"}
ADDRESS = re.compile(r"https://github\.com/([\w-]+)/([\w.-]+)")


def parts(url: str) -> tuple[str, str]:
    """Split a repository's address into owner and name.

    Raises:
        ValueError: it is not the address of a repository on GitHub.
    """
    found = ADDRESS.fullmatch(url.rstrip("/").removesuffix(".git"))
    if found is None:
        raise ValueError(
            f"url: expected https://github.com/<owner>/<name>, got {url!r}"
        )
    return found[1], found[2]


def moved(text: str, old: tuple[str, str], new: tuple[str, str]) -> str:
    """Put the new owner and name wherever the old ones stand as an address."""
    text = re.sub(
        rf"\b{re.escape('/'.join(old))}(?![\w-])", lambda _: "/".join(new), text
    )
    pages = rf"\b{re.escape(old[0])}\.github\.io/{re.escape(old[1])}(?![\w-])"
    return re.sub(pages, lambda _: f"{new[0]}.github.io/{new[1]}", text)


def move(root: Path, files: list[Path], url: str) -> list[Path]:
    """Rewrite files in place and return those that changed."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    old = parts(project["project"]["urls"]["Repository"])
    new = parts(url)
    changed = []
    for path in files:
        before = path.read_text(encoding="utf-8")
        after = moved(before, old, new)
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path)
    return changed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("url", help="https://github.com/<owner>/<name>")


def main(given: argparse.Namespace) -> int:
    """Rewrite every file that git knows."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    files = [path for path in files if path.suffix in SUFFIXES and path.is_file()]
    try:
        changed = move(ROOT, files, given.url)
    except ValueError as error:
        sys.exit(str(error))
    for path in changed:
        print(path.relative_to(ROOT))
    print(f"{len(changed)} files changed; now run `make check` and commit them")
    return 0
