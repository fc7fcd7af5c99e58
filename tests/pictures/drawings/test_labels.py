"""Labels: what stands between dollar signs becomes symbols, and nothing else does."""

import re

import pytest

from attention_course.pictures.drawings.shared.labels import (
    pieces,
    symbols,
    tspans,
    width,
)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("no symbol", [("no symbol", False, 0)]),
        ("$q$", [("q", True, 0)]),
        ("a $q_i$ b", [("a ", False, 0), ("q", True, 0), ("i", True, -1), (" b", False, 0)]),
        ("$q_{ijk}$", [("q", True, 0), ("ijk", True, -1)]),
        ("$N^2$", [("N", True, 0), ("2", True, 1)]),
        ("$x_i^2 y$", [("x", True, 0), ("i", True, -1), ("2", True, 1), (" y", True, 0)]),
    ],
)  # fmt: skip
def test_a_label_is_cut_where_its_face_changes(label, expected):
    assert [tuple(piece) for piece in pieces(label)] == expected


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("the word $q$", {"q"}),
        ("$q_i$, $k_{j}$", {"q_i", "k_{j}"}),
        ("$i' = ⌊ i · F' / F ⌋$", {"i'", "i", "F'", "F"}),
        ("$d_{model}$ numbers", {"d_{model}"}),
        ("e = 1", set()),
    ],
)
def test_its_symbols_are_listed(label, expected):
    assert symbols(label) == expected


@pytest.mark.parametrize("label", ["$q_i$", "$x_i^2 y_3$ and $N^2$", "$a^b$"])
def test_what_goes_down_comes_up_again(label):
    moves = [
        float(move) for move in re.findall(r'dy="([-\d.]+)"', tspans(label + "x", 13))
    ]
    assert abs(sum(moves)) < 0.11  # rounded to a tenth
    assert moves


def test_signs_of_html_are_escaped():
    assert tspans("a < b & c", 13) == "a &lt; b &amp; c"


def test_a_longer_label_is_wider():
    assert width("ii", 13) < width("mm", 13) < width("mmm", 13)
    assert width("ab", 13) < width("ab", 17)
    assert width("ab", 13) < width("ab", 13, bold=True)
    assert width("$q_i$", 13) < width("$q_{ijk}$", 13)
