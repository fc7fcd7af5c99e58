"""Renew the list of Colab's versions from the list that Colab publishes.

    python -m bookbuild colab-versions             (asks the network)
    python -m bookbuild colab-versions FREEZE.txt  (from a copy)

``colab_versions.txt`` names the packages that the course meets on Colab: what it needs,
what these need, and what may object to a change. They get their new versions. To watch
one more, write its name into the list and renew it.
"""

from __future__ import annotations

import argparse
import datetime
import re
import urllib.request
from pathlib import Path
from urllib.parse import unquote

LIST = Path(__file__).with_suffix(".txt")
PUBLISHED = (
    "https://raw.githubusercontent.com/googlecolab/backend-info/main/pip-freeze.txt"
)
HEAD = """\
# What Colab has of the packages that the course meets there, on {day}.
# Renew: python -m bookbuild colab-versions
"""


def normal(name: str) -> str:
    """Write a package's name as the index does: lower case, with hyphens."""
    return re.sub(r"[-_.]+", "-", name).lower()


def versions(freeze: str) -> dict[str, str]:
    """Read ``pip freeze``: normal name → version, without the local part (``+cpu``).

    A package from an address has the version of its file's name, or none.
    """
    found = {}
    for line in freeze.splitlines():
        name, pinned, version = line.partition("==")
        if not pinned:
            name, _, address = line.partition(" @ ")
            wheel = re.search(r"/[^/]+?-([^/-]+)-[^/]+\.whl", unquote(address))
            version = wheel[1] if wheel else ""
        if name and version and not name.startswith("#"):
            found[normal(name)] = version.partition("+")[0]
    return found


def renewed(listed: str, freeze: str, day: str) -> tuple[str, list[str]]:
    """Give the packages of a list their versions of a freeze.

    Returns:
        The new list, and the names that the freeze does not have.
    """
    new = versions(freeze)
    wanted = [line.split("==")[0] for line in listed.splitlines() if line[:1] != "#"]
    names = sorted({normal(name) for name in wanted if name})
    lines = [f"{name}=={new[name]}\n" for name in names if name in new]
    return HEAD.format(day=day) + "".join(lines), [n for n in names if n not in new]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("freeze", nargs="?", type=Path, help="in place of the network")
    today = datetime.date.today().isoformat()
    parser.add_argument("--day", default=today, help="the day of the copy")


def main(given: argparse.Namespace) -> int:
    """Renew the list in its place."""
    if given.freeze:
        freeze = given.freeze.read_text(encoding="utf-8")
    else:
        with urllib.request.urlopen(PUBLISHED, timeout=30) as answer:
            freeze = answer.read().decode()
    text, gone = renewed(LIST.read_text(encoding="utf-8"), freeze, given.day)
    LIST.write_text(text, encoding="utf-8")
    print(f"{LIST.name}: {len(versions(text))} packages")
    for name in gone:
        print(f"no longer on Colab: {name}")
    return 0
