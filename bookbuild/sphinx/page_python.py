"""Sphinx extension: the exercises can be solved in the built pages, and examples be tried.

``python -m bookbuild page-python`` gathers Python, numpy, the course's own files and the
editor in ``build/browser/python``. This extension writes ``_static/python`` from them, in the
way of the models: what is large packed, the scripts in a folder of this version, a manifest
with the hash of each. Below every code exercise it puts a place for the editor; where there
is no Python for the page, one sentence stands there, with the notebook's address. In the first
section of the landing page and of each chapter it puts an example to try (``try_it``).
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from bookbuild.models.made import HERE as MODELS
from bookbuild.page_python import try_it
from bookbuild.page_python.make import WEB
from bookbuild.sphinx.browser_models import pack

LEFT_OUT = "Python is left out of the pages: run `make models`, which needs npm."
HOST = "write_here.js"
CHECK = re.compile(r'^check\("(\d+\.\d+)", \w+\)$', re.MULTILINE)
FILES_OF_THE_WORKER = ("worker/files.js",)
NOTICE = WEB / "NOTICE.txt"
PLACE = """\
<div class="ac-write" data-exercise="{number}">
<p class="ac-write-without">To write your answer and have it checked, open \
<a href="{notebook}">the notebook</a> in Jupyter, or this page with scripts on in a current \
browser.</p>
</div>"""
TRY_BEGINS = """\
<p class="ac-try-lead"><strong>Try it.</strong> {lead}</p>
<div class="ac-try" data-trial="{name}">"""
TRY_ENDS = """\
<p class="ac-write-without">To change this code and run it, paste it into \
<a href="{notebook}">the notebook</a> in Jupyter, or open this page with scripts on in a \
current browser.</p>
</div>"""
SPLIT = "\0"
STYLE = "widgets/widgets.css"  # its heatmaps stand in the widgets' frame
ELSEWHERE = {"book/index": "book/03-attention"}  # the notebook of a page that is none

logger = logging.getLogger(__name__)


def scripts(made: Path, modules: Path) -> dict[str, bytes]:
    """Read all scripts: where they go, and their content."""
    pyodide = modules / "pyodide"
    found = {name: (MODELS / name).read_bytes() for name in FILES_OF_THE_WORKER}
    found["python/worker.js"] = (WEB / "worker.js").read_bytes()
    found["editor.js"] = (made / "editor.js").read_bytes()
    for name in ("pyodide", "pyodide.asm"):
        content = (pyodide / f"{name}.mjs").read_bytes()
        found[f"{name}.js"] = content.partition(b"\n//# sourceMappingURL=")[0]
    return found


def write_site(browser: Path, out: Path) -> str:
    """Write ``_static/python`` into a site.

    Args:
        browser: the folder with ``python`` and ``node_modules``.
        out: the site's root.

    Returns:
        What the pages must know, in JSON; "" if it was not gathered.
    """
    made = browser / "python"
    if not (made / "python.json").is_file():
        return ""
    described = json.loads((made / "python.json").read_text(encoding="utf-8"))
    folder = out / "_static/python"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = {}
    for name, source in described["files"].items():
        path = Path(source)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
        files[name] = pack(path, folder, f"{name}-{digest}{path.suffix}")
    code = scripts(made, browser / "node_modules")
    code["exercises.json"] = json.dumps(
        described["described"], ensure_ascii=False, separators=(",", ":")
    ).encode()
    manifest = {
        "files": files,
        "scripts": {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in code.items()
        },
    }
    text = json.dumps(manifest, separators=(",", ":")).encode()
    version = hashlib.sha256(text).hexdigest()[:8]
    for name, content in {**code, "python.json": text}.items():
        path = folder / version / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    shutil.copyfile(NOTICE, folder / NOTICE.name)
    size = sum(file["bytes"] for file in files.values())
    return json.dumps({"version": version, "bytes": size}, separators=(",", ":"))


def write_python(app: Sphinx) -> None:
    """Write it into the site, if it was gathered."""
    if app.builder.format == "html":
        browser = Path(app.srcdir) / app.config.browser_models_dir
        app.config.page_python = write_site(browser, Path(app.outdir))
        if not app.config.page_python:
            logger.info(LEFT_OUT)


def notebook_of(page: str) -> str:
    """Find the notebook of a page, from that page."""
    return f"{'../' * page.count('/')}_sources/{ELSEWHERE.get(page, page)}.ipynb"


def add_places(app: Sphinx, doctree: nodes.document) -> None:
    """Put a place for the editor below the cell of every code exercise."""
    notebook = notebook_of(app.env.docname)
    for cell in list(doctree.findall(nodes.container)):
        code = next(iter(cell.findall(nodes.literal_block)), None)
        if "cell" not in cell.get("classes", []) or code is None:
            continue
        found = CHECK.search(code.astext())
        if found and cell.parent is not None:
            place = PLACE.format(number=found[1], notebook=html.escape(notebook))
            cell.parent.insert(
                cell.parent.index(cell) + 1, nodes.raw("", place, format="html")
            )


def add_example(app: Sphinx, doctree: nodes.document) -> None:
    """Put a page's example to try at the end of its first section, before any part of that."""
    page = app.env.docname
    name = try_it.name_for(page)
    found = try_it.read(name)
    whole = next(iter(doctree.findall(nodes.section)), None)
    if found is None or whole is None:
        return
    first = next(each for each in whole if isinstance(each, nodes.section))
    parts = [n for n, each in enumerate(first) if isinstance(each, nodes.section)]
    lead, code = found
    begin, end = example(name, lead, SPLIT, notebook_of(page)).split(SPLIT)
    cell = [
        nodes.raw("", begin, format="html"),
        nodes.literal_block(code, code, language="python"),
        nodes.raw("", end, format="html"),
    ]
    first.insert(parts[0] if parts else len(first), cell)


def example(name: str, lead: str, code: str, notebook: str) -> str:
    """Write the HTML around an example's code."""
    begin = TRY_BEGINS.format(lead=marked(lead), name=name)
    return begin + code + TRY_ENDS.format(notebook=html.escape(notebook))


def marked(text: str) -> str:
    """Write what stands in backquotes as code, and between stars with emphasis."""
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
    return re.sub(r"\*([^*]+)\*", r"<em>\1</em>", text)


def add_to_page(
    app: Sphinx, page: str, template: str, context: dict[str, Any], _: Any
) -> None:
    """Load the host on pages that have exercises, and tell it what there is."""
    body = context.get("body", "")
    if not app.config.page_python:
        return
    if 'class="ac-try"' in body:
        app.add_css_file(STYLE)
    if re.search('class="ac-(write|try)"', body) or page == "book/exercises":
        told = {"data-ac-python": app.config.page_python}
        app.add_js_file(HOST, priority=402, loading_method="defer", **told)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    # What the pages must know. Nobody sets it: it is found when the build begins.
    app.add_config_value("page_python", "", "")
    app.connect("builder-inited", write_python)
    app.connect("doctree-read", add_places)
    app.connect("doctree-read", add_example)
    app.connect("html-page-context", add_to_page)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
