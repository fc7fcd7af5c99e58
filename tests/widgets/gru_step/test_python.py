"""The GRU step as a Python object: state, numbers, and the view without scripts."""

from __future__ import annotations

import json
import math

import pytest
import torch
import traitlets
from torch import nn

from attention_course.widgets import GruStep
from tests.widgets.helpers import Page, near, number


def test_it_begins_with_the_chapter_s_example():
    widget = GruStep()
    assert widget.after().tolist() == near([0.791, 0.815], 3)
    assert widget.gates()[0].tolist() == [0.5, 0.5]
    assert widget.summary() == (
        "with the input 1, number 1 keeps 95 % of 0.8 and becomes 0.791; "
        "number 2 keeps 5 % of −0.6 and becomes 0.815"
    )


def random_step(seed):
    draw = torch.Generator().manual_seed(seed)

    def some(*sizes, most=3.0):
        return (most * (2 * torch.rand(*sizes, generator=draw) - 1)).tolist()

    return GruStep(
        some(1)[0], some(2, most=1.0), some(2), some(2), some(2), u_n=some(2, 2)
    )


@pytest.mark.parametrize("seed", range(5))
def test_its_numbers_are_torch_s(seed):
    widget = random_step(seed)
    cell = nn.GRUCell(1, 2, dtype=torch.double)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        rows = [*widget.w_r, *widget.w_z, *widget.w_n]
        cell.weight_ih.copy_(torch.tensor(rows, dtype=torch.double).view(6, 1))
        cell.weight_hh[4:] = torch.tensor(widget.u_n, dtype=torch.double)
        state = torch.tensor([widget.before], dtype=torch.double)
        x = torch.tensor([[widget.x]], dtype=torch.double)
        expected = cell(x, state)[0]
    torch.testing.assert_close(widget.after(), expected)
    (_, z), n = widget.gates(), widget.candidate()
    torch.testing.assert_close(z * state[0] + (1 - z) * n, expected)


BAD = [math.nan, math.inf, "1", None, True]


@pytest.mark.parametrize("name", ["before", "w_r", "w_z", "w_n"])
@pytest.mark.parametrize("bad", [*BAD, 10.5])
def test_a_number_that_makes_no_sense_is_refused(name, bad):
    widget = GruStep()
    before = widget.state()
    for numbers in ([0.5, bad], [0.5], [0.5] * 3, "ab"):
        with pytest.raises(traitlets.TraitError, match=name):
            setattr(widget, name, numbers)
    with pytest.raises(traitlets.TraitError, match="u_n"):
        widget.u_n = [[0.0, 1.0], [bad, 0.0]]
    with pytest.raises(traitlets.TraitError, match="u_n: expected 2 rows"):
        widget.u_n = [[0.0, 1.0]]
    assert widget.state() == before


def test_a_state_lies_between_minus_one_and_one():
    with pytest.raises(
        traitlets.TraitError, match=r"before: .* from -1 to 1, got 1\.01"
    ):
        GruStep(before=[1.01, 0])
    with pytest.raises(traitlets.TraitError, match=r"x: .* from -5 to 5, got 5\.1"):
        GruStep(x=5.1)


def test_the_step_without_scripts_has_the_same_numbers():
    widget = random_step(7)
    rows = {row[0]: row[1:] for row in Page(widget).rows}
    (r, z), n = widget.gates(), widget.candidate()
    before = torch.tensor(widget.before, dtype=torch.double)
    for name, expected in {
        "state before, h": before,
        "r = σ(W_r x)": r,
        "z = σ(W_z x)": z,
        "n = tanh(W_n x + r · U_n h)": n,
        "z · h, kept": z * before,
        "(1 − z) · n, new": (1 - z) * n,
        "state after": widget.after(),
    }.items():
        assert [number(cell) for cell in rows[name]] == near(expected.tolist(), 3), name


def test_a_page_stays_small():
    assert len(json.dumps(GruStep().state())) < 300
