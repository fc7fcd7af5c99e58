"""Chapter 5: what the answers say is true."""

from __future__ import annotations

import contextlib
import io
import math
import re

import pytest
import torch
from torch import Tensor

from attention_course import (
    grid_attention,
)
from attention_course.exercises import (
    Question,
    find,
)
from tests.exercises.helpers import (
    answer,
    code,
    generator,
)

pytestmark = pytest.mark.slow


Sizes = tuple[int, int, int]


def test_the_costs_are_as_the_answer_says() -> None:
    text = answer("5.1")
    sizes, extent = (16, 32, 32), (1, 2, 2)
    n = math.prod(sizes)
    assert f"{n:,} pixels" in text
    assert f"**{n**2:,}** scores: 1 GiB" in text
    assert n**2 * 4 == 2**30
    assert f"**{n * sum(sizes):,}**" in text
    assert f"at most {n:,} · 75 = **{n * 3 * 5 * 5:,}**" in text
    count = grid_attention.count_scores(sizes, sizes, extent)
    along = [
        grid_attention.count_scores((size, 1, 1), (size, 1, 1), (e, 0, 0))
        for size, e in zip(sizes, extent, strict=True)
    ]
    assert along == [46, 154, 154]
    assert f"46 · 154 · 154 = **{count:,}**" in text

    double = tuple(2 * size for size in sizes)
    assert (8 * n) ** 2 == 64 * n**2
    assert 8 * n * sum(double) == 16 * n * sum(sizes)
    growth = grid_attention.count_scores(double, double, extent) / count
    assert 8 < growth < 8.5  # "about 8 times": less is cut off
    tokens = 16 * (32 // 4) ** 2
    assert f"{tokens:,} tokens and **{tokens**2:,}** scores, 256 times fewer" in text
    assert n**2 // tokens**2 == 256


def test_the_savings_are_as_the_answer_says() -> None:
    text = answer("5.10")
    small = grid_attention.count_scores((1, 8, 8), (1, 8, 8), (0, 3, 3))
    large = grid_attention.count_scores((1, 64, 64), (1, 64, 64), (0, 3, 3))
    assert f"44² = **{small:,}** scores" in text
    assert f"**{100 * small / 64**2:.0f} %** is left" in text
    assert f"436² = **{large:,}** scores of {4096**2:,}" in text
    assert f"**{100 * large / 4096**2:.1f} %**" in text
    assert f"**{64 * 49:,}**" in text

    sizes, extent = (2, 3, 5), (1, 2, 4)  # F - 1, H - 1, W - 1
    assert grid_attention.count_scores(sizes, sizes, extent) == 30**2
    for less in [(0, 2, 4), (1, 1, 4), (1, 2, 3)]:
        assert grid_attention.count_scores(sizes, sizes, less) < 30**2

    picture = torch.randn(1, 8, 8, 5, generator=generator())
    flat, deep = (
        grid_attention.nearby_attention_direct(picture, picture, picture, extent)
        for extent in [(0, 3, 3), (1, 3, 3)]
    )
    torch.testing.assert_close(flat[0], deep[0])
    assert flat[1][0, 0, 0].numel() == 49
    assert deep[1][0, 0, 0].numel() == 147
    assert grid_attention.count_scores((1, 8, 8), (1, 8, 8), (1, 3, 3)) == small


def reach(
    sizes: Sizes,
    extent: Sizes,
    n_layers: int,
    starts: list[Sizes],
    *,
    causal: bool = False,
) -> Tensor:
    """On which cells the outputs at some cells can depend, ``(n_starts, F, H, W)``."""
    cells, inside = grid_attention.neighbourhood(sizes, sizes, extent, causal=causal)
    n = math.prod(sizes)
    near = inside.flatten(0, 2).float()
    step = torch.zeros(n, n).scatter_add(1, cells.flatten(0, 2), near)
    reached = torch.zeros(len(starts), *sizes)
    for number, start in enumerate(starts):
        reached[number][start] = 1
    reached = reached.flatten(1)
    for _ in range(n_layers):
        reached = ((reached @ step) > 0).float()
    return reached.bool().unflatten(1, sizes)


def test_news_travels_as_the_answer_says() -> None:
    text = " ".join(answer("5.13").split())
    sizes, extent = (8, 16, 16), (1, 2, 2)
    (middle,) = reach(sizes, extent, 3, [(4, 8, 8)])
    box = torch.zeros(sizes, dtype=torch.bool)
    box[1:8, 2:15, 2:15] = True
    assert torch.equal(middle, box)
    assert f"**{int(middle.sum()):,}** of {math.prod(sizes):,} cells" in text

    # Windows are boxes, so opposite corners are the last to meet.
    corners = [(f, h, w) for f in (0, 7) for h in (0, 15) for w in (0, 15)]
    assert not bool(reach(sizes, extent, 7, corners).flatten(1).all(1).any())
    assert bool(reach(sizes, extent, 8, corners).all())
    assert "The slowest axis counts: **8**" in text

    video = torch.randn(*sizes, 3, generator=generator()).requires_grad_()
    for n_axes in (1, 2, 3):
        output: Tensor = video
        for axis in reversed(range(3 - n_axes, 3)):  # along the width first
            output, _ = grid_attention.axial_attention(output, output, output, axis)
        (gradient,) = torch.autograd.grad(output[2, 3, 5].sum(), video)
        reached = int((gradient != 0).any(-1).sum())
        assert reached == [16, 16 * 16, 8 * 16 * 16][n_axes - 1]

    starts = [(0, 0, 0), *((frame, 1, 0) for frame in range(4))]
    ever = reach(sizes, extent, 40, starts, causal=True)
    assert torch.equal(ever, reach(sizes, extent, 41, starts, causal=True))
    assert ever[0].nonzero().tolist() == [[0, 0, 0]]
    for frame in range(4):  # of their own frame they see row 0 up to column 2
        seen = ever[1 + frame, frame].nonzero().tolist()
        assert seen == [[0, 0], [0, 1], [0, 2], [1, 0]]
    first_row = ever[1:, 0, 0].sum(-1).tolist()  # of the first frame
    assert first_row == [3, 9, 15, 16]
    assert "row 0 of the first frame up to column 8, (3, 1, 0) of all of it" in text
    (wider,) = reach(sizes, (1, 2, 3), 40, [(0, 1, 0)], causal=True)
    assert int(wider[0, 0].sum()) == 4
    (whole,) = reach(sizes, (7, 15, 15), 1, [(3, 1, 0)], causal=True)
    assert int(whole.sum()) == 3 * 256 + 16 + 1  # all that was written, and itself


def test_the_experiment_says_what_the_answer_says() -> None:
    question = find("5.14")
    assert isinstance(question, Question)
    (code,) = re.findall(r"```python\n(.*?)```", question.text, flags=re.DOTALL)
    assert max(map(len, code.splitlines())) <= 84
    text = question.answer

    def run(changed: str) -> dict[int, tuple[float, int]]:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(changed, {})
        rows = re.findall(
            r"extent +(\d+): weight ([\d.]+), +([\d,]+)", printed.getvalue()
        )
        return {int(e): (float(w), int(n.replace(",", ""))) for e, w, n in rows}

    rows = run(code)
    shown = {e: f"{weight:.2f}" for e, (weight, _) in rows.items()}
    assert shown[0] == shown[1] == "0.00"
    assert (
        f"from {shown[2]} at extent 2 to {shown[3]}, {shown[4]}, {shown[8]} and at last "
        f"{shown[15]}" in " ".join(text.split())
    )
    assert f"From {rows[2][1]:,} to {rows[15][1]:,}: **12 times**" in text
    assert round(rows[15][1] / rows[2][1]) == 12
    assert rows[15][1] == 256**2

    flat = run(code.replace("(0, e, e)", "(0, 0, e)"))
    assert f"rises to {flat[2][0]:.2f}" in " ".join(text.split())

    further = code.replace("roll(2", "roll(3").replace("W - 2", "W - 3")
    further = run(further.replace("columns + 2", "columns + 3"))
    assert further[2][0] == 0 < further[3][0]


def test_the_notation_is_as_the_answer_says() -> None:
    text = answer("5.15")
    _, inside = grid_attention.neighbourhood((3, 9, 9), (3, 9, 9), (1, 3, 3))
    assert f"**{inside.shape[-1]}** cells" in text
    _, inside = grid_attention.neighbourhood((9, 9, 9), (9, 9, 9), 1)
    assert inside.shape[-1] == 27
    _, inside = grid_attention.neighbourhood((9, 9, 9), (9, 9, 9), 3)
    assert f"**{inside.shape[-1]}** cells, 13 times as many" in text
    assert round(inside.shape[-1] / 27) == 13

    sizes, cell = (4, 5, 6), (1, 2, 3)
    mask = code("5.12").solution(sizes)[cell]
    cells = torch.cartesian_prod(*map(torch.arange, sizes))
    smaller = (cells < torch.tensor(cell)).all(-1)
    assert f"= **{int(smaller.sum())}** cells" in text
    assert f"1 · 30 + 2 · 6 + 3 = **{int(mask.sum()) - 1}** cells come earlier" in text
    assert f"with the cell itself: {int(mask.sum())}." in text
