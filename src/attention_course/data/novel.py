"""Chapter 6: a novel, *Persuasion* by Jane Austen (1818), to read one character at a time.

One paragraph a line, without the headings of its chapters. The file ships with the
package: 463,022 characters, 75 different ones.
"""

from __future__ import annotations

import gzip
from functools import cache
from importlib.resources import files

from ..shapes import checked, one_of
from .sequences import Vocabulary

__all__ = ["NOVEL_SPLITS", "load_novel", "novel_vocabulary"]

NOVEL_SPLITS = ("train", "held-out", "all")


@checked(split=one_of(NOVEL_SPLITS))
def load_novel(split: str = "all") -> str:
    """Load the novel, or one side of it.

    Args:
        split: "train", its first nine tenths; "held-out", the last tenth, from where a
            paragraph begins; "all".

    Returns:
        The text. Paragraphs end with a line break.

    Raises:
        ValueError: another ``split``.

    Source: see the page of references. Chapter 6.
    """
    text = _text()
    cut = text.index("\n", len(text) * 9 // 10) + 1
    return {"train": text[:cut], "held-out": text[cut:], "all": text}[split]


@cache
def _text() -> str:
    packed = files("attention_course") / "data" / "persuasion.txt.gz"
    return gzip.decompress(packed.read_bytes()).decode("ascii")


@cache
def novel_vocabulary() -> Vocabulary:
    """Give the vocabulary of the novel's characters.

    Chapter 6.
    """
    return Vocabulary(_text())
