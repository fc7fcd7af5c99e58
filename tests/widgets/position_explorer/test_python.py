"""The position explorer as a Python object: state, numbers, and the view without scripts."""

from __future__ import annotations

import json
import math

import pytest
import torch
import torch.nn.functional as F
import traitlets

from attention_course.embedding import sinusoidal_positions
from attention_course.widgets import PositionExplorer
from tests.widgets.helpers import Page, numbers_in


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PositionExplorer(d_model=7), r"d_model: .*even .* 2 to 64, got 7"),
        (lambda: PositionExplorer(d_model=0), r"d_model: .*even .* 2 to 64, got 0"),
        (lambda: PositionExplorer(d_model=66), r"d_model: .*even .* to 64, got 66"),
        (lambda: PositionExplorer(base=0.5), r"base: .* 1 to 1,000,000, got 0.5"),
        (lambda: PositionExplorer(base=math.nan), r"base: .*1,000,000, got nan"),
        (lambda: PositionExplorer(base=2e6), r"base: .* 1 to 1,000,000, got 2000000"),
        (lambda: PositionExplorer(first=100), r"first: .* from 0 to 99, got 100"),
        (lambda: PositionExplorer(second=-1), r"second: .* from 0 to 99, got -1"),
    ],
)
def test_a_state_out_of_range_is_refused_with_its_name_and_range(make, message):
    with pytest.raises(traitlets.TraitError, match=message):
        make()


@pytest.mark.parametrize(("d_model", "base"), [(2, 10_000), (14, 37.5), (64, 1)])
def test_positions_are_the_course_s_and_similarity_is_their_cosine(d_model, base):
    widget = PositionExplorer(d_model, base, first=7, second=31)
    positions = widget.positions()
    torch.testing.assert_close(positions, sinusoidal_positions(100, d_model, base=base))
    torch.testing.assert_close(widget.vectors(), positions[[7, 31]])
    assert widget.distance() == 24
    near = {"atol": 2e-5, "rtol": 0}  # single precision, angles up to 99
    for start in (0, 13):
        cosines = F.cosine_similarity(positions[start], positions[start:])
        torch.testing.assert_close(widget.similarity()[: 100 - start], cosines, **near)
    cosine = F.cosine_similarity(positions[7], positions[31], dim=0)
    assert widget.cosine() == pytest.approx(float(cosine), abs=2e-5)
    assert widget.dot_product() == pytest.approx(
        float(cosine) * d_model / 2, abs=2e-5 * d_model
    )


def test_a_wave_comes_back_after_its_wavelength():
    widget = PositionExplorer(6, 1000)
    wavelengths = widget.wavelengths()
    assert wavelengths == pytest.approx([2 * math.pi * 10**k for k in range(3)])
    # base = 1: all waves are alike, and 44 positions are almost exactly 7 turns.
    same = PositionExplorer(8, 1, first=0, second=44)
    assert same.wavelengths() == pytest.approx([2 * math.pi] * 4)
    assert same.cosine() == pytest.approx(math.cos(44), abs=1e-5)
    assert same.cosine() > 0.999
    assert "base 1:" in same.summary()
    same.base = 1_000_000
    assert "base 1,000,000:" in same.summary()


def test_the_positions_without_scripts_have_torch_s_numbers():
    widget = PositionExplorer(6, 100, first=3, second=14)
    page = Page(widget)
    positions = sinusoidal_positions(100, 6, base=100)
    for i, row in enumerate(page.rows[1:4]):
        assert row[0] == f"{2 * i}, {2 * i + 1}"
        assert numbers_in(row[1])[0] == pytest.approx(
            2 * math.pi * 100 ** (2 * i / 6), abs=0.51 if i == 2 else 0.051
        )
        for cell, t in zip(row[2:4], (3, 14), strict=True):
            pair = positions[t, 2 * i : 2 * i + 2].tolist()
            assert numbers_in(cell) == pytest.approx(pair, abs=0.00501)
        both = positions[[3, 14], 2 * i : 2 * i + 2].prod(dim=0).sum()
        assert numbers_in(row[4])[0] == pytest.approx(float(both), abs=0.00501)
    dot = float(positions[3] @ positions[14])
    assert page.rows[4][0] == "sum"
    assert numbers_in(page.rows[4][4])[0] == pytest.approx(dot, abs=0.00501)
    distances = [int(cell) for cell in page.rows[5][1:]]
    assert distances == [0, 1, 2, 5, 10, 20, 50, 99]
    cosines = F.cosine_similarity(positions[0], positions[distances])
    shown = [numbers_in(cell)[0] for cell in page.rows[6][1:]]
    assert shown == pytest.approx(cosines.tolist(), abs=0.00501)
    assert (
        "positions 3 and 14, 11 positions apart, d_model = 6, base 100"
        in (page.captions[0])
    )


def test_a_page_stays_small():
    assert len(json.dumps(PositionExplorer().state())) < 200
