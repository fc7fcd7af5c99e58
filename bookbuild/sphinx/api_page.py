"""Sphinx extension: the API page is made by autodoc, in the words of the docstrings.

The page itself is plain Markdown, ``book/api.md``: below each heading that is the name of a
module, autodoc puts what the module exports.

The house style opens some paragraphs with a word and a colon, ``Formula: …``, ``Source: …``
or a bare ``Chapter 3.``. Napoleon wants such a word on a line of its own: here it gets one,
and becomes a section like Args and Raises. Numbers of papers become links.
"""

from __future__ import annotations

import re
import sys
from typing import Any

from sphinx.application import Sphinx

PAGE = "book/api"
SECTIONS = ["Formula", "Shapes", "Source"]
# Only names of this package are looked for; torch, numpy and Python have no page here.
OTHERS = [
    ("py:.*", r"(?!attention_course\.).*"),
    # What the log of progress is to the checker is no reader's concern.
    ("py:.*", r"attention_course\.exercises\.checker\.record\.Log"),
    # A pen is for who makes a drawing; a variable stands for what a function returns.
    ("py:.*", r"attention_course\.pictures\.drawings\.shared\..*"),
    ("py:.*", r"attention_course\.shapes\.decorator\.R"),
]
SETTINGS = {
    "autodoc_default_options": {"members": True, "member-order": "bysource"},
    "autodoc_inherit_docstrings": False,
    "autodoc_preserve_defaults": True,
    "autodoc_typehints_format": "short",
    "python_use_unqualified_type_names": True,
    "python_display_short_literal_types": True,
    "add_module_names": False,
    "toc_object_entries_show_parents": "hide",
    "napoleon_numpy_docstring": False,
    "napoleon_use_rtype": False,
    "napoleon_custom_sections": SECTIONS,
    "nitpick_ignore_regex": OTHERS,
}
_MODULE = re.compile(r"^### `(attention_course[\w.]*)`$", re.MULTILINE)
_OPENS = re.compile(rf"({'|'.join(SECTIONS)})(?:, ([\w ]+))?: (\S.*)")
_CHAPTER = re.compile(r"Chapters?:? (?:all|\d(?:[\d, ]|and|to)*)\.")
_PAPER = re.compile(r"arXiv (\d{4}\.\d{4,5})")


def with_modules(text: str) -> str:
    """Let autodoc write below every heading that is the name of a module."""
    return _MODULE.sub(
        lambda heading: (
            f"{heading[0]}\n\n```{{eval-rst}}\n.. automodule:: {heading[1]}\n```"
        ),
        text,
    )


def read_page(app: Sphinx, page: str, source: list[str]) -> None:
    """Complete the page's text before it is parsed; the file stays as it is."""
    if page == PAGE:
        source[0] = with_modules(source[0])


def in_sections(lines: list[str]) -> list[str]:
    """Give the sections of a docstring in the house style lines of their own."""
    found: list[str] = []
    inside = False  # a paragraph that has become a section
    for line in lines:
        opens, chapter = _OPENS.fullmatch(line), _CHAPTER.fullmatch(line)
        if opens:
            title, of, text = opens.groups()
            found += ["", f"{title}:", f"    {of}: {text}" if of else f"    {text}"]
        elif chapter and not inside:
            found += ["", "Source:", f"    {line}"]
        else:
            found.append(f"    {line}" if inside and line else line)
        inside = bool(opens or inside) and bool(line)
    return found


def prepare(
    app: Sphinx, what: str, name: str, item: Any, options: Any, lines: list[str]
) -> None:
    """Rewrite a docstring before Napoleon reads it."""
    text = [
        _PAPER.sub(r"`arXiv \1 <https://arxiv.org/abs/\1>`__", line) for line in lines
    ]
    lines[:] = in_sections(text)


def as_plain_text(app: Sphinx, env: Any, node: Any, text: Any) -> Any:
    """Let a name be text if its module has it and does not export it.

    Signatures name type variables, aliases and protocols, which have no place on the page.
    """
    module, _, name = node.get("reftarget", "").rpartition(".")
    found = sys.modules.get(module)
    exported = getattr(found, "__all__", [name])
    return text if hasattr(found, name) and name not in exported else None


def configure(app: Sphinx, config: Any) -> None:
    """Set what the page needs."""
    for name, value in SETTINGS.items():
        setattr(config, name, value)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("sphinx.ext.napoleon")
    app.connect("config-inited", configure)
    app.connect("source-read", read_page)
    app.connect("missing-reference", as_plain_text)
    app.connect("autodoc-process-docstring", prepare, priority=400)  # before Napoleon
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
