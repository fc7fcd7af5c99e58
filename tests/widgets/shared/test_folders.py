"""A widget is a folder: found by its name, whole in the wheel, its state named as in Python."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from attention_course import widgets
from tests.widgets.every import WIDGETS

PACKAGE = Path(widgets.__file__).parents[1]
ROOT = Path(__file__).parents[3]
every = pytest.mark.parametrize("kind", WIDGETS, ids=lambda kind: kind.__name__)


def test_every_folder_is_a_widget_that_the_package_offers():
    folders = {path.parent.name for path in (PACKAGE / "widgets").glob("*/widget.js")}
    assert {kind.module for kind in WIDGETS} == folders
    offered = {name for name in widgets.__all__ if name != "CourseWidget"}
    assert offered == {kind.__name__ for kind in WIDGETS}
    assert offered <= set(dir(widgets))
    with pytest.raises(ImportError, match="cannot import name 'NoWidget'"):
        from attention_course.widgets import NoWidget  # noqa: F401


@every
def test_a_widget_stands_in_the_folder_of_its_name(kind):
    name = "".join(word.capitalize() for word in kind.module.split("_"))
    assert kind.__name__ == name
    assert kind.__module__ == f"attention_course.widgets.{kind.module}"
    style = PACKAGE / "widgets" / kind.module / "widget.css"  # not every one needs it
    own = style.read_text(encoding="utf-8") if style.is_file() else ""
    assert kind.styles()[1:] == [own]


def test_the_wheel_holds_every_script_and_style():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    globs = settings["tool"]["setuptools"]["package-data"]["attention_course"]
    packed = {path for pattern in globs for path in PACKAGE.glob(pattern)}
    wanted = {path for kind in ("js", "css") for path in PACKAGE.rglob(f"*.{kind}")}
    assert wanted
    assert wanted <= packed


@every
def test_the_page_reads_no_state_that_python_does_not_have(kind):
    (names,) = re.findall(
        r"^const STATE = \[([^\]]*)\]", kind.script.statements, re.MULTILINE
    )
    read = re.findall(r'"(\w+)"', names)
    assert len(read) == len(set(read)) >= 3
    assert set(read) <= set(kind.state_names())
    got = re.findall(r'model\.get\("(\w+)"\)', kind.script.statements)
    assert set(got) <= {*kind.state_names(), "_answers"}
