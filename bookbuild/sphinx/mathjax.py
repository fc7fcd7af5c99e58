"""Sphinx extension: formulas are set by MathJax, from this site, once the text is there.

MathJax weighs 2 MB. A page with formulas loads ``formulas.js``, which fetches MathJax when
the page is parsed: the line belongs to the text and the widgets first. Sphinx would load it
also on every page *above* one with formulas; a page without formulas loads nothing.
MathJax's one-file build comes from an installed Python distribution.
"""

from __future__ import annotations

import re
import shutil
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

LOADER = Path(__file__).with_name("formulas.js")
DISTRIBUTION, BUILD = "sphinx-mathjax-offline", "mathjax/tex-svg.js"
_FORMULA = re.compile(r'class="[^"]*\bmath\b')


def use_loader(app: Sphinx, config: Any) -> None:
    """Let Sphinx load what fetches MathJax in place of MathJax."""
    config.mathjax_path = LOADER.name
    config.mathjax_options = {"defer": "defer"}


def write_files(app: Sphinx) -> None:
    """Write MathJax and what fetches it into ``_static``."""
    if app.builder.format == "html":
        static = Path(app.outdir) / "_static"
        (static / BUILD).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(mathjax(), static / BUILD)
        shutil.copyfile(LOADER, static / LOADER.name)


def mathjax() -> Path:
    """Find MathJax among the installed files.

    Raises:
        ExtensionError: it is not there.
    """
    try:
        files = distribution(DISTRIBUTION).files or []
    except PackageNotFoundError:
        raise ExtensionError(
            f"MathJax: install {DISTRIBUTION}, the pages must not load it"
        ) from None
    for file in files:
        if str(file).endswith(f"/{BUILD}"):
            return Path(str(file.locate()))
    raise ExtensionError(f"MathJax: {DISTRIBUTION} holds no {BUILD}")


def only_with_formulas(
    app: Sphinx, page: str, template: str, context: dict[str, Any], _: Any
) -> None:
    """Leave it out of a page that has no formula."""
    if not _FORMULA.search(context.get("body", "")):
        files = context.get("script_files", [])
        files[:] = [
            each for each in files if not str(each.filename).endswith(LOADER.name)
        ]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("config-inited", use_loader)
    app.connect("builder-inited", write_files)
    app.connect("html-page-context", only_with_formulas, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
