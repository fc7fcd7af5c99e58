"""The line above a function: what it lets through, what it says, what it leaves alone."""

import copy
import inspect
import math
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from attention_course import show
from attention_course.attention import attend, dot_score
from attention_course.data.sequences import Pair
from attention_course.self_attention import MultiHeadAttention
from attention_course.shapes import (
    a,
    any_dtype,
    boolean,
    checked,
    divides,
    each_axis,
    file_path,
    flag,
    function,
    integer,
    integers,
    may_attend,
    network,
    number,
    one_of,
    padding,
    positive,
    remember_arguments,
    several,
    some_of,
    some_strings,
    string,
    string_pairs,
    strings,
    up_to,
    whole,
)


@checked(query="... Tq d_k", key="... Tk d_k", scale=positive)
def compare(query, key, *, scale=None):
    """Compare."""
    return query @ key.mT * (scale or 1)


class Layer(nn.Module):
    def __init__(self, d_model=3):
        super().__init__()
        self.d_model = d_model
        self.weight = nn.Parameter(torch.ones(d_model))

    @checked(x="... T d_model", context="... Tk d_model or x")
    def forward(self, x, context=None):
        return (x if context is None else context) * self.weight


def test_the_function_behind_it_runs_with_what_was_given():
    query, key = torch.randn(2, 3, 5), torch.randn(2, 7, 5)
    expected = query @ key.mT
    assert torch.equal(compare(query, key), expected)
    assert torch.equal(compare(key=key, query=query), expected)
    assert torch.equal(compare(query, key=key, scale=2), 2 * expected)
    assert torch.equal(compare(query, key, scale=None), expected)


def test_axes_leading_axes_and_dtypes_are_compared_between_arguments():
    query, key = torch.randn(2, 3, 5), torch.randn(2, 7, 5)
    with pytest.raises(
        ValueError,
        match=r"^key: expected axes \(\.\.\., Tk, d_k\) with d_k = 5, got d_k = 4, "
        r"shape \(2, 7, 4\)$",
    ):
        compare(query, key[..., :4])
    with pytest.raises(
        ValueError, match="^query, key: expected leading axes that broa"
    ):
        compare(query, key.expand(3, 2, 7, 5).transpose(0, 1))
    with pytest.raises(ValueError, match="^query, key: expected one dtype, got "):
        compare(query, key.double())
    with pytest.raises(ValueError, match="^scale: expected a positive integer, got 0"):
        compare(query, key, scale=0)
    with pytest.raises(TypeError, match="^query: expected a tensor .*, got NoneType"):
        compare(None, key)


def test_what_python_says_about_arguments_stays_what_it_says():
    query = torch.randn(3, 5)
    with pytest.raises(
        TypeError, match="missing 1 required positional argument: 'key'"
    ):
        compare(query)
    with pytest.raises(TypeError, match="unexpected keyword argument 'keys'"):
        compare(query, keys=query)
    with pytest.raises(
        TypeError, match="takes 2 positional arguments but 3 were given"
    ):
        compare(query, query, 2)


def test_a_layer_brings_sizes_and_dtype_of_its_own():
    layer = Layer()
    with pytest.raises(ValueError, match=r"^x: .* with d_model = 3, got d_model = 4"):
        layer(torch.ones(2, 4))
    with pytest.raises(
        ValueError,
        match="^x: expected torch.float32, as the layer has, got torch.float64",
    ):
        layer(torch.ones(2, 3).double())
    assert Layer(np.int64(3))(torch.ones(2, 3)).shape == (2, 3)
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(torch.ones(2, 3).bfloat16()).shape == (2, 3)


def test_one_argument_can_stand_in_for_another():
    layer = Layer()
    x, context = torch.ones(2, 3), torch.full((5, 3), 2.0)
    assert torch.equal(layer(x), x)
    assert torch.equal(layer(x, None), x)
    assert torch.equal(layer(x, context), context)
    with pytest.raises(ValueError, match="^context: expected axes"):
        layer(x, context[:, :2])


def test_the_layer_s_numbers_stand_in_braces():
    class Picture:
        sizes = (5, 7)

        @checked(image="B {sizes} C")
        def look(self, image):
            return image.shape

    assert Picture().look(torch.ones(2, 5, 7, 1)) == (2, 5, 7, 1)
    with pytest.raises(ValueError, match=r"expected axes \(B, 5, 7, C\), got shape"):
        Picture().look(torch.ones(2, 7, 5, 1))


def test_grids_that_must_have_the_same_leading_axes_and_a_cell():
    @checked(grid="... H W d", context="... H' W' d", same="H W d")
    def look(grid, context):
        return True

    assert look(torch.ones(2, 3, 4, 5), torch.ones(2, 6, 7, 5))
    with pytest.raises(
        ValueError, match=r"^grid, context: expected the same axes before"
    ):
        look(torch.ones(2, 3, 4, 5), torch.ones(1, 6, 7, 5))
    with pytest.raises(
        ValueError, match="^context's H, W: expected a positive integer"
    ):
        look(torch.ones(3, 4, 5), torch.ones(6, 0, 5))


def test_a_switch_is_checked_without_a_rule():
    @checked()
    def take(causal=False, *, n=0):
        return causal

    assert take(np.True_) is True
    for wrong in (1, None, "no"):
        with pytest.raises(TypeError, match="^causal: expected True or False, got"):
            take(wrong)


def test_numpys_numbers_arrive_as_pythons():
    @checked()
    def take(*given, **named):
        return [*given, *named.values()]

    taken = take(np.int64(3), np.float32(0.5), n=np.bool_(True))
    assert taken == [3, 0.5, True]
    assert list(map(type, taken)) == [int, float, bool]


RULES = [
    (any_dtype("T"), torch.ones(3).long(), torch.ones(3, 1), ValueError, "expected axes"),
    (integers("T", below="n"), torch.tensor([0, 6]), torch.tensor([7]), IndexError, "0 to 6"),
    (integers(below="n"), torch.tensor(6), torch.ones(3), TypeError, "an integer tensor"),
    (boolean("T"), torch.ones(3) > 0, torch.ones(3), TypeError, "a boolean tensor"),
    (boolean("T"), torch.ones(3) > 0, torch.ones(3, 1) > 0, ValueError, "expected axes"),
    (padding("B T"), torch.tensor([[True, False]]), torch.tensor([[False, True]]),
     ValueError, "expected real tokens first"),
    (padding("B T"), torch.ones(2, 3) > 0, torch.tensor([[True, False, True]]),
     ValueError, "expected real tokens first"),
    (positive, 1, 0, ValueError, "expected a positive integer, got 0"),
    (positive, np.int32(1), 1.0, TypeError, "expected an integer, got float"),
    (positive, torch.tensor(2), True, TypeError, "expected an integer, got bool"),
    (whole(0), 0, -1, ValueError, "expected an integer from 0 up, got -1"),
    (divides("n"), 7, 2, ValueError, "expected a number that divides n = 7, got 2"),
    (several(3), (1, 2, 3), (1, 2), ValueError, r"expected 3 integers, got 2: \(1, 2\)"),
    (several(3, one_for_all=True), 2, (2,), ValueError, "expected 3 integers"),
    (several(3), [1, 2, 3], 2, ValueError, r"expected 3 integers, got 1: \(2,\)"),
    (several(1, 2, wanted="one or two"), (1,), (1, 2, 3), ValueError, "expected one or two"),
    (several(2, at_least=0), (0, 1), (-1, 1), ValueError, "an integer from 0 up"),
    (several(2, one_for_all=True, dividing="sizes", whose="its "), 2, (2, 3), ValueError,
     r"expected sizes that divide its \(4, 8\), got \(2, 3\)"),
    (one_of(("a", "b")), "a", "c", ValueError, "expected one of a, b, got 'c'"),
    (one_of((0, 1), "0 or 1"), 1, 1.0, ValueError, "expected 0 or 1, got 1.0"),
    (one_of((0, 1), "0 or 1"), 0, True, ValueError, "expected 0 or 1, got True"),
    (strings, ["a"], "a", TypeError, "expected a list of strings, got 'a'"),
    (strings, ["a"], [1], TypeError, "expected a list of strings"),
    (flag, np.True_, 1, TypeError, "expected True or False, got 1"),
    (flag, False, "no", TypeError, "expected True or False, got 'no'"),
    (integer, -1, 1.0, TypeError, "expected an integer, got float"),
    (up_to(3, " letters"), 3, 4, ValueError, "expected at most 3 letters, got 4"),
    (up_to(3), 1, 0, ValueError, "expected a positive integer, got 0"),
    (number(), -1, True, TypeError, "expected a finite number, got True"),
    (number(), np.float32(0.5), math.nan, ValueError, "expected a finite number, got nan"),
    (number(), 1, math.inf, ValueError, "expected a finite number, got inf"),
    (number(above=0, infinite=True), math.inf, 0.0, ValueError, "a number above 0, got 0.0"),
    (number(at_least=0), 0, -0.1, ValueError, "a number of at least 0, got -0.1"),
    (number(at_least=0), 0, "1", TypeError, "a number of at least 0, got '1'"),
    (string, "", None, TypeError, "expected a string, got NoneType"),
    (strings, ("a",), None, TypeError, "expected a list of strings, got None"),
    (some_strings, ["a"], ["a", ""], ValueError, "at least one string and no empty string"),
    (some_strings, ["a"], [], ValueError, "expected at least one string"),
    (some_of(("a", "b")), ["b"], ["b", "c"], ValueError, "expected some of a, b, got 'c'"),
    (some_of(("a", "b")), ["b"], [], ValueError, "expected some of a, b, got none"),
    (some_of(("a", "b")), ["b"], "b", TypeError, "expected a list of strings, got 'b'"),
    (string_pairs, [Pair("a", "b")], "ab", TypeError, "expected pairs, .* got str"),
    (string_pairs, [Pair("a", "b")], [Pair("a", 1)], TypeError, "expected pairs, .* got Pair"),
    (string_pairs, [Pair("a", "b")], [], ValueError, "expected at least one pair, got none"),
    (file_path, Path("x"), None, TypeError, "expected a path, got None"),
    (function, len, 3, TypeError, "expected a function, got 3"),
    (network, nn.Linear(1, 1), nn.Linear, TypeError, "got the class Linear itself"),
    (a(Path), Path("x"), "x", TypeError, "expected a Path, got str"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "right", "wrong", "error", "message"), RULES)
def test_every_rule_knows_right_from_wrong(rule, right, wrong, error, message):
    @checked(x=rule)
    def take(x, n=7, sizes=(4, 8)):
        return x

    # A rule may look at other arguments only if they are checked before it.
    take = checked(n=positive, sizes=several(2), x=rule)(take.__wrapped__)
    taken = take(right)
    assert taken is right or (type(taken), taken) == (type(right.item()), right)
    with pytest.raises(error, match=f"^x: .*{message}"):
        take(wrong)


@pytest.mark.parametrize("for_all_heads", [False, True])
def test_masks_of_scores(for_all_heads):
    @checked(
        query="... Tq d",
        key="... Tk d",
        mask=may_attend("query", "key", for_all_heads=for_all_heads),
    )
    def take(query, key, *, mask=None):
        return True

    query, key = torch.ones(2, 1, 5, 3), torch.ones(4, 7, 3)
    for shape in [(5, 7), (7,), (1, 7), (5, 1), (4, 5, 7), (2, 4, 5, 7), (2, 1, 1, 7)]:
        assert take(query, key, mask=torch.ones(shape) > 0)
    for shape in [(7, 5), (5,), (3, 5, 7), (3, 2, 4, 5, 6)]:
        with pytest.raises(ValueError, match=r"^mask: .*\(2, 4, 5, 7\), got shape"):
            take(query, key, mask=torch.ones(shape) > 0)
    more = torch.ones(3, 2, 4, 5, 7) > 0
    if for_all_heads:
        with pytest.raises(ValueError, match="^mask: expected one mask for all heads"):
            take(query, key, mask=more)
    else:
        assert take(query, key, mask=more)


def test_a_rule_for_an_argument_that_is_not_there_is_refused_at_once():
    with pytest.raises(TypeError, match=r"checked: f has no \['y'\]"):

        @checked(y=positive)
        def f(x):
            return x


def test_one_number_or_one_for_each_axis():
    assert each_axis(2, 3) == (2, 2, 2)
    assert each_axis([np.int64(1), 2], 3) == (1, 2)
    assert all(type(size) is int for size in each_axis(np.int64(4), 2))


# --- what others see of it ------------------------------------------------------------


def test_name_text_and_signature_are_those_of_the_function():
    assert compare.__name__ == "compare"
    assert compare.__doc__ == "Compare."
    assert list(inspect.signature(attend).parameters) == [
        *("query", "key", "value", "mask", "score"),
    ]
    assert inspect.signature(attend).parameters["score"].default is not None
    assert inspect.unwrap(dot_score) is not dot_score


def test_the_shown_source_is_the_function_with_its_line_above():
    shown = repr(show(dot_score)).splitlines()
    assert shown[0] == '@checked(query="... Tq d_k", key="... Tk d_k")'
    assert shown[1].startswith("def dot_score(")
    assert shown[-1].strip().startswith("return query @ key.transpose(-2, -1)")
    assert len(shown) == 4
    assert "check_axes" not in repr(show(attend))


def test_functions_and_layers_can_be_pickled_and_copied():
    assert pickle.loads(pickle.dumps(attend)) is attend
    layer = MultiHeadAttention(6, 2)
    x = torch.randn(3, 6)
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert torch.equal(twin(x)[0], layer(x)[0])
        with pytest.raises(ValueError, match="^query: .* with d_model = 6"):
            twin(x[:, :5])


# --- a model's arguments --------------------------------------------------------------


class Model(nn.Module):
    @remember_arguments
    def __init__(self, size, patch=(2, 3), *, name="x", use=True, scale=None):
        super().__init__()
        self.size = each_axis(size, 2)


def test_a_model_remembers_what_builds_it_again():
    config = Model(4, use=np.False_).config
    assert config == {
        "size": (4, 4), "patch": (2, 3), "name": "x", "use": False, "scale": None,
    }  # fmt: skip
    assert Model(**config).config == config


def test_what_it_remembers_is_plain():
    config = Model(np.int64(4), [np.int32(2), 3], scale=np.float32(0.5)).config
    assert config["patch"] == (2, 3)
    values = [*config["size"], *config["patch"], config["scale"]]
    assert [type(value) for value in values] == [int, int, int, int, float]


def test_the_outermost_class_has_the_last_word():
    class Larger(Model):
        @remember_arguments
        def __init__(self, n):
            super().__init__(n + 1)

    assert Larger(3).config == {"n": 3}
