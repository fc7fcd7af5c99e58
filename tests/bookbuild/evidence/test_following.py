"""What the experiments on real video share: flow is sampled right, masks become cells."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from bookbuild.evidence import following


def with_flow(monkeypatch, rows, columns):
    """Let a stand-in for OpenCV find the same motion everywhere, in pixels."""

    def calc(later, earlier, start):
        assert later.dtype == earlier.dtype == np.uint8
        flow = np.zeros((*later.shape, 2), np.float32)
        flow[..., 0], flow[..., 1] = columns, rows  # OpenCV has x first
        return flow

    search = SimpleNamespace(calc=calc)
    stand_in = SimpleNamespace(
        DISOPTICAL_FLOW_PRESET_MEDIUM=1,
        DISOpticalFlow_create=lambda preset: search,
    )
    monkeypatch.setitem(sys.modules, "cv2", stand_in)


@pytest.mark.parametrize(("rows", "columns"), [(0, 0), (4, -2), (-2, 6)])
def test_flow_fetches_from_where_it_points(monkeypatch, rows, columns):
    with_flow(monkeypatch, rows, columns)
    fetch = following.fetch_by_flow(torch.rand(3, 22, 26, 3))
    values = torch.rand(2, 11, 13, 3)  # the last of the earlier frames counts
    found = fetch(slice(0, 2), 2, values)
    down, right = rows // 2, columns // 2  # in cells
    inner = found[3:-3, 3:-3]
    expected = values[1, 3 + down : 8 + down, 3 + right : 10 + right]
    torch.testing.assert_close(inner, expected, atol=1e-4, rtol=0)


def test_half_a_cell_is_the_mean_of_two(monkeypatch):
    with_flow(monkeypatch, 0, 1)
    values = torch.rand(1, 11, 13, 1)
    found = following.fetch_by_flow(torch.rand(2, 22, 26, 3))(slice(0, 1), 1, values)
    expected = (values[0, :, 3:9] + values[0, :, 4:10]) / 2
    torch.testing.assert_close(found[:, 3:9], expected, atol=1e-4, rtol=0)


def test_a_cell_of_a_mask_is_its_share_of_pixels():
    mask = torch.zeros(4, 6, dtype=torch.bool)
    mask[0, :3] = True
    cells = following.on_cells(mask)
    assert cells.shape == (2, 3, 1)
    assert cells[..., 0].tolist() == [[0.5, 0.25, 0.0], [0.0, 0.0, 0.0]]


def test_a_mask_that_is_told_each_time_fits_and_one_left_in_place_does_not():
    masks = {n: following.on_cells(m) for n, m in following.clip_masks().items()}

    def told(earlier, later, values):
        return masks.get(later, values[-1])

    found = following.overlaps(told)
    assert found["mean"] == 1
    assert set(found) == {"mean", *(f"frame {n}" for n in sorted(masks)[1:])}
    left = following.overlaps(following.lab.fetch_same_place)
    assert 0.6 < left["mean"] < 0.8
