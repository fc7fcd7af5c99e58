"""Sphinx extension: mend what the theme's pages keep from readers of their sound or shape.

axe-core looks at every built page in ``tests/browser/test_accessibility.py``; what it
found in the theme's own HTML is mended here, once the pages are written.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

# A name that differs from the words on the button: who says the words cannot press it.
MENDED = {
    '<summary aria-label="Toggle hidden content">': "<summary>",
    'title="Search" aria-label="Search" data-bs-placement': 'title="Search" data-bs-placement',
}


def mend(app: Sphinx, failed: Exception | None) -> None:
    """Mend every page of a finished build."""
    if failed or app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        before = path.read_text(encoding="utf-8")
        after = before
        for old, new in MENDED.items():
            after = after.replace(old, new)
        if after != before:
            path.write_text(after, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("build-finished", mend)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
