"""The cells to try: in the page they print and draw what they do in a notebook."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from attention_course.pictures import heatmaps, words
from bookbuild.page_python import heatmaps as page_heatmaps
from bookbuild.page_python import try_it

ROOT = Path(__file__).parents[3]
NAMES = ["index", *(f"chapter_{n}" for n in range(1, 7))]
HEAD = (
    "import torch\nfrom attention_course.pictures.heatmaps import heatmap\n"
    "x = torch.arange(6.).reshape(2, 3)\n"
)
OTHERS = {
    "a value": "import torch\ntorch.arange(3)\n",
    "nothing": "x = 1\n",
    "raises": 'print("so far")\nx = 1\nx / 0\n',
    "unread": "def f(:\n",
    "exits": "exit()\n",
    "gap": "import torch\ntorch.kron(torch.eye(2), torch.eye(2))\n",
    "refused": "import torch\nfrom attention_course.attention import attend\n"
    "attend(torch.ones(3), torch.ones(2, 3), torch.ones(2, 2))\n",
    "not finite": HEAD + "heatmap(x / 0)\n",
    "labels": HEAD + 'heatmap(x, rows=["one"])\n',
    "rank": HEAD + "heatmap(x[0])\n",
    "large": HEAD + "heatmap(torch.rand(25, 30))\n",
    "many": HEAD + "for _ in range(9):\n    heatmap(x > 2, signed=True)\n",
    "constant": HEAD + "heatmap(x * 0)\n",
}
CODE = """
import json, sys
from bookbuild.page_python import answer

told = {name: json.loads(answer.run(code)) for name, code in json.load(sys.stdin).items()}
told["limit"] = json.loads(answer.run_limit(10))
print(json.dumps(told, allow_nan=False))
"""


def source(name: str) -> str:
    found = try_it.read(name)
    assert found is not None
    return found[1]


@cache
def told() -> Any:
    """All that came of them, from a process whose torch is the page's."""
    path = os.pathsep.join(
        [str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    )
    given = {name: source(name) for name in NAMES} | OTHERS
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CODE],
        input=json.dumps(given), cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def in_a_notebook(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, list[dict[str, Any]]]:
    """What the package itself prints, and the tables of the heatmaps that it draws."""
    drawn: list[dict[str, Any]] = []
    table = words.table_of_heatmap

    def kept(*args: Any, **names: Any) -> Any:
        drawn.append(table(*args, **names) or {})
        return drawn[-1]

    monkeypatch.setattr(words, "table_of_heatmap", kept)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {"__name__": "__main__"})
    return printed.getvalue(), drawn


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_does_in_the_page_what_it_does_in_a_notebook(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed, drawn = in_a_notebook(source(name), monkeypatch)
    came = told()[name]
    assert (came["status"], came["message"]) == ("ran", "")
    assert came["printed"] == printed
    shown = [
        {name: each[name] for name in ("corner", "rows", "columns", "values")}
        for each in came["heatmaps"]
    ]
    assert shown == drawn
    assert drawn, "a cell draws"
    for each in came["heatmaps"]:
        shares = [share for line in each["shares"] for share in line]
        low = -1 if each["signed"] else 0
        assert low <= min(shares) <= max(shares) <= 1
        assert max(map(abs, shares)) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_fits_a_phone_and_says_what_to_change(name: str) -> None:
    lead, code = try_it.read(name) or ("", "")
    assert 40 < len(lead) < 240
    assert not {*lead} & {"<", ">", "["}
    assert len(code.splitlines()) <= 32
    assert max(map(len, code.splitlines())) <= 80


def test_every_page_finds_its_own_cell() -> None:
    chapters = sorted((ROOT / "book").glob("0*.ipynb"))
    pages = ["book/index", *(f"book/{path.stem}" for path in chapters)]
    assert [try_it.name_for(page) for page in pages] == NAMES
    files = {path.stem for path in try_it.HERE.glob("*.py")} - {"__init__"}
    assert files == {*NAMES}
    assert try_it.read("__init__") is try_it.read(try_it.name_for("book/api")) is None


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("raises", "raised", "Your code raised ZeroDivisionError, in line 3, `x / 0`"),
        ("unread", "raised", "SyntaxError in line 1"),
        ("exits", "raised", "called `exit()`"),
        ("gap", "not here", "Your code uses `torch.kron`"),
        ("refused", "raised", "in line 3, `attend("),
        ("not finite", "raised", "expected finite numbers"),
        ("labels", "raised", "rows: expected 2 labels, got 1"),
        ("rank", "raised", "values: expected axes (n_rows, n_columns)"),
        ("limit", "too slow", "still running after 10 s and was stopped"),
        ("nothing", "ran", ""),
    ],
)
def test_what_goes_wrong_is_told(name: str, status: str, said: str) -> None:
    came = told()[name]
    assert came["status"] == status
    assert said in came["message"]
    assert bool(said) == bool(came["message"])


def test_the_value_of_the_last_line_is_printed() -> None:
    assert told()["a value"]["printed"] == "tensor([0, 1, 2])\n"
    assert told()["nothing"]["printed"] == ""
    assert told()["raises"]["printed"] == "so far\n"


def test_a_large_heatmap_is_cut_and_many_are_counted() -> None:
    (large,) = told()["large"]["heatmaps"]
    assert large["sizes"] == [25, 30]
    for part in ("rows", "columns", "values", "shares"):
        assert len(large[part]) == page_heatmaps.MOST
    assert {len(line) for line in large["values"]} == {page_heatmaps.MOST}
    assert len(told()["many"]["heatmaps"]) == 6
    assert told()["many"]["n_heatmaps"] == 9
    (constant,) = told()["constant"]["heatmaps"]
    assert {share for line in constant["shares"] for share in line} == {0}


@pytest.mark.parametrize("value", [0.0, -0.0001234, 1e-9, 12345.6, -3.0, 0.125])
def test_a_number_reads_as_in_a_figures_table(value: float) -> None:
    assert page_heatmaps.number(value) == words.number(value)


def test_both_heatmaps_take_the_same() -> None:
    import inspect

    one, other = (
        inspect.signature(module.heatmap) for module in (heatmaps, page_heatmaps)
    )
    assert list(one.parameters) == list(other.parameters)
    for name, parameter in one.parameters.items():
        assert parameter.default == other.parameters[name].default
