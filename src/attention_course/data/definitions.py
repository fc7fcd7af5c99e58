"""Chapter 1: what nouns mean, 20,000 definitions from WordNet, and the kinds of nouns.

Each definition begins with its noun: ``"shrub a low woody perennial plant …"``. The text
is small enough to come with the course. Its words have a known kind each: WordNet's
lexicographers sorted their nouns into files, long before anybody trained a table on them.

The file holds the definitions whose noun is written in small letters alone, of seven of
those files; what stands in brackets, examples, and definitions with digits are left out.
A word's kind counts only if all that it means is of that kind, and if it is no verb,
adjective or adverb besides. ``definitions-licence.txt`` has WordNet's licence.
"""

from __future__ import annotations

import lzma
from functools import cache
from pathlib import Path
from typing import NamedTuple

__all__ = ["Definitions", "load_definitions"]

FILE = Path(__file__).with_name("definitions.txt.xz")


class Definitions(NamedTuple):
    """Definitions, each a list of words that begins with its noun, and kinds of words."""

    sentences: list[list[str]]
    kinds: dict[
        str, str
    ]  # word → animal, artifact, body, food, person, plant, substance


@cache
def load_definitions() -> Definitions:
    """Load 19,486 definitions of nouns and the kinds of 664 of their words.

    Source: WordNet 3.0 (Fellbaum 1998), ``data.noun`` and the names of its lexicographer
    files. Chapter 1.
    """
    sentences, kinds = [], {}
    for line in lzma.decompress(FILE.read_bytes()).decode("ascii").splitlines():
        if line.startswith("# "):  # a file's name, and the words that are of its kind
            kind, _, words = line[2:].partition(": ")
            kinds.update(dict.fromkeys(words.split(), kind))
        else:
            sentences.append(line.split())
    return Definitions(sentences, kinds)
