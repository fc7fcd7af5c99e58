"""A pytest plugin beside nbval: it compares what nbval leaves out.

    python -m pytest -p bookbuild.notebooks.compare --nbval book/*.ipynb

nbval holds texts to a fresh run, character by character. Here every output is held to its
kind and its place in the cell, every picture to its look, and every picture's words
and table to the fresh ones. Two tags are for cells whose numbers another processor changes:

``compare-near``
    The words must be the same, and each number within 2 % or one unit of its last digit.
``compare-words``
    The words alone: any number will do, and a picture need only be like the stored one.

``nbval-ignore-output`` stays what it is: the cell is compared with nothing.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from nbval.plugin import IPyNbCell, coalesce_streams
from PIL import Image

EXACT, NEAR, WORDS = "exact", "compare-near", "compare-words"

PIXELS = 12  # the side of a square of pixels that is compared as one
LIGHTER = {EXACT: 3, NEAR: 6, WORDS: 255}  # of 255: how much one square may differ
ON_AVERAGE = {EXACT: 1, NEAR: 1, WORDS: 8}  # and all of them
LARGER = {EXACT: 0, NEAR: 0, WORDS: 0.1}  # the share by which the sides may differ

TOO_SMALL = 1e-5  # a difference that rounding makes
NUMBER = re.compile(r"[-−+]?\d[\d,]*(?:\.\d+)?(?:e[-−+]?\d+)?")
# What the words of a picture tell only where the numbers fall so, and what a widget holds
# for its script.
VARYING = re.compile(
    r"(Heatmap of \d+ by \d+ numbers\.).*|, (?:lowest|highest) \S+ at \d+"
    r'|(?<=data-ac-state=")[^"]*|(?<=src="data:)[^"]*',
    re.DOTALL,
)


def differences(stored: Sequence[Any], fresh: Sequence[Any], how: str) -> Iterator[str]:
    """Say what differs between a cell's stored outputs and those of a fresh run."""
    kinds = [[kinds_of(output) for output in side] for side in (stored, fresh)]
    if kinds[0] != kinds[1]:
        yield f"the outputs were {kinds[0]}, now {kinds[1]}"
        return
    for number, (old, new) in enumerate(zip(stored, fresh, strict=True)):
        for place, was, now in parts(old, new):
            where = f"output {number}, {place}"
            if place == "image/png":
                said = apart(picture(was), picture(now), how)
            else:
                said = changed(was, now, how)
            if said:
                yield f"{where}: {said}"


def kinds_of(output: Any) -> list[str]:
    """Name what an output is, and what a front end may choose from."""
    data = output.get("data", {})
    kinds = sorted(kind for kind in data if "widget-view" not in kind)
    return kinds or [output.get("name", output["output_type"])]


def parts(old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield each part of two outputs of one kind: its name, as it was, as it is now."""
    if old["output_type"] == "stream":
        yield "text", old["text"], new["text"]
    for kind in sorted(set(old.get("data", {})) & set(new.get("data", {}))):
        yield kind, old["data"][kind], new["data"][kind]
    told = [side.get("metadata", {}).get("image/png", {}) for side in (old, new)]
    for name in ("alt", "table"):
        yield name, told[0].get(name), told[1].get(name)


def changed(was: Any, now: Any, how: str) -> str:
    """Say what has changed in a text, or in texts in lists and dictionaries."""
    if isinstance(was, dict) and isinstance(now, dict) and set(was) == set(now):
        said = (changed(was[name], now[name], how) for name in was)
        return next(filter(None, said), "")
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        said = (changed(*pair, how) for pair in zip(was, now, strict=True))
        return next(filter(None, said), "")
    if was == now or (
        how != EXACT
        and isinstance(was, str)
        and isinstance(now, str)
        and words(was, how) == words(now, how)
        and (how == WORDS or near(was, now))
    ):
        return ""
    return f"was {str(was)[:2000]!r}, now {str(now)[:2000]!r}"


def words(text: str, how: str) -> str:
    """Leave the words alone: every number is the same, and so is every gap."""
    if how == WORDS:
        text = VARYING.sub(r"\1", text)
    return " ".join(NUMBER.sub(" # ", text).split())


def near(was: str, now: str) -> bool:
    """Whether the numbers of two texts of the same words are about the same."""
    for old, new in zip(NUMBER.findall(was), NUMBER.findall(now), strict=True):
        apart = abs(value(old) - value(new))
        if apart > max(0.02 * abs(value(old)), 1.5 * last_digit(old), TOO_SMALL):
            return False
    return True


def value(number: str) -> float:
    return float(number.replace("−", "-").replace(",", ""))


def last_digit(number: str) -> float:
    """Return what one unit of a written number's last digit is worth."""
    mantissa, _, exponent = number.replace("−", "-").partition("e")
    return 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


def picture(data: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")


def apart(was: Image.Image, now: Image.Image, how: str) -> str:
    """Say how two pictures differ; nothing if they look the same.

    They are laid over each other and compared square by square, so that a line drawn one
    rounding error further on is the same line.
    """
    if any(
        abs(a - b) > LARGER[how] * a for a, b in zip(was.size, now.size, strict=True)
    ):
        return f"the picture was {was.size} pixels large, now {now.size}"
    squares = (max(1, was.width // PIXELS), max(1, was.height // PIXELS))
    old, new = (
        np.asarray(side.resize(squares, Image.Resampling.BOX), dtype=float)
        for side in (was, now)
    )
    lighter = np.abs(old - new)
    if lighter.max() <= LIGHTER[how] and lighter.mean() <= ON_AVERAGE[how]:
        return ""
    row, column, _ = np.unravel_index(int(lighter.argmax()), lighter.shape)
    return (
        f"the picture has changed by {lighter.mean():.1f} of 255 on average, most, by "
        f"{lighter.max():.0f}, around pixel ({column * PIXELS}, {row * PIXELS})"
    )


def how_compared(cell: Any) -> str | None:
    """Tell from a cell's tags how its outputs are compared; None if with nothing."""
    tags = cell["metadata"].get("tags", [])
    if "nbval-ignore-output" in tags or "nbval-skip" in tags:
        return None
    return next((tag for tag in tags if tag in (NEAR, WORDS)), EXACT)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:
    """Compare a cell's outputs when nbval has run it."""
    if not isinstance(item, IPyNbCell):
        return (yield)
    how = how_compared(item.cell) if item.options["check"] else None
    if how in (NEAR, WORDS):
        item.options["check"] = False  # nbval's own way is the exact one
    result = yield
    if how and item.cell.execution_count is not None:
        found = list(
            differences(coalesce_streams(item.cell.outputs), item.test_outputs, how)
        )
        if found:
            item.raise_cell_error("Cell outputs differ", "\n".join(found))
    return result
