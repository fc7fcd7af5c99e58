"""Axis checks: what they accept, what they say when they do not."""

import numpy as np
import pytest
import torch

from attention_course.shapes import (
    check_axes,
    check_boolean,
    check_broadcast,
    check_cell_mask,
    check_dtype,
    check_integer,
    check_leading,
    check_mask,
    check_positive,
    check_scores,
    check_sizes,
)

INTEGERS = [
    torch.uint8, torch.uint16, torch.uint32, torch.uint64,
    torch.int8, torch.int16, torch.int32, torch.int64,
]  # fmt: skip


def test_names_bind_sizes_across_arguments():
    sizes = check_axes("query", torch.ones(2, 3, 5), "... Tq d_k")
    assert sizes == {"Tq": 3, "d_k": 5}
    assert check_axes("key", torch.ones(7, 5), "... Tk d_k", sizes) == {
        "Tq": 3,
        "Tk": 7,
        "d_k": 5,
    }
    assert sizes == {"Tq": 3, "d_k": 5}, "the caller's mapping is left as it was"


def test_no_leading_axes_are_needed():
    assert check_axes("x", torch.ones(4), "... T") == {"T": 4}


def test_a_wrong_size_names_argument_axis_and_shape():
    message = r"^key: expected axes \(\.\.\., Tk, d_k\) with d_k = 5, got d_k = 7, shape \(3, 7\)$"
    with pytest.raises(ValueError, match=message):
        check_axes("key", torch.ones(3, 7), "... Tk d_k", {"d_k": 5})


def test_a_wrong_rank_names_axes_and_shape():
    with pytest.raises(
        ValueError, match=r"x: expected axes \(T, D\), got 3 axes, shape \(2, 3, 5\)"
    ):
        check_axes("x", torch.ones(2, 3, 5), "T D")
    with pytest.raises(
        ValueError, match=r"x: expected axes \(\.\.\., T, D\), got 1 axes"
    ):
        check_axes("x", torch.ones(5), "... T D")


def test_a_fixed_size_is_enforced():
    assert check_axes("points", torch.ones(3, 2), "n 2") == {"n": 3}
    with pytest.raises(
        ValueError, match=r"points: expected axes \(n, 2\), got shape \(3, 5\)"
    ):
        check_axes("points", torch.ones(3, 5), "n 2")


def test_the_same_name_twice_must_agree_within_one_argument():
    with pytest.raises(ValueError, match="with T = 3, got T = 5"):
        check_axes("square", torch.ones(3, 5), "T T")


def test_a_vector_has_at_least_one_number_but_a_sequence_may_be_empty():
    assert check_axes("key", torch.ones(0, 5), "... Tk d_k") == {"Tk": 0, "d_k": 5}
    with pytest.raises(
        ValueError,
        match=r"^key: expected axes \(\.\.\., Tk, d_k\) with d_k of size at least 1, "
        r"got shape \(3, 0\)$",
    ):
        check_axes("key", torch.ones(3, 0), "... Tk d_k")


def test_types():
    with pytest.raises(TypeError, match=r"x: expected a tensor \(T,\), got list"):
        check_axes("x", [1.0], "T")  # type: ignore[arg-type]
    with pytest.raises(
        TypeError, match="x: expected a floating-point tensor, got torch.int64"
    ):
        check_axes("x", torch.arange(3), "T")
    assert check_axes("x", torch.arange(3), "T", floating=False) == {"T": 3}


def test_leading_axes_that_broadcast_pass_and_others_are_listed():
    check_broadcast(query=torch.ones(2, 1, 5, 7), key=torch.ones(3, 11, 7))
    with pytest.raises(
        ValueError, match=r"query, key: .*query \(2, 5, 7\), key \(3, 11, 7\)"
    ):
        check_broadcast(query=torch.ones(2, 5, 7), key=torch.ones(3, 11, 7))


def test_leading_axes_that_are_the_same_pass_and_others_are_listed():
    check_leading("H W", query=torch.ones(2, 3, 5, 7), key=torch.ones(2, 3, 11, 13))
    check_leading("H W", query=torch.ones(5, 7), key=torch.ones(11, 13))
    for other in [(2, 1, 5, 7), (3, 5, 7), (5, 7)]:
        with pytest.raises(
            ValueError,
            match=r"^query, key: expected the same axes before \(H, W\), "
            r"got query \(2, 3, 5, 7\), key \(",
        ):
            check_leading("H W", query=torch.ones(2, 3, 5, 7), key=torch.ones(other))


def test_one_dtype():
    check_dtype(query=torch.ones(2), key=torch.ones(3))
    with pytest.raises(
        ValueError,
        match="^query, key: expected one dtype, got torch.float32, torch.float64$",
    ):
        check_dtype(query=torch.ones(2), key=torch.ones(2).double())


def test_tensors_without_numbers_are_checked_too():
    on_meta = torch.ones(2, device="meta")
    check_dtype(query=on_meta, key=on_meta)
    with pytest.raises(ValueError, match="expected one dtype"):
        check_dtype(query=on_meta, key=on_meta.double())


def test_dtypes_are_torchs_business_under_autocast():
    with torch.autocast("cpu"):
        check_dtype(query=torch.ones(2), key=torch.ones(2).bfloat16())


def test_scores_have_one_number_for_each_query_and_key():
    query, key = torch.ones(2, 1, 5, 7), torch.ones(3, 11, 13)
    check_scores("score", torch.ones(2, 3, 5, 11), query, key)
    for wrong in [(2, 3, 11, 5), (3, 5, 11), (2, 3, 5, 11, 1), (1, 2, 3, 5, 11), ()]:
        with pytest.raises(ValueError, match=r"^score: .*\(2, 3, 5, 11\), got shape"):
            check_scores("score", torch.ones(wrong), query, key)
    with pytest.raises(TypeError, match=r"^score: expected a tensor .*got float"):
        check_scores("score", 1.0, query, key)  # type: ignore[arg-type]


def test_masks():
    scores = torch.Size((2, 3, 5))
    for shape in [(3, 5), (2, 3, 5), (1, 5), (3, 1), (5,), (7, 2, 3, 5)]:
        check_mask("mask", torch.ones(shape, dtype=torch.bool), scores)
    with pytest.raises(
        TypeError, match="mask: expected a boolean tensor .*got torch.float32"
    ):
        check_mask("mask", torch.ones(3, 5), scores)
    with pytest.raises(TypeError, match="got list"):
        check_mask("mask", [True], scores)  # type: ignore[arg-type]
    with pytest.raises(
        ValueError, match=r"mask: .*scores' shape \(2, 3, 5\), got shape \(5, 3\)"
    ):
        check_mask("mask", torch.ones(5, 3, dtype=torch.bool), scores)


def test_a_boolean_mask_of_any_shape():
    check_boolean("mask", torch.ones(3, 5, dtype=torch.bool))
    check_boolean("mask", torch.tensor(True))
    for wrong, got in [(torch.ones(3), "torch.float32"), ([True], "list")]:
        with pytest.raises(TypeError, match=f"^mask: expected a boolean .*got {got}$"):
            check_boolean("mask", wrong)  # type: ignore[arg-type]


def test_masks_of_cells():
    def check(mask):
        check_cell_mask("mask", mask, "... H W", {"H": 5, "W": 7}, (2, 3))

    for shape in [(5, 7), (3, 5, 7), (2, 3, 5, 7), (2, 1, 5, 7)]:
        check(torch.ones(shape, dtype=torch.bool))
    for wrong, got in [(torch.ones(5, 7), "torch.float32"), ([True], "list")]:
        with pytest.raises(TypeError, match=f"^mask: expected a boolean .*got {got}$"):
            check(wrong)
    for shape in [(7, 5), (5, 1), (7,)]:
        with pytest.raises(ValueError, match=r"^mask: expected axes \(\.\.\., H, W\)"):
            check(torch.ones(shape, dtype=torch.bool))
    for shape in [(2, 5, 7), (11, 2, 3, 5, 7), (1, 2, 3, 5, 7)]:
        with pytest.raises(
            ValueError,
            match=r"^mask: expected leading axes that broadcast to \(2, 3\), got shape",
        ):
            check(torch.ones(shape, dtype=torch.bool))


def test_a_mask_larger_than_the_scores_is_refused():
    mask = torch.ones(3, 5, dtype=torch.bool)
    for one_key_or_query in [(3, 1), (1, 5)]:
        with pytest.raises(ValueError, match=r"got shape \(3, 5\)"):
            check_mask("mask", mask, torch.Size(one_key_or_query))


def test_integers():
    check_integer("ids", torch.tensor([0, 6]), below=7)
    check_integer("ids", torch.empty(0, dtype=torch.long), below=7)
    with pytest.raises(IndexError, match="ids: expected integers from 0 to 6, got 7"):
        check_integer("ids", torch.tensor([0, 7]), below=7)
    with pytest.raises(IndexError, match="got -1"):
        check_integer("ids", torch.tensor([-1, 3]), below=7)
    for wrong in (torch.tensor([1.0]), torch.tensor([True]), torch.tensor([1j])):
        with pytest.raises(
            TypeError, match=f"ids: expected an integer tensor, got {wrong.dtype}"
        ):
            check_integer("ids", wrong, below=7)
    with pytest.raises(TypeError, match="got int"):
        check_integer("ids", 3, below=7)  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_of_every_dtype(dtype):
    check_integer("ids", torch.tensor([0, 6], dtype=dtype), below=7)
    with pytest.raises(IndexError, match="ids: expected integers from 0 to 6, got 7$"):
        check_integer("ids", torch.tensor([[0, 7]], dtype=dtype), below=7)
    largest = torch.iinfo(dtype).max
    with pytest.raises(IndexError, match=f"got {largest}$"):
        check_integer("ids", torch.tensor(largest, dtype=dtype), below=7)
    if dtype.is_signed:
        with pytest.raises(IndexError, match="got -1$"):
            check_integer("ids", torch.tensor([3, -1], dtype=dtype), below=7)


def test_positive_numbers():
    check_positive(d_model=1, n_heads=np.int16(3), length=torch.tensor(5))
    with pytest.raises(ValueError, match="d_model: expected a positive integer, got 0"):
        check_positive(d_model=0)
    for wrong in (2.0, True, "2", None, np.float64(2), np.bool_(True), [2]):
        with pytest.raises(TypeError, match="d_model: expected an integer, got"):
            check_positive(d_model=wrong)  # type: ignore[arg-type]


def test_one_size_or_several():
    assert check_sizes("patch", 3) == check_sizes("patch", np.int64(3)) == (3,)
    found = check_sizes("patch", [np.uint8(200), 5])
    assert found == (200, 5)
    assert [type(size) for size in found] == [int, int]
    for wrong in (16.0, (2, 3.0), "16", None):
        with pytest.raises(TypeError, match="patch: expected an integer, got"):
            check_sizes("patch", wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="patch: expected a positive integer, got -2"):
        check_sizes("patch", (3, -2))


def test_a_given_number_of_sizes_and_sizes_from_zero():
    assert check_sizes("extent", (0, 1, 2), n_axes=3, at_least=0) == (0, 1, 2)
    assert check_sizes("extent", 0, n_axes=1, at_least=0) == (0,)
    with pytest.raises(
        ValueError, match="^extent: expected an integer from 0 up, got -1$"
    ):
        check_sizes("extent", (0, -1, 2), at_least=0)
    with pytest.raises(ValueError, match="^sizes: expected a positive integer, got 0$"):
        check_sizes("sizes", (0, 1, 2), n_axes=3)
    for wrong in [(3, 5), (2, 3, 5, 7), 2]:
        with pytest.raises(
            ValueError, match="^sizes: expected 3 integers, got [124]: "
        ):
            check_sizes("sizes", wrong, n_axes=3)
