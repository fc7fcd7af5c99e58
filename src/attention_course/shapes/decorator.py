"""The line above a function: ``@checked`` with a rule for each argument."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

import numpy as np
import torch

from .call import Call
from .rules import Rule, flag, of_axes

P = ParamSpec("P")
R = TypeVar("R")
MISSING = object()


def checked(
    *, weight: str = "", same: str = "", **rules: str | Rule
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Check a function's arguments before it runs.

    Words are the axes of a floating-point tensor. All these tensors have one dtype, in
    a layer that of its parameters, and leading axes that broadcast. ``"... Tk d_k or
    query"`` means the query where the argument is None. Otherwise None is let through
    where it is the default.

    While ``torch.compile`` or an exporter reads the function nothing is checked: what
    they write down is the idea alone. ``benchmarks/checked.py`` has the cost of a call.

    Args:
        weight: the path of the layer's tensor that the dtypes are compared with; by
            default its first parameter.
        same: the last axes of grids, in words. The axes before them must be the same,
            not only broadcast, and no grid may be empty.
        rules: words or a rule for each argument, in the order in which they are checked;
            first the tensors, then their masks. A switch, whose default is True or
            False, needs none.

    Raises:
        TypeError: a rule for an argument that the function does not have.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        parameters = inspect.signature(function).parameters
        places = {name: place for place, name in enumerate(parameters)}
        if unknown := rules.keys() - places:
            raise TypeError(f"checked: {function.__name__} has no {sorted(unknown)}")
        switches = [
            name
            for name, parameter in parameters.items()
            if isinstance(parameter.default, bool) and name not in rules
        ]
        plan = []  # all that a call need not work out again
        for name, rule in (rules | dict.fromkeys(switches, flag)).items():
            parameter, other = parameters[name], ""
            if isinstance(rule, str):
                words, _, other = rule.partition(" or ")
                rule = of_axes(words, floating=True)
            by_name = parameter.kind is parameter.KEYWORD_ONLY
            place = sys.maxsize if by_name else places[name]
            empty = parameter.default is parameter.empty
            default = MISSING if empty else parameter.default
            plan.append((name, place, default, rule, other))
        is_method = "self" in places

        def check(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            call = Call(args[0] if is_method else None, weight, same)
            for name, place, default, rule, other in plan:
                by_place = place < len(args)
                value = args[place] if by_place else kwargs.get(name, default)
                if value is MISSING:
                    return  # Python itself names an argument that is missing
                if value is None and other:
                    value = call.given[other]
                call.given[name] = value
                if value is not None or default is not None:
                    rule(name, value, call)
            call.check_together()

        @functools.wraps(function)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            if torch.compiler.is_compiling():
                return function(*args, **kwargs)
            plain_args = tuple(map(of_python, args))
            plain_kwargs = {name: of_python(value) for name, value in kwargs.items()}
            check(plain_args, plain_kwargs)
            return function(*plain_args, **plain_kwargs)

        return wrapper

    return decorate


def of_python(value: Any) -> Any:
    """Make a number of NumPy's one of Python's; leave all else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def remember_arguments(init: Callable[P, None]) -> Callable[P, None]:
    """Let a model's constructor write its arguments down in ``self.config``.

    They are what it takes to build the model again, as plain values for
    :func:`attention_course.lab.training.save_model`: what the model keeps under an
    argument's own name counts, NumPy's numbers become Python's, and sequences tuples.
    """
    signature = inspect.signature(init)

    def plain(value: Any) -> Any:
        if isinstance(value, Sequence) and not isinstance(value, str):
            return tuple(map(plain, value))
        return of_python(value)

    @functools.wraps(init)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        init(*args, **kwargs)
        (_, model), *arguments = given.arguments.items()
        kept = vars(model)
        model.config = {name: plain(kept.get(name, x)) for name, x in arguments}

    return wrapper
