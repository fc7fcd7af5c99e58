"""What ``make nbval`` compares beside nbval: pictures, the words for them, their tables."""

import base64
import copy
import io
import subprocess
import sys
from pathlib import Path

import matplotlib.figure
import nbformat
import pytest

from bookbuild.notebooks.compare import EXACT, NEAR, WORDS, differences, how_compared

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))
TOLD = {
    "alt": "Seen. Heatmap of 1 by 2 numbers. row 0: most at column b, 0.75.",
    "table": {
        "corner": "row",
        "rows": ["0"],
        "columns": ["a", "b"],
        "values": [["0.251", "0.749"]],
    },
}
TOLD_APART = {
    "alt": "Seen. Heatmap of 1 by 2 numbers. row 0: most at column a, 0.61.",
    "table": TOLD["table"] | {"values": [["0.61", "0.39"]]},
}


def drawn(*, high: float = 3.0, width: float = 4.0) -> str:
    """Draw a line, in the form in which a notebook stores a picture."""
    fig = matplotlib.figure.Figure(figsize=(width, 3), dpi=100)
    axes = fig.subplots()
    axes.plot([0, 1, 2], [0, high, 1])
    axes.set_ylim(0, 4)
    png = io.BytesIO()
    fig.savefig(png, format="png")
    return base64.b64encode(png.getvalue()).decode()


def shown(png: str, told: dict = TOLD):
    data = {"image/png": png, "text/plain": told["alt"]}
    return nbformat.v4.new_output("display_data", data, metadata={"image/png": told})


def printed(text: str):
    return nbformat.v4.new_output("stream", name="stdout", text=text)


def page(html: str):
    return nbformat.v4.new_output("display_data", {"text/html": html})


def found(stored, fresh, how):
    return list(differences([stored], [fresh], how))


@pytest.mark.parametrize("how", [EXACT, NEAR, WORDS])
def test_what_stays_the_same_is_no_difference(how):
    output = shown(drawn())
    assert found(output, copy.deepcopy(output), how) == []


@pytest.mark.parametrize("how", [EXACT, NEAR])
def test_a_line_that_moves_is_a_difference(how):
    # By a tenth of the axis: 23 pixels of 300.
    (said,) = found(shown(drawn()), shown(drawn(high=2.6)), how)
    assert "the picture has changed" in said
    # By a hundredth of a pixel.
    assert found(shown(drawn()), shown(drawn(high=3.0002)), how) == []


def test_another_size_is_a_difference():
    (said,) = found(shown(drawn()), shown(drawn(width=4.5)), EXACT)
    assert "(400, 300) pixels large, now (450, 300)" in said


def test_of_trained_numbers_a_picture_is_compared_roughly():
    assert found(shown(drawn()), shown(drawn(high=2.6)), WORDS) == []
    assert found(shown(drawn()), shown(drawn(width=2)), WORDS)
    black = base64.b64encode(_png_of_one_colour(400, 300)).decode()
    assert found(shown(drawn()), shown(black), WORDS)


def _png_of_one_colour(width: int, height: int) -> bytes:
    fig = matplotlib.figure.Figure((width / 100, height / 100), 100, facecolor="black")
    png = io.BytesIO()
    fig.savefig(png, format="png")
    return png.getvalue()


@pytest.mark.parametrize("how", [EXACT, NEAR, WORDS])
@pytest.mark.parametrize(
    "told",
    [
        TOLD | {"alt": "Unseen. Heatmap of 1 by 2 numbers. row 0: most at column b, 0.75."},
        {"alt": TOLD["alt"]},
        TOLD | {"table": TOLD["table"] | {"columns": ["a", "c"]}},
        TOLD | {"table": TOLD["table"] | {"values": [["0.251", "nan"]]}},
        TOLD | {"table": TOLD["table"] | {"values": [["0.251"]]}},
    ],
)  # fmt: skip
def test_other_words_and_other_tables_are_differences(how, told):
    stored, fresh = shown(drawn()), shown(drawn(), told)
    fresh.data["text/plain"] = stored.data["text/plain"]  # nbval compares this
    assert len(found(stored, fresh, how)) == 1


def test_numbers_are_compared_as_the_cell_says():
    close = copy.deepcopy(TOLD)
    close["table"]["values"] = [["0.252", "0.748"]]
    for told, same in ((close, {NEAR, WORDS}), (TOLD_APART, {WORDS})):
        for how in (EXACT, NEAR, WORDS):
            said = found(shown(drawn()), shown(drawn(), told), how)
            assert (said == []) == (how in same), (told, how)


@pytest.mark.parametrize(
    ("was", "now", "same"),
    [
        ("  9 of 72 heads, −3.1 to +1.6", " 10 of 72 heads, −3.0 to +1.6", NEAR),
        ("  9 of 72 heads, −3.1 to +1.6", " 12 of 72 heads, −3.1 to +1.6", WORDS),
        ("  9 of 72 heads, −3.1 to +1.6", "  9 of 72 heads, −3.1 to −1.6", WORDS),
        ("1,987 of 2,000", "1,999 of 2,000", NEAR),
        ("7.15e−07", "9.54e−07", NEAR),  # rounding, of numbers near 1
        ("[0.1, 0.2]", "[0.1, 0.2, 0.3]", ""),
        ("right", "wrong", ""),
        ("at 0.3", "at nan", ""),
    ],
)
def test_texts_are_compared_as_the_cell_says(was, now, same):
    by_rank = [EXACT, NEAR, WORDS]
    alike = by_rank[by_rank.index(same) :] if same else []
    for how in by_rank:
        said = found(printed(was), printed(now), how)
        assert (said == []) == (how in alike), how


def test_a_widget_of_trained_numbers_is_compared_by_its_table():
    html = '<figure data-ac-state="{}"><td>{}</td><td>word</td></figure>'
    stored = page(html.format("AAAb", 0.5))
    assert found(stored, page(html.format("QQzz", 0.7)), WORDS) == []
    assert found(stored, page(html.format("AAAb", 0.5).replace("word", "w")), WORDS)


def test_outputs_of_another_kind_or_order_are_a_difference():
    text, picture = printed("1"), shown(drawn())
    (said,) = differences([text, picture], [picture, text], EXACT)
    assert "the outputs were" in said
    assert list(differences([text], [], WORDS))


def test_few_outputs_are_compared_with_nothing():
    nothing, roughly = [], []
    for path in NOTEBOOKS:
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code" and cell.outputs:
                how = how_compared(cell)
                nothing += [f"{path.stem} {cell.id}"] if how is None else []
                roughly += [f"{path.stem} {cell.id}"] if how == WORDS else []
    assert len(nothing) <= 8, nothing
    assert len(roughly) <= 47, roughly


CELL = """\
from IPython.display import display
display({{"image/png": {png!r}, "text/plain": "a picture"}}, raw=True,
        metadata={{"image/png": {told!r}}})"""


@pytest.mark.parametrize("changed", ["nothing", "picture", "alt", "table"])
def test_nbval_with_this_plugin_fails_on_one_change(tmp_path, changed):
    png, told = drawn(), TOLD
    source = CELL.format(png=png, told=told)
    if changed == "picture":
        png = drawn(high=1.5)
    elif changed != "nothing":
        told = TOLD | {changed: TOLD_APART[changed]}
    output = shown(png, told)
    output.data["text/plain"] = "a picture"
    cell = nbformat.v4.new_code_cell(source, outputs=[output], execution_count=1)
    path = tmp_path / "one.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    plugin = ["-p", "bookbuild.notebooks.compare", "--nbval", "-p", "no:cacheprovider"]
    pytest_ = [sys.executable, "-m", "pytest", *plugin, "-W", "default"]
    ran = subprocess.run(
        [*pytest_, "-c", "/dev/null", "--rootdir", tmp_path, path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if changed == "nothing":
        assert ran.returncode == 0, ran.stdout
    else:
        assert "1 failed" in ran.stdout
        place = {"picture": "image/png"}.get(changed, changed)
        assert f"output 0, {place}: " in ran.stdout
