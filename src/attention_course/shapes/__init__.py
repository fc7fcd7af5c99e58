"""What may come in: one line above a function says it, and its body is the idea alone.

``@checked(query="... Tq d_k", key="... Tk d_k")`` looks at the arguments before the
function runs. Axes are named in words, separated by spaces:

* a name (``Tq``) matches one axis of any size and remembers that size,
* a number (``3``) matches one axis of exactly that size,
* ``{sizes}`` is what the layer keeps under that name, one number or several,
* a leading ``...`` matches any number of further axes, none included.

The same name stands for the same size in every argument of a call, and for the layer's
own number if it keeps one under that name (``d_model``). A name that starts with ``d_``
is the length of a vector, so its size is at least 1. An error names the argument, what
was expected, and what came.
"""

from .basics import (
    check_axes,
    check_boolean,
    check_broadcast,
    check_cell_mask,
    check_drawn,
    check_dtype,
    check_integer,
    check_leading,
    check_mask,
    check_positive,
    check_scores,
    check_sizes,
    check_whole,
    finite,
)  # fmt: skip
from .call import Call
from .decorator import checked, of_python, remember_arguments
from .rules import (
    Rule,
    along,
    any_dtype,
    boolean,
    by_patch,
    causal_grid,
    cells_of,
    divides,
    each_axis,
    flag,
    integers,
    may_attend,
    one_of,
    padding,
    positive,
    several,
    whole,
)  # fmt: skip
from .values import (
    a,
    check_list,
    check_number,
    check_text,
    check_texts,
    checked_labels,
    file_path,
    function,
    integer,
    network,
    number,
    some_of,
    some_strings,
    string,
    string_pairs,
    strings,
    up_to,
)  # fmt: skip

__all__ = [
    "Call", "Rule", "a", "along", "any_dtype", "boolean", "by_patch", "causal_grid",
    "cells_of", "check_axes", "check_boolean", "check_broadcast", "check_cell_mask",
    "check_drawn", "check_dtype", "check_integer", "check_leading", "check_list", "check_mask",
    "check_number", "check_positive", "check_scores", "check_sizes", "check_text", "check_texts",
    "check_whole", "checked", "checked_labels", "divides", "each_axis", "file_path", "finite",
    "flag", "function", "integer", "integers", "may_attend", "network", "number", "of_python",
    "one_of", "padding", "positive", "remember_arguments", "several", "some_of", "some_strings",
    "string", "string_pairs", "strings", "up_to", "whole",
]  # fmt: skip
