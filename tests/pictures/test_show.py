"""show: the source that is installed, with long docstrings cut to their first line."""

import importlib
import inspect
import textwrap

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from attention_course import show
from attention_course.attention import GeneralScore, attend
from attention_course.embedding import lookup
from attention_course.pictures.show import Source
from bookbuild.notebooks.run import run


def test_the_code_is_the_installed_code():
    shown = show(attend).text.splitlines()
    source = inspect.getsource(attend).splitlines()
    assert all(line in source for line in shown if '"""' not in line)
    assert shown[-1] == source[-1]
    assert "Raises" not in show(attend).text
    assert "Average the values" in show(attend).text


def test_the_shortened_code_still_runs():
    names = dict(inspect.unwrap(lookup).__globals__)
    exec(compile(show(lookup).text, "shown", "exec"), names)
    assert names["lookup"].__doc__ == "Look rows up by their number."


def test_every_docstring_of_a_class_is_shortened():
    text = show(GeneralScore).text
    assert "Formula" not in text
    assert "uniform on ±b" in text, "comments stay"


def test_the_whole_docstring_on_request():
    assert show(attend, docstring=True).text == inspect.getsource(attend).rstrip()


def test_single_quotes_and_nested_functions(tmp_path, monkeypatch):
    source = """
    def outer():
        '''First.

        Second.
        '''

        def inner():
            '''Third.

            Fourth.
            '''
            return 1

        return inner
    """
    (tmp_path / "quoted.py").write_text(textwrap.dedent(source), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    text = show(importlib.import_module("quoted").outer).text
    assert "First.'''" in text
    assert "Third.'''" in text
    assert "Second" not in text
    assert "Fourth" not in text


def test_indentation_of_a_nested_function_is_taken_off():
    def inner():
        return 1

    assert show(inner).text == "def inner():\n    return 1"


def test_markdown_for_notebooks_and_plain_text_elsewhere():
    source = show(lookup)
    assert source._repr_markdown_() == f"```python\n{source!r}\n```"


@pytest.mark.parametrize("ticks", [3, 5])
def test_backticks_in_the_text_do_not_end_the_block(ticks):
    text = f"fence = (\n{'`' * ticks}\n)"
    first, *inside, last = Source(text)._repr_markdown_().splitlines()
    assert "\n".join(inside) == text
    assert first == last + "python"
    assert set(last) == {"`"}
    assert len(last) == ticks + 1


@pytest.mark.parametrize("wrong", [3, len, "text", None])
def test_errors(wrong):
    with pytest.raises(
        TypeError, match="obj: expected a function or class written in Python, got"
    ):
        show(wrong)


@pytest.mark.slow
def test_a_class_from_a_notebook_cell():
    """It is shown by what its methods know; one without methods is named as what it is."""
    layer = (
        "import functools\n\n@functools.total_ordering\nclass Layer:\n    size = 2\n\n"
        "    def __lt__(self, other):\n        return True\n\n"
        "    def forward(self, x):\n        return x"
    )
    cells = [
        "from attention_course import show",
        layer,
        "show(Layer)",
        "class Bare:\n    size = 3",
        "try:\n    show(Bare)\nexcept TypeError as error:\n    print(error)",
    ]
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    run(notebook, seconds=120)
    shown = notebook.cells[2].outputs[0].data["text/plain"]
    assert shown == layer.partition("\n\n")[2]
    assert (
        notebook.cells[4]
        .outputs[0]
        .text.startswith("obj: Bare comes from a notebook cell or a session")
    )
