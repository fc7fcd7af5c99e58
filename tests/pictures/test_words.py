"""Figures in words: made from the data, true to it, and with a table for a heatmap."""

import json
import re
from pathlib import Path

import nbformat
import pytest
import torch
from IPython.core.formatters import DisplayFormatter
from markdown_it import MarkdownIt
from nbformat.v4 import new_code_cell, new_notebook, new_output

from attention_course.pictures import words
from attention_course.pictures.charts import curves, word_map
from attention_course.pictures.grids import pictures
from attention_course.pictures.heatmaps import heatmap
from bookbuild.sphinx import figure_words

ROOT = Path(__file__).parents[2]

VALUES = torch.tensor([[0.1, 0.64, 0.26], [0.5, 0.2, 0.3]])
LABELS = {"rows": ["it", "tired"], "columns": ["the", "animal", "street"]}


def told(fig):
    data, metadata = DisplayFormatter().format(fig)
    assert data["text/plain"] == metadata["image/png"]["alt"]
    return metadata["image/png"]


def test_a_heatmap_says_where_each_row_is_largest():
    fig = heatmap(VALUES, **LABELS, row_name="query", column_name="key", title="Heads")
    assert told(fig)["alt"] == (
        "Heads. Heatmap of 2 by 3 numbers. query it: most at key animal, 0.64. "
        "query tired: most at key the, 0.5."
    )


def test_a_large_heatmap_says_its_extremes():
    values = torch.zeros(11, 7)
    values[9, 2], values[3, 5] = 2.5, -1.25
    words = told(heatmap(values, signed=True))["alt"]
    assert "Largest: 2.5, at row 9, column 2." in words
    assert "Smallest: −1.25, at row 3, column 5." in words


def test_a_heatmap_brings_its_numbers_unless_they_are_too_many():
    table = told(heatmap(VALUES, **LABELS, row_name="query", column_name="key"))[
        "table"
    ]
    assert table["corner"] == "query \\ key"
    assert table["values"] == [["0.1", "0.64", "0.26"], ["0.5", "0.2", "0.3"]]
    assert table["rows"] == LABELS["rows"]
    assert table["columns"] == LABELS["columns"]
    assert "table" not in told(heatmap(torch.zeros(41, 10)))


def test_curves_say_their_ends_and_what_is_between():
    runs = {
        "up": torch.tensor([[0.0, 1.0, 2.0], [0.0, 3.0, 4.0]]),
        "dip": torch.tensor([[1.0, -2.0, 3.0]]),
    }
    words = told(curves([5, 7, 11], runs, x_name="length", y_name="score"))["alt"]
    assert "2 curves of score over length." in words
    assert "up: 0 at 5, 3 at 11." in words
    assert "dip: 1 at 5, 3 at 11, lowest −2 at 7." in words


def test_a_map_says_who_is_where():
    points = torch.tensor([[0.0, 2.0], [2.0, 4.0], [-1.0, -1.0]])
    words = told(word_map(points, ["cat", "dog", "red"], ["pets", "pets", "colours"]))
    assert "pets: cat, dog, around (1, 3)." in words["alt"]
    assert "colours: red, around (−1, −1)." in words["alt"]


def test_pictures_say_their_titles():
    words = told(pictures([torch.zeros(3, 5, 1)] * 2, ["before", "after"]))["alt"]
    assert words == "2 pictures: before; after."


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-0.0, "0"), (1 / 3, "0.333"), (-12.0, "−12"), (123456.0, "1.23e+05")],
)
def test_numbers_are_brief(value, text):
    assert words.number(value) == text


# --- in the book -----------------------------------------------------------------


def page_of(fig):
    data = {"image/png": "…", "text/plain": "words"}
    output = new_output("execute_result", data, metadata={"image/png": told(fig)})
    cell = new_code_cell("figure", outputs=[output])
    cell.id = "cell-007"
    notebook = nbformat.writes(new_notebook(cells=[cell]))
    return json.loads(figure_words.worded(notebook))


def test_the_book_gets_the_words_and_the_table():
    fig = heatmap(VALUES, rows=["<it>", "tired"], columns=LABELS["columns"])
    code, table = page_of(fig)["cells"]
    assert code["metadata"]["mystnb"]["image"]["alt"] == told(fig)["alt"]
    (html,) = table["source"]
    assert "&lt;it&gt;" in html
    assert "<it>" not in html
    assert html.count("<tr>") == 3
    assert html.count('scope="row"') == 2
    assert "\n\n" not in html
    nbformat.validate(nbformat.from_dict(page_of(fig)))


@pytest.mark.parametrize("gap", ["\n\n", "\r\n\r\n", "\n \t\n", "\x0c\n\n"])
def test_a_label_with_a_blank_line_stays_in_its_table(gap):
    label = f"it{gap}# tired"
    _, table = page_of(heatmap(VALUES, rows=[label, "b"], columns=LABELS["columns"]))[
        "cells"
    ]
    tokens = MarkdownIt().parse("".join(table["source"]))
    assert [token.type for token in tokens] == ["html_block"]
    assert re.search(r"<th[^>]*>it\s+# tired</th>", tokens[0].content)


def test_a_picture_without_words_is_left_alone():
    output = new_output("display_data", {"image/png": "…"})
    text = nbformat.writes(new_notebook(cells=[new_code_cell("x", outputs=[output])]))
    assert json.loads(figure_words.worded(text)) == json.loads(text)


def test_every_picture_of_the_chapters_says_what_it_shows():
    silent = []
    for path in sorted((ROOT / "book").glob("0*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            for told in figure_words.images_of(cell):
                if len(told.get("alt", "")) < 20:
                    silent.append(f"{path.name} {cell.id}")
    assert silent == []
