"""How the neighbourhood explorer is shown to the tests that run over every widget."""

from __future__ import annotations

from attention_course.widgets import NeighbourhoodExplorer
from tests.widgets.example import Example


def largest_neighbourhood_explorer():
    return NeighbourhoodExplorer([8, 8, 8], [8, 8, 8], [4, 4, 4])


EXAMPLE = Example(
    chapter=5,
    usual=lambda **state: NeighbourhoodExplorer(
        **{"context_sizes": [2, 3, 5], **state}
    ),
    changed={
        "sizes": [3, 2, 5],
        "context_sizes": [2, 4, 7],
        "extent": [0, 1, 2],
        "cell": [2, 1, 4],
    },
    largest=largest_neighbourhood_explorer,
    n_colours=20,
    says=("Q", "●"),
    hostile=None,
    n_sliders=13,
    n_controls=15,
    moves=dict.fromkeys(
        ("Extent, frames", "Query's row", "Rows of X"),
        largest_neighbourhood_explorer,
    ),
    scrolls=("Along each axis",),
    drawn=(".ac-ne-cell",),
    marks={".ac-ne-dot": "color"},
)
