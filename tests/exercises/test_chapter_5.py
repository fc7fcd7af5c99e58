"""Chapter 5's exercises: solutions agree with the package and torch, answers are true.

What every exercise promises is tested in ``test_exercises``, these among them.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
from typing import Any

import pytest
import torch
from torch import Tensor

from attention_course import (
    attention,
    embedding,
    grid_attention,
    grid_models,
    self_attention,
    show,
)
from attention_course.exercises import Exercise, Question, check, exercises, find
from attention_course.exercises.grid_attention import EXERCISES
from tests.exercises.helpers import Attempt, answer, cases, diagnosis, generator

CODE = [item for item in EXERCISES if isinstance(item, Exercise)]
SEEDS = (0, 1, 2)

Sizes = tuple[int, int, int]


# ------------------------------------------------------------------ the chapter as a whole


def test_chapter_5_has_enough_of_both_kinds() -> None:
    rows = list(exercises(5))
    assert [row[0] for row in rows] == [f"5.{n}" for n in range(1, len(rows) + 1)]
    kinds = [row[2] for row in rows]
    assert len(kinds) >= 10
    assert kinds.count("code") >= 7
    assert kinds.count("predict") >= 1
    assert all(len(exercise.hints) >= 3 for exercise in CODE)
    assert {row[3] for row in rows} == {1, 2, 3}


def test_no_exercise_takes_a_name_that_the_chapter_uses() -> None:
    modules = (attention, embedding, self_attention, grid_attention, grid_models)
    taken = {name for module in modules for name in module.__all__}
    names = [exercise.solution.__name__ for exercise in CODE]
    assert taken.isdisjoint(names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("exercise", CODE, ids=lambda exercise: exercise.id)
def test_stub_and_solution_fit_the_page_and_need_only_tensor(
    exercise: Exercise,
) -> None:
    lines = [*exercise.stub.splitlines(), *show(exercise.solution).text.splitlines()]
    assert max(map(len, lines)) <= 84, max(lines, key=len)
    # Compiled as in a notebook, which evaluates annotations; it imports Tensor only.
    exec(compile(exercise.stub, "stub", "exec", dont_inherit=True), {"Tensor": Tensor})


# ----------------------------------------------------------- solutions against the package


@pytest.mark.parametrize("seed", SEEDS)
def test_tokens_are_the_package_s_and_the_way_back_undoes_them(seed: int) -> None:
    back = find("5.3").solution  # type: ignore[union-attr]
    for video_to_tokens, (video, patch) in cases("5.2", seed):
        tokens = video_to_tokens(video, patch)
        assert torch.equal(tokens, embedding.patchify(video, patch).flatten(1, 3))
        assert torch.equal(back(tokens, tuple(video.shape[1:4]), patch), video)

    for tokens_to_video, (tokens, sizes, patch) in cases("5.3", seed):
        counts = [size // p for size, p in zip(sizes, patch, strict=True)]
        expected = embedding.unpatchify(tokens.unflatten(1, counts), patch)
        assert torch.equal(tokens_to_video(tokens, sizes, patch), expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_full_and_axial_attention_are_the_package_s(seed: int) -> None:
    for attend_to_all_cells, grids in cases("5.4", seed):
        expected, _ = grid_attention.full_attention(*grids)
        torch.testing.assert_close(attend_to_all_cells(*grids), expected)

    axes = set()
    for attend_along, (query, key, value, axis) in cases("5.5", seed):
        expected, _ = grid_attention.axial_attention(query, key, value, axis)
        torch.testing.assert_close(attend_along(query, key, value, axis), expected)
        axes.add(axis)
    assert axes == {0, 1, 2}


@pytest.mark.parametrize("seed", SEEDS)
def test_map_and_neighbourhood_are_the_package_s(seed: int) -> None:
    for matching_cells, (cells, sizes, context_sizes) in cases("5.6", seed):
        mapped = grid_attention.map_cells(sizes, context_sizes)
        expected = [along[cells[:, axis]] for axis, along in enumerate(mapped)]
        found = matching_cells(cells, sizes, context_sizes)
        assert torch.equal(found, torch.stack(expected, dim=-1))
        assert bool((found < torch.tensor(context_sizes)).all())

    for near_mask, (cell, sizes, extent) in cases("5.7", seed):
        cells, inside = grid_attention.neighbourhood(sizes, sizes, extent)
        near = cells[cell][inside[cell]]  # flat numbers of the neighbours
        mask = near_mask(cell, sizes, extent)
        assert mask.dtype == torch.bool
        assert mask.flatten().nonzero().flatten().tolist() == near.tolist()

    # The example of the statement.
    match = find("5.6").solution  # type: ignore[union-attr]
    place = match(torch.tensor([[5, 10, 3]]), (8, 16, 16), (4, 8, 8))
    assert place.tolist() == [[2, 5, 1]]
    assert "= (2, 5, 1)" in find("5.6").statement  # type: ignore[union-attr]


@pytest.mark.parametrize("seed", SEEDS)
def test_nearby_attention_on_a_line_is_the_package_s_on_every_axis(seed: int) -> None:
    for attend_on_line, (query, key, value, extent) in cases("5.8", seed):
        output = attend_on_line(query, key, value, extent)
        for axis in range(3):
            shape = [1, 1, 1]
            shape[axis] = len(query)
            extents = [0, 0, 0]
            extents[axis] = extent
            q, k, v = (part.reshape(*shape, -1) for part in (query, key, value))
            expected, _ = grid_attention.nearby_attention_direct(q, k, v, extents)
            torch.testing.assert_close(output, expected.reshape(output.shape))

        # The two tests that the statement proposes.
        whole, _ = attention.attend(query, key, value)
        torch.testing.assert_close(attend_on_line(query, key, value, len(query)), whole)
        torch.testing.assert_close(attend_on_line(query, key, value, 0), value)


@pytest.mark.parametrize("seed", SEEDS)
def test_counts_are_the_package_s(seed: int) -> None:
    for window_total, args in cases("5.9", seed):
        total = window_total(*args)
        assert total == grid_attention.count_scores(*args)
        assert total == int(grid_attention.neighbourhood(*args)[1].sum())
    assert window_total((4, 1, 1), (4, 1, 1), (1, 0, 0)) == 10


@pytest.mark.parametrize("seed", SEEDS)
def test_nearby_cross_attention_is_the_package_s(seed: int) -> None:
    relations = set()
    for attend_across, (query, key, value, extent) in cases("5.11", seed):
        output = attend_across(query, key, value, extent)
        expected, _ = grid_attention.nearby_attention_direct(query, key, value, extent)
        torch.testing.assert_close(output, expected)
        fast, _ = grid_attention.nearby_attention(query, key, value, extent)
        torch.testing.assert_close(output, fast)
        relations |= {
            a < b for a, b in zip(query.shape[:3], key.shape[:3], strict=True)
        }
    assert relations == {True, False}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_writing_is_the_package_s(seed: int) -> None:
    for earlier_cells, (sizes,) in cases("5.12", seed):
        mask = earlier_cells(sizes)
        everything = max(sizes)
        cells, inside = grid_attention.neighbourhood(
            sizes, sizes, everything, causal=True
        )
        n = math.prod(sizes)
        seen = torch.zeros(n, n, dtype=torch.bool)
        for number, (near, real) in enumerate(
            zip(cells.flatten(0, 2), inside.flatten(0, 2), strict=True)
        ):
            seen[number, near[real]] = True
        assert torch.equal(mask.reshape(n, n), seen)

    # The two cells that the statement asks for.
    mask = earlier_cells((2, 8, 8))
    assert mask[1, 2, 0, 1, 1, 5]
    assert mask[1, 2, 0, 0, 7, 7]
    assert not mask[1, 2, 0, 1, 2, 1]


# ------------------------------------------------- mistakes, the way that readers write them


def python_slices(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    (i, j, k), (e_f, e_h, e_w) = cell, extent
    mask = torch.zeros(sizes).bool()
    mask[i - e_f : i + e_f + 1, j - e_h : j + e_h + 1, k - e_w : k + e_w + 1] = True
    return mask


def rolled(cell: Sizes, sizes: Sizes, extent: Sizes) -> Tensor:
    mask = torch.zeros(sizes, dtype=torch.bool)
    (i, j, k), (e_f, e_h, e_w) = cell, extent
    mask[: 2 * e_f + 1, : 2 * e_h + 1, : 2 * e_w + 1] = True
    return mask.roll((i - e_f, j - e_h, k - e_w), dims=(0, 1, 2))


def unfolded(query: Tensor, key: Tensor, value: Tensor, extent: int) -> Tensor:
    pad = (0, 0, extent, extent)
    keys = torch.nn.functional.pad(key, pad).unfold(0, 2 * extent + 1, 1)
    values = torch.nn.functional.pad(value, pad).unfold(0, 2 * extent + 1, 1)
    scores = torch.einsum("td,tdn->tn", query, keys) / query.shape[-1] ** 0.5
    return torch.einsum("tn,tdn->td", scores.softmax(-1), values)


def rolled_keys(query: Tensor, key: Tensor, value: Tensor, extent: int) -> Tensor:
    steps = range(-extent, extent + 1)
    keys = torch.stack([key.roll(-step, 0) for step in steps])
    values = torch.stack([value.roll(-step, 0) for step in steps])
    weights = ((query * keys).sum(-1) / query.shape[-1] ** 0.5).softmax(0)
    return (weights[..., None] * values).sum(0)


def band(query: Tensor, key: Tensor, value: Tensor, extent: int) -> Tensor:
    n = len(query)
    mask = torch.ones(n, n).triu(-extent + 1).tril(extent - 1) == 1
    scores = (query @ key.T / query.shape[-1] ** 0.5).masked_fill(~mask, -1e9)
    return scores.softmax(-1) @ value if extent else torch.zeros_like(value)


def loop_of_rounds(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    found = [
        [round(c * m / n) for c, m, n in zip(cell, context_sizes, sizes, strict=True)]
        for cell in cells.tolist()
    ]
    return torch.tensor(found)


def loop_of_ints(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    found = [
        [int(c / n * m) for c, m, n in zip(cell, context_sizes, sizes, strict=True)]
        for cell in cells.tolist()
    ]
    return torch.tensor(found)


def nearest_exact(cells: Tensor, sizes: Sizes, context_sizes: Sizes) -> Tensor:
    middle = (cells + 0.5) / torch.tensor(sizes).double() * torch.tensor(context_sizes)
    return middle.floor().long()


def views(query: Tensor, key: Tensor, value: Tensor, axis: int) -> Tensor:
    n = query.shape[axis + 1]
    b = len(query)
    q, k, v = (x.reshape(b, -1, n, x.shape[-1]) for x in (query, key, value))
    return attention.attend(q, k, v)[0].reshape(*query.shape[:-1], -1)


def axis_of_the_batch(query: Tensor, key: Tensor, value: Tensor, axis: int) -> Tensor:
    q, k, v = (x.transpose(axis, -2) for x in (query, key, value))
    return attention.attend(q, k, v)[0].transpose(axis, -2)


def last_axes(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return torch.nn.functional.scaled_dot_product_attention(query, key, value)


def one_view(video: Tensor, patch: Sizes) -> Tensor:
    n = math.prod(video.shape[1:4]) // math.prod(patch)
    return video.contiguous().view(len(video), n, -1)


def there_again(tokens: Tensor, sizes: Sizes, patch: Sizes) -> Tensor:
    f, h, w = (size // p for size, p in zip(sizes, patch, strict=True))
    blocks = tokens.view(len(tokens), f, h, w, *patch, -1)
    return blocks.permute(0, 1, 3, 5, 2, 4, 6, 7).reshape(len(tokens), *sizes, -1)


def whole_windows(sizes: Sizes, context_sizes: Sizes, extent: Sizes) -> int:
    return math.prod(sizes) * math.prod(2 * e + 1 for e in extent)


def floats_of_the_map(query: Tensor, key: Tensor, value: Tensor, extent: Sizes) -> Any:
    output = torch.zeros(*query.shape[:3], value.shape[-1])
    place = torch.cartesian_prod(*map(torch.arange, key.shape[:3])).float()
    for cell in torch.cartesian_prod(*map(torch.arange, query.shape[:3])):
        centre = cell * torch.tensor(key.shape[:3]) / torch.tensor(query.shape[:3])
        near = ((place - centre).abs() <= torch.tensor(extent)).all(-1)
        scores = key.flatten(0, 2) @ query[tuple(cell)] / query.shape[-1] ** 0.5
        weights = scores.masked_fill(~near, -math.inf).softmax(0)
        output[tuple(cell)] = weights @ value.flatten(0, 2)
    return output


def not_mapped(query: Tensor, key: Tensor, value: Tensor, extent: Sizes) -> Tensor:
    near = [
        (torch.arange(n)[:, None] - torch.arange(m)).abs() <= e
        for n, m, e in zip(query.shape, key.shape, extent, strict=False)
    ]
    mask = torch.einsum("fa,hb,wc->fhwabc", *(part.float() for part in near)) > 0
    scores = torch.einsum("fhwd,abcd->fhwabc", query, key) / query.shape[-1] ** 0.5
    weights = scores.masked_fill(~mask, -math.inf).flatten(3).softmax(-1)
    return weights @ value.flatten(0, 2)


def all_smaller(sizes: Sizes) -> Tensor:
    cells = torch.cartesian_prod(*map(torch.arange, sizes))
    return (cells <= cells[:, None]).all(-1).reshape(*sizes, *sizes)


SLIPS: dict[str, tuple[str, Attempt, str]] = {
    "a single view": ("5.2", one_view, "straight"),
    "the way there, again": ("5.3", there_again, "cut_again"),
    "SDPA on grids": ("5.4", last_axes, "own_row"),
    "lines by a view": ("5.5", views, "along_reshaped"),
    "the axis of the batch": ("5.5", axis_of_the_batch, "along_batch"),
    "round": ("5.6", loop_of_rounds, "rounded"),
    "int of a fraction": ("5.6", loop_of_ints, "divided_double"),
    "nearest-exact": ("5.6", nearest_exact, "middle"),
    "a slice below 0": ("5.7", python_slices, "negative_start"),
    "a rolled box": ("5.7", rolled, "wrapped"),
    "pad and unfold": ("5.8", unfolded, "padded"),
    "rolled keys": ("5.8", rolled_keys, "wrapped"),
    "a band too narrow": ("5.8", band, "less_than"),
    "whole windows": ("5.9", whole_windows, "unclipped"),
    "a map without floor": ("5.11", floats_of_the_map, "not_floored"),
    "no map": ("5.11", not_mapped, "unmapped"),
    "each axis by itself": ("5.12", all_smaller, "each_axis"),
}


@pytest.mark.parametrize(
    ("exercise_id", "attempt", "name"), SLIPS.values(), ids=list(SLIPS)
)
@pytest.mark.parametrize("seed", SEEDS)
def test_common_slips_are_named(
    exercise_id: str, attempt: Attempt, name: str, seed: int
) -> None:
    report = check(exercise_id, attempt, seed=seed)
    assert not report.passed
    assert diagnosis(exercise_id, name) in report.diagnosis


def test_a_count_that_is_off_by_one_is_wrong() -> None:
    right = find("5.9").solution  # type: ignore[union-attr]
    assert not check(
        "5.9", lambda sizes, context_sizes, e: right(sizes, context_sizes, e) + 1
    )


def test_a_mask_of_another_dtype_is_told() -> None:
    right = find("5.7").solution  # type: ignore[union-attr]
    report = check("5.7", lambda cell, sizes, extent: right(cell, sizes, extent).int())
    assert report.status == "wrong dtype"
    assert "The numbers are right" in report.diagnosis


# --------------------------------------------------------------- the answers are true


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
    mask = find("5.12").solution(sizes)[cell]  # type: ignore[union-attr]
    cells = torch.cartesian_prod(*map(torch.arange, sizes))
    smaller = (cells < torch.tensor(cell)).all(-1)
    assert f"= **{int(smaller.sum())}** cells" in text
    assert f"1 · 30 + 2 · 6 + 3 = **{int(mask.sum()) - 1}** cells come earlier" in text
    assert f"with the cell itself: {int(mask.sum())}." in text
