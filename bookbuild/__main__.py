"""The commands: ``python -m bookbuild`` lists them, ``… COMMAND --help`` explains one.

A command is a module with ``add_arguments(parser)`` and ``main(given) -> int``. It is
imported when it is called, so that each needs only what it uses itself.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

COMMANDS = {
    "notebooks": ("notebooks.in_place", "run notebooks in place, in one normal form"),
    "evidence": ("evidence.run", "run what the claims stand on, and record it"),
    "pages": ("pages.write", "write everything that is made from the package"),
    "determinism": ("notebooks.determinism", "run notebooks thrice, compare outputs"),
    "colab": ("notebooks.colab", "run all chapters where the course is not installed"),
    "colab-versions": (
        "notebooks.colab_versions",
        "renew the list of Colab's versions",
    ),
    "collect": ("notebooks.collect", "check handed-in exercises again, as a table"),
    "models": ("models.make", "train and export the models for the pages"),
    "page-python": ("page_python.make", "gather what Python in the pages needs"),
    "pdf": ("publish.print_book", "print the built book into one PDF"),
    "room": ("publish.measure_room", "measure the room that widgets take in the pages"),
    "lock": ("publish.lock", "renew the hashes of what make installs"),
    "definitions": (
        "publish.definitions",
        "make chapter 1's text from WordNet's files",
    ),
    "move": ("publish.set_repository", "give the course another address"),
}


def main(arguments: Sequence[str]) -> int:
    """Call a command with the rest of the line."""
    name, *rest = arguments or ["--help"]
    if name not in COMMANDS:
        print("usage: python -m bookbuild COMMAND …   (COMMAND --help says more)\n")
        for command, (_, what) in COMMANDS.items():
            print(f"  {command:<15} {what}")
        return 0 if name in ("-h", "--help") else 2
    module = importlib.import_module(f"bookbuild.{COMMANDS[name][0]}")
    parser = argparse.ArgumentParser(
        prog=f"python -m bookbuild {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(parser)
    return int(module.main(parser.parse_args(rest)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
