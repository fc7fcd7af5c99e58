"""Chapter 5: the solutions agree with the package and torch."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from attention_course import (
    attention,
    embedding,
    grid_attention,
    grid_models,
    self_attention,
)
from attention_course.exercises import (
    Exercise,
    solution,
)
from tests.exercises.helpers import (
    CODE,
    SEEDS,
    by_id,
    cases,
    code,
)

MINE = [exercise for exercise in CODE if exercise.id.startswith("5.")]


def test_no_exercise_takes_a_name_that_the_chapter_uses() -> None:
    modules = (attention, embedding, self_attention, grid_attention, grid_models)
    taken = {name for module in modules for name in module.__all__}
    names = [exercise.solution.__name__ for exercise in MINE]
    assert taken.isdisjoint(names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("exercise", MINE, ids=by_id)
def test_stub_and_solution_fit_the_page_and_need_only_tensor(
    exercise: Exercise,
) -> None:
    lines = [*exercise.stub.splitlines(), *solution(exercise.id).text.splitlines()]
    assert max(map(len, lines)) <= 84, max(lines, key=len)
    # Compiled as in a notebook, which evaluates annotations; it imports Tensor only.
    exec(compile(exercise.stub, "stub", "exec", dont_inherit=True), {"Tensor": Tensor})


@pytest.mark.parametrize("seed", SEEDS)
def test_tokens_are_the_package_s_and_the_way_back_undoes_them(seed: int) -> None:
    back = code("5.3").solution
    for video_to_tokens, (video, patch) in cases("5.2", seed):
        tokens = video_to_tokens(video, patch)
        assert torch.equal(tokens, embedding.patchify(video, patch).flatten(1, 3))
        assert torch.equal(back(tokens, tuple(video.shape[1:4]), patch), video)


@pytest.mark.parametrize("seed", SEEDS)
def test_tokens_to_video_is_the_package_s(seed: int) -> None:
    for tokens_to_video, (tokens, sizes, patch) in cases("5.3", seed):
        counts = [size // p for size, p in zip(sizes, patch, strict=True)]
        expected = embedding.unpatchify(tokens.unflatten(1, counts), patch)
        assert torch.equal(tokens_to_video(tokens, sizes, patch), expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_full_attention_is_the_package_s(seed: int) -> None:
    for attend_to_all_cells, grids in cases("5.4", seed):
        expected, _ = grid_attention.full_attention(*grids)
        torch.testing.assert_close(attend_to_all_cells(*grids), expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_axial_attention_is_the_package_s(seed: int) -> None:
    axes = set()
    for attend_along, (query, key, value, axis) in cases("5.5", seed):
        expected, _ = grid_attention.axial_attention(query, key, value, axis)
        torch.testing.assert_close(attend_along(query, key, value, axis), expected)
        axes.add(axis)
    assert axes == {0, 1, 2}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_map_is_the_package_s(seed: int) -> None:
    for matching_cells, (cells, sizes, context_sizes) in cases("5.6", seed):
        mapped = grid_attention.map_cells(sizes, context_sizes)
        expected = [along[cells[:, axis]] for axis, along in enumerate(mapped)]
        found = matching_cells(cells, sizes, context_sizes)
        assert torch.equal(found, torch.stack(expected, dim=-1))
        assert bool((found < torch.tensor(context_sizes)).all())


@pytest.mark.parametrize("seed", SEEDS)
def test_the_neighbourhood_is_the_package_s(seed: int) -> None:
    for near_mask, (cell, sizes, extent) in cases("5.7", seed):
        cells, inside = grid_attention.neighbourhood(sizes, sizes, extent)
        near = cells[cell][inside[cell]]  # flat numbers of the neighbours
        mask = near_mask(cell, sizes, extent)
        assert mask.dtype == torch.bool
        assert mask.flatten().nonzero().flatten().tolist() == near.tolist()


def test_the_map_of_the_statement() -> None:
    match = code("5.6").solution
    place = match(torch.tensor([[5, 10, 3]]), (8, 16, 16), (4, 8, 8))
    assert place.tolist() == [[2, 5, 1]]
    assert "= (2, 5, 1)" in code("5.6").statement


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


@pytest.mark.parametrize("seed", SEEDS)
def test_near_and_earlier_is_both_masks(seed: int) -> None:
    for both, (cell, sizes, extent) in cases("5.16", seed):
        near = code("5.7").solution(cell, sizes, extent)
        earlier = code("5.12").solution(sizes)[cell]
        assert torch.equal(both(cell, sizes, extent), near & earlier)


@pytest.mark.parametrize("seed", SEEDS)
def test_add_grid_positions_cell_by_cell(seed: int) -> None:
    for add, (x, for_frames, for_rows, for_columns) in cases("5.17", seed):
        out = add(x, for_frames, for_rows, for_columns)
        for i, j, k in torch.ones(x.shape[1:4]).nonzero().tolist():
            position = for_frames[i] + for_rows[j] + for_columns[k]
            torch.testing.assert_close(out[:, i, j, k], x[:, i, j, k] + position)
