"""Every widget of the package, and the example that stands beside its tests."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from attention_course import widgets
from attention_course.widgets import CourseWidget
from tests.widgets.example import Example

WIDGETS = [
    item
    for item in (getattr(widgets, name) for name in widgets.__all__)
    if isinstance(item, type) and issubclass(item, CourseWidget) and item.module
]


FOLDERS = {path.parent.name for path in Path(__file__).parent.glob("*/example.py")}
EXAMPLES: dict[type[CourseWidget], Example] = {
    kind: import_module(f"tests.widgets.{kind.module}.example").EXAMPLE
    for kind in WIDGETS
    if kind.module in FOLDERS
}
every = pytest.mark.parametrize("kind", EXAMPLES, ids=lambda kind: kind.__name__)
