"""Make chapter 1's text from WordNet's own files.

    python -m bookbuild definitions FOLDER      where data.noun and index.* lie

Debian's package ``wordnet-base`` has them in ``usr/share/wordnet``. What is taken, and
what is left out, stands in ``attention_course/data/definitions.py``.
"""

from __future__ import annotations

import argparse
import lzma
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from attention_course.data.definitions import FILE

# Lexicographer files by their numbers in data.noun (WordNet's lexnames(5)).
KINDS = {
    5: "animal",
    6: "artifact",
    8: "body",
    13: "food",
    18: "person",
    20: "plant",
    27: "substance",
}
SEEN = 5  # a word with a kind occurs so often at least


class Entry(NamedTuple):
    """One line of data.noun."""

    file: int
    nouns: list[str]
    definition: str


def entries(text: str) -> Iterator[Entry]:
    """Read data.noun: number, file, "n", how many nouns, the nouns, …, | definition."""
    for line in text.splitlines():
        if line.startswith("  "):  # the licence
            continue
        head, _, gloss = line.strip().partition(" | ")
        fields = head.split()
        nouns = fields[4 : 4 + 2 * int(fields[3], 16) : 2]
        definition = re.sub(r"\([^)]*\)", "", re.split(r'; ?"', gloss)[0])
        yield Entry(int(fields[1]), nouns, definition)


def corpus(nouns: str, *others: str) -> str:
    """Write the text: for each kind its words, then its definitions, sorted.

    Args:
        nouns: the content of data.noun.
        others: that of index.verb, index.adj and index.adv.
    """
    senses: dict[str, set[int]] = defaultdict(set)
    chosen: dict[int, set[str]] = {number: set() for number in KINDS}
    for file, names, definition in entries(nouns):
        for name in names:
            senses[name.lower()].add(file)
        plain = re.fullmatch("[a-z]{2,}", names[0]) and not re.search(r"\d", definition)
        if file in KINDS and plain:
            words = re.findall("[a-z]+", definition.lower())
            chosen[file].add(" ".join([names[0], *words]))
    no_noun_alone = {
        line.split()[0]
        for other in others
        for line in other.splitlines()
        if not line.startswith("  ")
    }
    counts = Counter(w for lines in chosen.values() for s in lines for w in s.split())
    parts = []
    for number, kind in KINDS.items():
        own = [
            word
            for word, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            if n >= SEEN and senses[word] == {number} and word not in no_noun_alone
        ]
        parts += [f"# {kind}: {' '.join(own)}", *sorted(chosen[number])]
    return "\n".join(parts) + "\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("folder", type=Path, help="of WordNet's files")


def main(given: argparse.Namespace) -> int:
    """Write the file that comes with the package."""
    names = "data.noun", "index.verb", "index.adj", "index.adv"
    text = corpus(*((given.folder / name).read_text("latin-1") for name in names))
    FILE.write_bytes(
        lzma.compress(text.encode("ascii"), preset=9 | lzma.PRESET_EXTREME)
    )
    print(f"{len(text.split()):,} words, {FILE.stat().st_size:,} bytes")
    return 0
