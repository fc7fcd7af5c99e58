"""Handed-in notebooks are checked again, each in a kernel of its own."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from attention_course.exercises import find
from bookbuild.notebooks import collect

pytestmark = pytest.mark.slow


ROOT = Path(__file__).parents[3]
IMPORTS = (
    "import torch\nfrom torch import Tensor\n"
    "from attention_course.exercises import check, exercises"
)
RIGHT = """\
def one_hot_rows(ids: Tensor, vocab_size: int) -> Tensor:
    return (ids.unsqueeze(-1) == torch.arange(vocab_size)).float()

check("1.2", one_hot_rows)"""
WITH_A_HELPER = 'check("1.2", lambda ids, vocab_size: helper(ids, vocab_size))'
HELPER = """\
import torch
SCALE = torch.ones(1).item()

@torch.no_grad()
def helper(ids, vocab_size):
    return (ids.unsqueeze(-1) == torch.arange(vocab_size)) * SCALE"""
WRONG = 'check("1.3", lambda ids, table: table[ids] * 2)'
STUB = f'{find("1.4").stub}\n\ncheck("1.4", {find("1.4").solution.__name__})'
TRAINING = "raise SystemExit('a long training, not to be run again')"
HEADING = "## Exercises\n\nAs in the chapter."


def made(path, above, *exercise_cells, heading=HEADING):
    cells = [new_code_cell(source) for source in above]
    cells.append(new_markdown_cell(heading))
    cells += [new_code_cell(source) for source in exercise_cells]
    nbformat.write(new_notebook(cells=cells), path)
    return path


def notebook(path, *exercise_cells, heading=HEADING):
    above = ("ready = True", "assert ready", TRAINING)
    return made(path, above, IMPORTS, *exercise_cells, heading=heading)


def rows(*paths):
    file = io.StringIO()
    collect.write(paths, file)
    return list(csv.DictReader(io.StringIO(file.getvalue())))


def test_right_wrong_and_untried_are_told_apart(tmp_path):
    broken = "check('1.5', undefined_name)"
    path = notebook(tmp_path / "ada.ipynb", broken, RIGHT, WRONG, STUB)
    before = path.read_bytes()
    (row,) = rows(path)
    assert (row["notebook"], row["passed"], row["note"]) == ("ada.ipynb", "1", "")
    assert (row["1.2"], row["1.3"]) == ("passed", "not passed")
    assert row["1.4"] == row["1.5"] == row["4.2"] == ""
    assert path.read_bytes() == before


def test_a_notebook_that_ends_its_kernel_keeps_what_came_before(tmp_path):
    good = notebook(tmp_path / "b.ipynb", RIGHT)
    bad = notebook(tmp_path / "a.ipynb", RIGHT, "import os; os._exit(1)", WRONG)
    first, second = rows(bad, good)
    assert (first["1.2"], first["1.3"]) == ("passed", "")
    assert "stopped early: DeadKernelError" in first["note"]
    assert "what came later is not judged" in first["note"]
    assert (second["passed"], second["note"]) == ("1", "")


def test_a_cell_that_never_ends_is_stopped(tmp_path):
    path = notebook(tmp_path / "a.ipynb", RIGHT, "while True: pass")
    result = collect.results(path, seconds=15)
    assert result.found == {"1.2": "passed"}
    assert "stopped early: CellTimeoutError" in result.note


# ------------------------------------------------------------- recognised by content


@pytest.mark.parametrize(
    "above",
    [
        ["# a cell more on top", "ready = True", IMPORTS, TRAINING],
        [TRAINING, IMPORTS],
        ["%matplotlib inline\n" + IMPORTS, TRAINING],
        ["this is no Python", "!echo hello", TRAINING, IMPORTS],
        [IMPORTS + "\n" + TRAINING],
        [IMPORTS, "constant = undefined_name", TRAINING],
    ],
)
def test_another_layout_changes_no_result(tmp_path, above):
    (row,) = rows(made(tmp_path / "a.ipynb", above, RIGHT, WRONG))
    assert (row["1.2"], row["1.3"], row["note"]) == ("passed", "not passed", "")


@pytest.mark.parametrize("n_above", [0, 1, 5])
def test_a_helper_above_the_exercises_is_there(tmp_path, n_above):
    above = [*["# notes"] * n_above, IMPORTS, TRAINING, HELPER]
    (row,) = rows(made(tmp_path / "a.ipynb", above, WITH_A_HELPER))
    assert (row["1.2"], row["note"]) == ("passed", "")


def test_an_attempt_above_the_heading_and_one_without_are_judged(tmp_path):
    above = made(tmp_path / "a.ipynb", [IMPORTS, RIGHT])
    without = made(tmp_path / "b.ipynb", [IMPORTS, RIGHT], heading="My work")
    first, second = rows(above, without)
    assert first["1.2"] == second["1.2"] == "passed"


@pytest.mark.parametrize(
    "heading", ["##  Exercises", "# My copy\n\n## exercises", "### Exercises"]
)
def test_a_heading_that_was_touched_is_one(tmp_path, heading):
    (row,) = rows(notebook(tmp_path / "a.ipynb", RIGHT, heading=heading))
    assert (row["1.2"], row["note"]) == ("passed", "")


def test_definitions_are_kept_and_trainings_are_not(tmp_path):
    above = [
        "import torch, math\nmodel = train(5)\nN = 3",
        "for step in range(3):\n    print(step)",
        "class Layer:\n    size = 2\nLayer().fit()",
        "try:\n    import einops\nexcept ImportError:\n    einops = None",
        "model.fit()\nweights = model.weights()\nones = torch.ones(N).tril()",
    ]
    path = made(tmp_path / "a.ipynb", above, RIGHT)
    part = collect.exercise_part(collect.read(path))
    assert [cell.source for cell in part.cells] == [
        "import torch, math",
        "N = 3",
        "class Layer:\n    size = 2",
        "try:\n    import einops\nexcept ImportError:\n    einops = None",
        "ones = torch.ones(N).tril()",
        RIGHT,
    ]


# ------------------------------------------------- the result file is the collector's


def test_a_notebook_cannot_choose_where_its_results_go(tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere.jsonl"
    mine = tmp_path / "teacher.jsonl"
    monkeypatch.setenv("ATTENTION_COURSE_PROGRESS", str(mine))
    for n, value in enumerate((str(elsewhere), "off")):
        setting = f"import os\nos.environ['ATTENTION_COURSE_PROGRESS'] = {value!r}"
        path = made(tmp_path / f"{n}.ipynb", [setting, IMPORTS], setting, RIGHT)
        (row,) = rows(path)
        assert (row["passed"], row["1.2"], row["note"]) == ("1", "passed", "")
    assert not elsewhere.exists()
    assert not mine.exists()
    assert os.environ["ATTENTION_COURSE_PROGRESS"] == str(mine)


# ------------------------------------------------- a row with a reason for each file


def test_what_cannot_be_judged_has_a_row_with_the_reason(tmp_path):
    other = made(tmp_path / "other.ipynb", ["1 + 1"], heading="## Something else")
    junk = tmp_path / "junk.ipynb"
    junk.write_text("not a notebook")
    odd = tmp_path / "odd.ipynb"
    odd.write_text(json.dumps([1, 2]))
    other_text = tmp_path / "utf-16.ipynb"
    other_text.write_text("{}", encoding="utf-16")
    good = notebook(tmp_path / "good.ipynb", RIGHT)
    paths = [other, junk, odd, other_text, tmp_path / "missing.ipynb", tmp_path, good]
    found = rows(*paths)
    assert [row["notebook"] for row in found] == [path.name for path in paths]
    notes = [row["note"] for row in found]
    assert notes[0] == (
        'not judged: it has no heading "## Exercises" and calls no `check`'
    )
    assert notes[1].startswith("not judged: it is no notebook")
    assert notes[2].startswith("not judged: it is no notebook")
    assert all(note.startswith("not judged: ") for note in notes[3:6])
    assert "No such file" in notes[4]
    assert {row["passed"] for row in found[:6]} == {""}
    assert (found[6]["passed"], found[6]["note"]) == ("1", "")


def test_two_notebooks_of_one_name_are_told_apart(tmp_path):
    paths = []
    for name in ("ada", "bob"):
        (tmp_path / name).mkdir()
        paths.append(made(tmp_path / name / "03.ipynb", [], heading="nothing"))
    assert [row["notebook"] for row in rows(*paths)] == [
        path.as_posix() for path in paths
    ]


# ------------------------------------------------------------- bytes in, bytes out


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_marks_and_line_ends_of_other_systems_are_read(tmp_path, start, end):
    path = notebook(tmp_path / "a.ipynb", RIGHT, WRONG)
    written = json.loads(path.read_text(encoding="utf-8"))
    for cell in written["cells"]:
        cell["source"] = "".join(cell["source"]).replace("\n", end)
    text = json.dumps(written, indent=1).replace("\n", end)
    path.write_bytes(start + text.encode("utf-8"))
    (row,) = rows(path)
    assert (row["1.2"], row["1.3"], row["note"]) == ("passed", "not passed", "")


def test_the_command_writes_a_table_that_a_spreadsheet_reads(tmp_path):
    path = made(tmp_path / "Zoë 位置.ipynb", [], heading="nothing")
    command = [sys.executable, "-m", "bookbuild", "collect", str(path)]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, cwd=ROOT, env=environment)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.startswith(b"\xef\xbb\xbfnotebook,passed,note,")
    lines = done.stdout.decode("utf-8-sig").split("\r\n")
    assert len(lines) == 3
    assert lines[1].startswith("Zoë 位置.ipynb,,")
    assert lines[2] == ""
