r"""What a chapter's formulas name, one of its drawings shows.

A symbol is a letter with what belongs to its name: ``W_Q`` and ``d_k``, but ``q`` for
``q_i`` and ``q_{ijk}`` alike, since an index only counts. A formula that names something
new is met by a label, or by a line below that says why no drawing has it.
"""

import re
from pathlib import Path

import nbformat
import pytest

from attention_course.pictures.drawings import drawings

BOOK = Path(__file__).parents[3] / "book"
NAMED = "dnWe"  # letters whose subscript is part of the name
GREEK = {r"\sigma": "σ", r"\alpha": "α", r"\theta": "θ", r"\omega": "ω"}

WITHOUT: dict[int, dict[str, str]] = {
    1: {
        "E": "the table of the drawing, by its letter",
        "o": "the one-hot column of the drawing, by its letter",
        "b": "the pixels of a block, drawn as a row of numbers",
        "c": "a bias, part of the linear layer that is drawn",
        "n": "counts the random words",
        "m": "counts the pairs of a sine and a cosine; the waves are a figure",
        "p": "the waves of a position, which a figure shows",
        "ω": "the speed of a wave, which a figure shows",
        "s": "a second position beside t",
        "t": "counts positions; the drawing counts blocks without a letter",
        "x": "the block's vector, drawn as one vector",
    },
    2: {
        "L": "the loss, a number that no part of the model holds",
        "T": "the output's length; the drawing has it as the input's",
        "U": "a matrix of the plain cell, and those of the gates: inside the boxes",
        "W": "the same, and the matrix of the logits",
        "W_n": "inside the box of n",
        "W_r": "inside the box of r",
        "W_z": "inside the box of z",
        "a": "any number, in the sigmoid",
        "b": "a bias, inside a box",
        "c": "a bias, inside the box of n",
        "d_h": "how many numbers a state has",
        "d_x": "how many numbers an input has",
        "n": "counts the steps of the path back",
        "p": "a probability: what the decoder writes is drawn from it",
        "t": "a step; the drawing counts with 1, 2, 3",
        "σ": "the sigmoid inside the boxes of z and r",
    },
    3: {
        "H": "the entropy of a row, which a widget shows",
        "L": "the loss of a token, whose gradient a figure shows",
        "K": "all keys as one matrix: drawn in chapter 4",
        "Q": "all queries as one matrix: drawn in chapter 4",
        "V": "all values as one matrix: drawn in chapter 4",
        "T": "how many queries and keys there are",
        "d_v": "how many numbers a value has: drawn in chapter 4",
        "j'": "counts the keys in a sum",
        "m": "the mask, a table that the text prints",
        "t": "counts steps beside s and c, which are drawn",
    },
    4: {
        "W": "the two matrices inside the box feed-forward",
        "b": "a bias, or layer norm's shift: inside a box",
        "d": "the length of a key, which is d_k in the drawings",
        "d_hidden": "the width inside the box feed-forward",
        "e": "Euler's number, in a softmax of two scores",
        "f": "either part of a block; both are drawn by their names",
        "g": "layer norm's scale, inside the box norm",
        "i": "counts heads, or queries",
        "j": "counts the keys of a head",
        "m": "counts the numbers of a vector",
        "n": "n_heads, for short",
        "σ": "the variance inside the box norm",
    },
    5: {
        "Q": "all queries as one matrix: drawn in chapter 4",
        "T": "a text's length, once, in the table of notations",
        "d_k": "d of one head, in full attention and in the table of notations",
        "d_v": "how many numbers a value has: drawn in chapter 4",
        "h": "NÜWA's letter for H, in the table of notations",
        "s": "NÜWA's letter for F, in the table of notations",
        "w": "NÜWA's letter for W, in the table of notations",
    },
    6: {
        "L": "the loss, a number that no part of the model holds",
        "P": "after how many tokens a string repeats itself",
        "S": "the sum that linear attention keeps, in the code",
        "T": "how many tokens a text has",
        "d_v": "how many numbers a value has: drawn in chapter 4",
        "e": "Euler's number, in a softmax",
        "g": "the gradient at the output",
        "i": "counts the positions of a string",
        "j": "counts the keys in a sum",
        "m": "counts pairs; the largest score in section 6.5",
        "p": "a probability: what is written is drawn from it",
        "q'": "a query after turning: the hand of the dial",
        "s": "a score, inside the box with the softmax",
        "t": "counts tokens, as in the drawing's x_t",
        "v": "a value, one row of V",
        "w": "a weight, or the width of a window",
        "y": "the text, token by token",
        "z": "the sum that linear attention divides by, in the code",
    },
}

FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<![\\$])\$(?!\s)([^$\n]+?)(?<!\s)\$", re.DOTALL)
WORDS = re.compile(r"\\(?:text|mathrm|operatorname|mathit|textrm)\*?\{[^{}]*\}")
SYMBOL = re.compile(r"([A-Za-zα-ω])('*)(?:_(?:\{([^{}]*)\}|([A-Za-z0-9])))?('*)")


def normal(letter: str, primes: str, subscript: str) -> str:
    kept = subscript if letter in NAMED and re.fullmatch("[A-Za-z]+", subscript) else ""
    return letter + primes + (f"_{kept}" if kept else "")


def symbols_of(tex: str) -> set[str]:
    """List the symbols of a formula, or of a label's part between dollar signs."""
    tex = tex.replace("′", "'").replace(r"^\prime", "'")
    tex = re.sub(r"_\{?\\(?:text|mathrm)\{(\w+)\}\}?", r"_{\1}", tex)
    tex = WORDS.sub(" ", tex)
    for command, letter in GREEK.items():
        tex = re.sub(re.escape(command) + r"(?![A-Za-z])", letter, tex)
    tex = re.sub(r"\\begin\{\w+\}|\\end\{\w+\}|\\[A-Za-z]+|\\.", " ", tex)
    tex = re.sub(r"\^(?:\{[^{}]*\}|\S)", " ", tex)  # what stands above counts or turns
    return {
        normal(found[1], found[2] + found[5], found[3] or found[4] or "")
        for found in SYMBOL.finditer(tex)
    }


def formulas(chapter: int) -> list[str]:
    """List the formulas of a chapter's text, down to its exercises."""
    (path,) = BOOK.glob(f"0{chapter}-*.ipynb")
    found = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "markdown":
            continue
        if cell.source.startswith("## Exercises"):
            break
        text = re.sub(r"```.*?```|`[^`]*`", " ", cell.source, flags=re.DOTALL)
        found += [one or two for one, two in FORMULA.findall(text)]
    return found


def drawn(chapter: int) -> set[str]:
    labels = [
        part
        for made in drawings().values()
        if chapter in made.chapters
        for label in made.pen.labels
        for part in label.text.split("$")[1::2]
    ]
    return set().union(*map(symbols_of, labels))


@pytest.mark.parametrize("chapter", range(1, 7))
def test_every_symbol_of_a_chapter_is_in_one_of_its_drawings(chapter):
    named = set().union(*map(symbols_of, formulas(chapter)))
    missing = named - drawn(chapter)
    assert missing == set(WITHOUT[chapter]), sorted(missing ^ set(WITHOUT[chapter]))
    assert all(len(reason) > 15 for reason in WITHOUT[chapter].values())


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"q_{ijk} = X_{ijk}\, W_Q", {"q", "X", "W_Q"}),
        (r"\frac{q_i K^\top}{\sqrt{d_k}}", {"q", "K", "d_k"}),
        (r"\left\lfloor i \cdot \tfrac{F'}{F} \right\rfloor", {"i", "F'", "F"}),
        (r"\mathrm{softmax}(s_{ij})", {"s"}),
        (r"|a - i'| \le e_F", {"a", "i'", "e_F"}),
        (r"d_{\text{model}} + n_{heads}", {"d_model", "n_heads"}),
        (r"\sigma(W x_t)", {"σ", "W", "x"}),
    ],
)
def test_the_symbols_of_a_formula_are_found(tex, expected):
    assert symbols_of(tex) == expected
