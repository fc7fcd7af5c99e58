"""The committed notebooks: executed, normal, readable everywhere, and compared for real."""

import importlib
import operator
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import attention_course
from attention_course import show
from bookbuild.notebooks import normal_form as tool
from bookbuild.notebooks.exercise_cells import exercise_cells

ROOT = Path(__file__).parents[3]
NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))


every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)

RAW_SYNTAX = [
    re.compile(r"^\s*(?:`{3,}|~{3,}|:{3,})\{", re.M),  # a fenced directive
    re.compile(r"\{[a-z][\w:-]*\}`"),  # a role
    re.compile(r"^\(.+\)=\s*$", re.M),  # a label
    re.compile(r"^%\s", re.M),  # a comment of MyST's
    re.compile(r"\{\{.*?\}\}"),  # a substitution
    re.compile(r"^:::", re.M),
]


def read(path: Path):
    return nbformat.read(path, as_version=4)


def test_there_are_notebooks():
    assert NOTEBOOKS


@every_notebook
def test_it_is_executed_and_in_normal_form(path):
    assert tool.faults(read(path)) == []


@every_notebook
def test_no_directive_or_role_is_visible_to_a_reader(path):
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            for pattern in RAW_SYNTAX:
                found = pattern.search(cell.source)
                assert not found, f"{path.name} {cell.id}: {found.group()!r}"


@pytest.mark.parametrize(
    "text",
    [
        "```{note}\nx\n```",
        ":::{tip}\nx\n:::",
        "see {ref}`x`",
        "(label)=\n# T",
        "{{ name }}",
    ],
)
def test_the_search_for_raw_syntax_finds_it(text):
    assert any(pattern.search(text) for pattern in RAW_SYNTAX)


@every_notebook
def test_the_first_code_cell_makes_it_run_on_colab(path):
    first = next(cell for cell in read(path).cells if cell.cell_type == "code")
    assert 'find_spec("attention_course") is None' in first.source
    assert "%pip install" in first.source
    assert "torch" not in first.source
    assert first.outputs == []


@every_notebook
def test_the_exercises_are_those_that_check_checks(path):
    expected = exercise_cells(int(path.stem.split("-")[0]))
    found = read(path).cells[-len(expected) :]
    assert [cell.source for cell in found] == [cell.source for cell in expected]
    assert len(expected) > 16, "at least eight exercises, each with a cell or more"


@every_notebook
def test_stubs_are_committed_unsolved(path):
    reports = [
        output.data["text/plain"]
        for cell in read(path).cells
        if cell.cell_type == "code" and "\ncheck(" in cell.source
        for output in cell.outputs
    ]
    assert len(reports) >= 5
    assert all("not attempted yet" in report for report in reports)


@every_notebook
def test_most_text_outputs_are_compared(path):
    ignored = compared = 0
    for cell in read(path).cells:
        if cell.cell_type == "code" and cell.outputs:
            if "nbval-ignore-output" in cell.metadata.get("tags", []):
                ignored += 1
            else:
                compared += 1
    assert compared > 3 * ignored


def shown(name: str):
    """Find the part of the package that a cell shows: "Block.forward"."""
    first, _, rest = name.partition(".")
    for module in pkgutil.walk_packages(attention_course.__path__, "attention_course."):
        part = getattr(importlib.import_module(module.name), first, None)
        if part is not None:
            return operator.attrgetter(rest)(part) if rest else part
    raise LookupError(name)


@every_notebook
def test_the_code_in_the_pages_is_the_code_of_the_package(path):
    # nbval finds a stale one too, minutes later.
    calls = 0
    for cell in read(path).cells:
        call = re.search(r"^show\(([\w.]+)\)\Z", cell.source, re.M)
        if cell.cell_type == "code" and call:
            fresh = show(shown(call[1]))._repr_markdown_()
            assert cell.outputs[-1].data["text/markdown"] == fresh, call[0]
            calls += 1
    assert calls


@pytest.mark.slow
def test_nbval_fails_on_one_changed_output(tmp_path):
    notebook = read(NOTEBOOKS[0])
    # Down to the first cell that prints, so that the run is short.
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and any(
            o.output_type == "stream" for o in cell.outputs
        ):
            notebook.cells = notebook.cells[: index + 1]
            break
    path = tmp_path / "copy.ipynb"

    def nbval() -> subprocess.CompletedProcess[str]:
        nbformat.write(notebook, path)
        command = [
            sys.executable,
            "-m",
            "pytest",
            "--nbval",
            str(path),
            "-p",
            "no:cacheprovider",
        ]
        return subprocess.run(
            [*command, "-W", "default", "-c", "/dev/null", "--rootdir", str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=300,
        )

    unchanged = nbval()
    assert unchanged.returncode == 0, unchanged.stdout
    stream = next(o for o in cell.outputs if o.output_type == "stream")
    digit = re.search(r"\d", stream.text)
    stream.text = (
        stream.text[: digit.start()] + str((int(digit.group()) + 1) % 10)
        + stream.text[digit.end() :]
    )  # fmt: skip
    changed = nbval()
    assert changed.returncode == 1
    assert "1 failed" in changed.stdout


class TestTheTool:
    def executed(self, **changes):
        output = nbformat.v4.new_output("stream", name="stdout", text="4\n")
        cell = nbformat.v4.new_code_cell(
            "print(2 + 2)", outputs=[output], execution_count=1
        )
        cell.update(changes)
        notebook = nbformat.v4.new_notebook(cells=[cell])
        return notebook

    def test_normalising_twice_changes_nothing_more(self):
        notebook = self.executed()
        tool.normalise(notebook)
        once = nbformat.writes(notebook)
        tool.normalise(notebook)
        assert nbformat.writes(notebook) == once
        assert tool.faults(notebook) == []

    def test_what_a_machine_leaves_behind_is_removed(self):
        notebook = self.executed(execution_count=41)
        notebook.metadata["widgets"] = {"state": {}}
        notebook.cells[0].metadata["execution"] = {"iopub.status.busy": "now"}
        notebook.cells[0].outputs.append(
            nbformat.v4.new_output(
                "execute_result",
                data={tool.WIDGET_VIEW: {"model_id": "abc"}, "text/html": "<b>x</b>"},
                execution_count=41,
            )
        )
        assert tool.faults(notebook)
        tool.normalise(notebook)
        text = nbformat.writes(notebook)
        assert "abc" not in text
        assert "iopub" not in text
        assert '"widgets"' not in text
        assert "41" not in text
        assert notebook.cells[0].outputs[1].data == {"text/html": "<b>x</b>"}

    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            ({"execution_count": None}, "was never run"),
            (
                {
                    "outputs": [
                        nbformat.v4.new_output("stream", name="stderr", text="warned")
                    ]
                },
                "wrote to stderr",
            ),
            (
                {"outputs": [nbformat.v4.new_output("error", ename="E")]},
                "ended in an error",
            ),
            (
                {
                    "outputs": [
                        nbformat.v4.new_output("stream", text="in /home/ada/x.py")
                    ]
                },
                "shows a path of the machine",
            ),
        ],
    )
    def test_faults_are_named(self, changes, fault):
        notebook = self.executed(**changes)
        tool.normalise(notebook)
        assert any(fault in found for found in tool.faults(notebook))
