"""Sphinx extension: the course's widgets are alive in the built pages, with no kernel.

* Each widget's ES module becomes a classic script, ``_static/widgets/<module>.js``: browsers
  load classic scripts from ``file://`` too, and a strict content security policy allows them.
* A page with a widget loads the host (``_static/live_widgets.js``), the widgets' style and
  the scripts of the widgets it has. Other pages load nothing.
* Pages load no Thebe, which the course does not use and which calls a CDN, and start in the
  reader's own mode, light or dark.
* A page in plain Markdown gets a widget where it says ``<!-- widget: Name(option=1) -->``.
"""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from attention_course.widgets.shared.joined import Script

HOST = "live_widgets.js"
STYLE = "widgets/widgets.css"

_PLACE = re.compile(r"^<!-- widget: (.+) -->$", re.MULTILINE)
_WIDGET = re.compile(r'<figure class="ac-widget" data-ac-module="(\w+)"')


def classic_script(module: str, script: Script) -> str:
    """Write a widget's JavaScript as a classic script that registers the widget by name."""
    register = f'globalThis.attentionCourse.register("{module}", {script.exported});'
    return f'"use strict";\n(() => {{\n{script.statements}\n{register}\n}})();\n'


def widget_classes() -> list[Any]:
    """List the widget classes that ``attention_course.widgets`` exports."""
    from attention_course import widgets

    exported = [getattr(widgets, name) for name in widgets.__all__]
    return [
        item
        for item in exported
        if isinstance(item, type) and getattr(item, "module", None)
    ]


def write_files(app: Sphinx) -> None:
    """Write the widgets' scripts and their style into ``_static``."""
    if app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    (static / "widgets").mkdir(parents=True, exist_ok=True)
    styles: dict[str, None] = {}  # one style is part of all: keep one of it
    for widget in widget_classes():
        script = classic_script(widget.module, widget.script)
        (static / "widgets" / f"{widget.module}.js").write_text(
            script, encoding="utf-8"
        )
        styles.update(dict.fromkeys(widget.styles()))
    (static / STYLE).write_text("\n".join(styles), encoding="utf-8")
    # The host stands here already, so that its checksum can be part of its address.
    shutil.copyfile(Path(__file__).parents[2] / "book/_static" / HOST, static / HOST)


def add_to_page(
    app: Sphinx, page: str, template: str, context: dict[str, Any], _: Any
) -> None:
    """Load the host, the style and the scripts that this page's widgets need."""
    modules = sorted(set(_WIDGET.findall(context.get("body", ""))))
    if not modules:
        return
    app.add_css_file(STYLE)
    # The host first; then the widgets' scripts, each as soon as it has arrived.
    app.add_js_file(HOST, priority=400)
    for module in modules:
        app.add_js_file(f"widgets/{module}.js", priority=401, loading_method="async")


def place_widgets(app: Sphinx, page: str, source: list[str]) -> None:
    """Put widgets into pages that are not notebooks."""
    if app.env.doc2path(page).endswith(".md"):
        source[0] = _PLACE.sub(lambda found: widget_html(found[1]), source[0])


def widget_html(call: str) -> str:
    """Make the HTML of a widget from its name and options, as Python writes them.

    Raises:
        ExtensionError: no such widget, or options that are not plain values.
    """
    classes = {cls.__name__: cls for cls in widget_classes()}
    try:
        made = ast.parse(call, mode="eval").body
        assert isinstance(made, ast.Call)
        assert isinstance(made.func, ast.Name)
        options = {str(o.arg): ast.literal_eval(o.value) for o in made.keywords}
        widget = classes[made.func.id](**options)
    except (SyntaxError, AssertionError, KeyError, ValueError) as error:
        raise ExtensionError(f"widget: cannot make {call}: {error!r}") from error
    text = widget._repr_mimebundle_()[0]["text/html"]
    # An empty line would end the HTML and begin Markdown.
    return "\n".join(line for line in text.splitlines() if line.strip())


def start_in_readers_mode(app: Sphinx, config: Any) -> None:
    """Follow the system's light or dark mode until the reader chooses."""
    config.html_context.setdefault("default_mode", "auto")


def drop_thebe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], _: Any
) -> None:
    """Leave out the scripts that Jupyter Book always adds for Thebe (twice, an error)."""
    files = context.get(
        "script_files", []
    )  # the builder's own list, renewed for each page
    files[:] = [
        file
        for file in files
        if "THEBE_JS_URL" not in file.attributes.get("body", "")
        and "sphinx-thebe.js" not in str(file.filename)
    ]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("builder-inited", write_files)
    app.connect("config-inited", start_in_readers_mode)
    app.connect("source-read", place_widgets)
    app.connect("html-page-context", add_to_page)
    app.connect("html-page-context", drop_thebe)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
