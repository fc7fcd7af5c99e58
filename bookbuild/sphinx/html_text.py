"""Read a built page piece by piece: its tags, and the text between them."""

from __future__ import annotations

import re
from collections.abc import Iterator

# What is not the text of a page, though it stands between tags.
NO_TEXT = "script|style|title|textarea|option|pre|code"
PIECE = re.compile(
    rf"<!--.*?-->|<({NO_TEXT})\b.*?</\1\s*>"
    r"""|</?[a-z!](?:[^>"']|"[^"]*"|'[^']*')*>"""
    r"|(?P<text>[^<]+)|<",
    re.DOTALL | re.IGNORECASE,
)


def pieces(page: str) -> Iterator[tuple[bool, str]]:
    """Yield a page's pieces in order, each with whether it is text.

    Code, scripts and what a tag says of itself are no text.
    """
    for piece in PIECE.finditer(page):
        yield piece["text"] is not None, piece[0]
