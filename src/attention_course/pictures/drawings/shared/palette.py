"""One meaning, one colour, in light and in dark.

Okabe and Ito's hues, which colour-blind readers can tell apart, each as a pale fill and
a strong line. A label stands in or beside everything that has a colour.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["PALETTE", "Paint", "attributes", "style"]


class Paint(NamedTuple):
    """A fill and a line, each in light and in dark."""

    fill: tuple[str, str]
    line: tuple[str, str]


GROUND = ("#ffffff", "#121212")  # the book's own
INK = ("#1c2230", "#e7eaf1")
EDGE = ("#7b8597", "#7d879a")
SOFT = ("#545d70", "#a9b2c4")

PALETTE = {
    "ground": Paint(GROUND, EDGE),
    "ink": Paint(INK, INK),
    "soft": Paint(SOFT, SOFT),
    "plain": Paint(("#f1f4f9", "#1f2530"), EDGE),
    "shade": Paint(("#cdd5e2", "#3a455c"), EDGE),
    "query": Paint(("#d6e7f7", "#12344f"), ("#0b66a8", "#6cb6ee")),
    "asks": Paint(("#0b66a8", "#6cb6ee"), ("#0b66a8", "#6cb6ee")),  # one cell, alone
    "key": Paint(("#fdebc0", "#453308"), ("#a06a00", "#e6b04a")),
    "value": Paint(("#d2efe2", "#0d3d2f"), ("#00795a", "#4ecba2")),
    "weight": Paint(("#eedcf4", "#40244f"), ("#8b3fa6", "#cf9be2")),
    "context": Paint(("#fcdccf", "#552213"), ("#bf4410", "#ff946b")),
}

# The page's own switch wins over the system's: the book, Colab, JupyterLab, VS Code.
_THEMES = {
    scheme: ",".join(
        f"{page} .ac-drawing"
        for page in (
            f"html[data-theme={scheme}]",
            f"html[theme={scheme}]",
            f"[data-jp-theme-light={light}]",
            f".vscode-{scheme}",
        )
    )
    for scheme, light in (("light", "true"), ("dark", "false"))
}
_ALWAYS = (
    ".ac-drawing{color-scheme:light dark;forced-color-adjust:none}"
    + "".join(f"{pages}{{color-scheme:{scheme}}}" for scheme, pages in _THEMES.items())
    + "@media print{.ac-drawing.ac-drawing.ac-drawing{color-scheme:light}}"
)


def attributes(kind: str, role: str) -> str:
    """Give a shape its class, and the light colours for where no style is kept.

    Args:
        kind: "area" is filled and outlined, "line" outlined, "solid" filled by the line's
            colour.
        role: a name of the palette.
    """
    fill, line = (both[0] for both in PALETTE[role])
    colours = {
        "area": f'fill="{fill}" stroke="{line}"',
        "line": f'fill="none" stroke="{line}"',
        "solid": f'fill="{line}"',
    }
    return f'class="ac-{role}-{kind}" {colours[kind]}'


def style(classes: Iterable[str]) -> str:
    """Write the rules for the classes that a drawing uses."""
    rules = []
    for name in sorted(set(classes)):
        _, role, kind = name.split("-")
        fill, line = (f"light-dark({','.join(both)})" for both in PALETTE[role])
        rules.append(
            {
                "area": f".{name}{{fill:{fill};stroke:{line}}}",
                "line": f".{name}{{stroke:{line}}}",
                "solid": f".{name}{{fill:{line}}}",
            }[kind]
        )
    return f"<style>{_ALWAYS}{''.join(rules)}</style>"
