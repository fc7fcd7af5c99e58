"""How the GRU step is shown to the tests that run over every widget."""

from __future__ import annotations

from attention_course.widgets import GruStep
from tests.widgets.example import Example


def largest_gru_step():
    return GruStep(
        x=-5,
        before=[-0.999, 0.125],
        w_r=[-9.875, 0.25],
        w_z=[0.375, -9.125],
        w_n=[-8.625, 0.125],
        u_n=[[-9.125, 9.875], [0.375, -8.875]],
    )


EXAMPLE = Example(
    chapter=2,
    usual=GruStep,
    changed={
        "x": -1.5,
        "before": [0.25, 1.0],
        "w_r": [1.0, -2.5],
        "w_z": [0.5, 0.25],
        "w_n": [-1.0, 2.0],
        "u_n": [[1.0, 0.5], [-0.25, 2.0]],
    },
    largest=largest_gru_step,
    colours=lambda: GruStep(
        x=0.5, w_r=[1, -2], w_z=[0.5, -1], w_n=[-1, 2], u_n=[[1, 2], [-1, 0.5]]
    ),
    n_colours=9,
    hostile=None,
    n_sliders=1,
    n_controls=15,
    moves={"Input x": largest_gru_step},
)
