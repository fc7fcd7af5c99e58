"""Labels: text with symbols between dollar signs, ``the query $q_{ijk}$``, as SVG text.

Of TeX only what labels need: a letter, primes, ``_`` and ``^`` with one sign or braces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

__all__ = ["LARGER", "SMALL", "Piece", "pieces", "symbols", "tspans", "width"]

LARGER = 1.1  # of the label's size: symbols, since serifs look small among the others
SMALL = 0.86  # what stands lower or higher
SERIF = "'STIX Two Text','Cambria Math','Times New Roman','Liberation Serif',serif"

_SCRIPT = re.compile(r"([_^])(?:\{([^}]*)\}|(.))")
_SYMBOL = re.compile(r"[A-Za-z]['′~]*(?:_(?:\{[^}]*\}|.))?")
# Widths in parts of the size, as in DejaVu Sans, which is wider than most.
_WIDTHS = [
    ("iljI.,:;'′!| ", 0.33),
    ("frt-/()[]{}", 0.41),
    ("mMW@%", 0.93),
    ("w→←↑↓⊕Σ√×·≤=+−⊤⌊⌋", 0.82),
]


class Piece(NamedTuple):
    """A run of signs in one face: upright or a symbol, on the line, below or above."""

    text: str
    symbol: bool
    shift: int  # −1 below, 0 on the line, 1 above


def pieces(label: str) -> Iterator[Piece]:
    """Cut a label where the face changes."""
    for number, part in enumerate(label.split("$")):
        symbol = number % 2 == 1
        if not symbol:
            if part:
                yield Piece(part, False, 0)
            continue
        end = 0
        for script in _SCRIPT.finditer(part):
            if script.start() > end:
                yield Piece(part[end : script.start()], True, 0)
            text = script[2] if script[2] is not None else script[3]
            yield Piece(text, True, -1 if script[1] == "_" else 1)
            end = script.end()
        if part[end:]:
            yield Piece(part[end:], True, 0)


def symbols(label: str) -> set[str]:
    """List the symbols of a label: ``{"q_{ijk}", "d_k"}``."""
    maths = " ".join(label.split("$")[1::2])
    return {found.replace("′", "'") for found in _SYMBOL.findall(maths)}


def _faces(text: str, symbol: bool) -> Iterator[tuple[str, bool]]:
    """Set letters in italics and all the rest, words of a symbol too, upright."""
    if not symbol:
        yield text, False
        return
    for run in re.findall(r"[A-Za-z]+|[^A-Za-z]+", text):
        yield run, run.isalpha() and len(run) <= 3


def tspans(label: str, size: float) -> str:
    """Write a label's inside; each change of height is undone by the next."""
    out, height = [], 0.0
    for piece in pieces(label):
        at = size * (0.24 if piece.shift < 0 else -0.36 if piece.shift else 0.0)
        move = at - height
        height = at
        for text, italic in _faces(piece.text, piece.symbol):
            said = f' dy="{move:.1f}"' if abs(move) > 0.01 else ""
            move = 0.0
            if piece.shift or italic:
                share = SMALL if piece.shift else LARGER
                said += f' font-size="{size * share:.1f}"'
            if italic:
                said += f' font-family="{SERIF}" font-style="italic"'
            out.append(f"<tspan{said}>{escape(text)}</tspan>" if said else escape(text))
    return "".join(out)


def width(label: str, size: float, *, bold: bool = False) -> float:
    """Estimate how wide a label will be, rather too wide than too narrow."""

    def of(sign: str) -> float:
        for signs, share in _WIDTHS:
            if sign in signs:
                return share
        return 1.0 if ord(sign) > 0x2E80 else 0.7 if sign.isupper() else 0.63

    total = sum(
        of(sign) * (SMALL if piece.shift else LARGER if piece.symbol else 1)
        for piece in pieces(label)
        for sign in piece.text
    )
    return total * size * (1.1 if bold else 1.0)
