"""The API page: every module has its place, and docstrings are cut into sections."""

import pkgutil
import re
from pathlib import Path

import attention_course
from bookbuild.sphinx import api_page

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "book/api.md").read_text(encoding="utf-8")

# What stands behind the names that others export, or is for the course itself.
NOT_SHOWN = re.compile(
    r"fast(?:\..+)?|lab\.hub|pictures\.(?:canvas|drawings\..+)|"
    r"(?:shapes|exercises|widgets)\.(?!$).*"
)
ROOMS = {"data", "lab", "pictures"}  # they hold nothing, their modules are listed


def test_every_module_has_a_heading():
    headings = re.findall(r"^### `attention_course\.([\w.]+)`$", PAGE, re.M)
    assert len(headings) == len(set(headings))
    prefix = "attention_course."
    found = pkgutil.walk_packages(attention_course.__path__, prefix)
    modules = {module.name.removeprefix(prefix) for module in found}
    shown = {name for name in modules if not NOT_SHOWN.fullmatch(name)}
    assert set(headings) == shown - ROOMS


def test_below_the_name_of_a_module_autodoc_writes():
    text = "# API\n\n### `attention_course.attention`\n\n### Other\n\nSee `attend`.\n"
    directive = "```{eval-rst}\n.. automodule:: attention_course.attention\n```"
    assert api_page.with_modules(text) == text.replace(
        "attention`\n", f"attention`\n\n{directive}\n"
    )


DOCSTRING = """\
Do something.

Formula: ``a = b``,
``c = d``

Formula, one axis: ``e = f``

Args:
    first: one line
        and a second.

Shapes:
    x ``(B, T)``.

Source: Someone 2017 (arXiv 1706.03762),
section 3. Chapter 4."""

SECTIONS = """\
Do something.


Formula:
    ``a = b``,
    ``c = d``


Formula:
    one axis: ``e = f``

Args:
    first: one line
        and a second.

Shapes:
    x ``(B, T)``.


Source:
    Someone 2017 (`arXiv 1706.03762 <https://arxiv.org/abs/1706.03762>`__),
    section 3. Chapter 4."""


def prepared(docstring):
    lines = docstring.split("\n")
    api_page.prepare(None, "function", "name", None, None, lines)
    return "\n".join(lines)


def test_a_docstring_is_cut_into_sections():
    assert prepared(DOCSTRING) == SECTIONS


def test_a_chapter_alone_is_a_source():
    assert prepared("Do it.\n\nChapters 2 to 5.") == (
        "Do it.\n\n\nSource:\n    Chapters 2 to 5."
    )
    assert (
        prepared("Do it.\n\nChapter: all.") == "Do it.\n\n\nSource:\n    Chapter: all."
    )


def test_a_sentence_that_only_begins_with_such_a_word_stays():
    text = "Source of all.\n\nThe formula: ``a``.\n\nChapter 2's decoder got it."
    assert prepared(text) == text
