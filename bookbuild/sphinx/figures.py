"""Sphinx extension: figures keep their place, wait until they are near, and are light.

A figure that arrives late pushes the text away. Its size stands in the page, and a browser
fetches it when a reader comes near. Large pictures keep 256 colours.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from PIL import Image
from sphinx.application import Sphinx
from sphinx.util.images import get_image_size

IMAGE = re.compile(r"""<img\b(?:[^>"']|"[^"]*"|'[^']*')*>""")
ATTRIBUTE = re.compile(r"""\s([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
WORTH_WHILE = 50_000  # bytes of a picture
FIGURES = "_images"  # Sphinx's folder of the text's own pictures

Size = tuple[int, int]


def size_near(folder: Path, address: str) -> Size | None:
    """Return the size of the picture at an address that a page of ``folder`` names."""
    path = folder / address
    return get_image_size(str(path)) if path.is_file() else None


def waiting(tag: str, size_of: Callable[[str], Size | None]) -> str:
    """Let a local image wait until it is near, and a figure keep its place till then.

    The theme's own icons get no size: its style gives their height, and with a width
    beside it they would be drawn out.
    """
    said = {name: one or two for name, one, two in ATTRIBUTE.findall(tag)}
    parts = urlsplit(said.get("src", ""))
    if not parts.path or parts.scheme or parts.netloc or "loading" in said:
        return tag
    size = size_of(unquote(parts.path))
    if size is None:
        return tag
    more = 'loading="lazy" decoding="async"'
    sized = {"width", "height", "style"} & said.keys()  # by the author: let it be
    if FIGURES in parts.path.split("/") and not sized:
        # The theme makes a wide figure narrower; its height has to follow.
        more += f' width="{size[0]}" height="{size[1]}" style="height: auto"'
    return re.sub(r"\s*/?>$", f" {more}>", tag)


def placed(page: str, size_of: Callable[[str], Size | None]) -> str:
    """Mend all images of a page; ``size_of`` tells a picture's size from its address."""
    return IMAGE.sub(lambda tag: waiting(tag[0], size_of), page)


def lighten(path: Path) -> None:
    """Keep a picture in 256 colours of its own choice, where that halves the file.

    Charts have fewer colours anyway. In a photo the difference is hard to see.
    """
    before = path.stat().st_size
    if before < WORTH_WHILE:
        return
    with Image.open(path) as picture:
        if picture.mode == "P":
            return
        few = picture.convert("RGB").quantize(256, dither=Image.Dither.FLOYDSTEINBERG)
        dpi = picture.info.get("dpi")
    kept = io.BytesIO()
    few.save(kept, "PNG", optimize=True, **({"dpi": dpi} if dpi else {}))
    if len(kept.getvalue()) <= before / 2:
        path.write_bytes(kept.getvalue())


def mend(app: Sphinx, failed: Exception | None) -> None:
    """Mend the pictures of a finished build, and the pages that show them."""
    if failed or app.builder.format != "html":
        return
    for path in (Path(app.outdir) / FIGURES).glob("*.png"):
        lighten(path)
    for path in Path(app.outdir).rglob("*.html"):
        before = path.read_text(encoding="utf-8")
        after = placed(before, partial(size_near, path.parent))
        if after != before:
            path.write_text(after, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("build-finished", mend)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
