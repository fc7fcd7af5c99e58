"""Each chapter stays readable in one sitting: words above its exercises, within a bound."""

import re
from pathlib import Path

import nbformat
import pytest

BOOK = Path(__file__).parents[3] / "book"
MOST = {1: 6_000, 2: 6_000, 3: 6_000, 4: 6_000, 5: 6_500, 6: 5_500}
NO_WORDS = [
    r"```.*?```",
    r"\$\$.*?\$\$",  # displayed formulas
    r"<details>.*?</details>",
    r"\]\([^)]*\)",  # addresses of links
]


def words(text: str) -> int:
    """Count what stands between spaces and has a letter or a digit in it."""
    for pattern in NO_WORDS:
        text = re.sub(pattern, " ", text, flags=re.S)
    return sum(any(map(str.isalnum, word)) for word in text.split())


def body(path: Path) -> str:
    texts = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            if cell.source.startswith("## Exercises"):
                return "\n".join(texts)
            texts.append(cell.source)
    raise AssertionError(f"{path.name} has no exercises")


@pytest.mark.parametrize("chapter", MOST)
def test_a_chapter_keeps_within_its_bound(chapter):
    (path,) = BOOK.glob(f"0{chapter}-*.ipynb")
    assert 2_000 < words(body(path)) <= MOST[chapter]


def test_every_chapter_has_a_bound():
    assert len(MOST) == len(list(BOOK.glob("0*.ipynb")))


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("Two words.", 2),
        ("a — b", 2),  # a dash is none
        ("| one | two |\n| --- | --- |", 2),
        ("[a link](to/a/page.md#with-a-place) here", 3),
        ("seen\n\n$$a = b + c$$\n\nhere", 2),
        ("code:\n\n```python\nx = 1\n```", 1),
    ],
)
def test_words_are_counted(text, n):
    assert words(text) == n
