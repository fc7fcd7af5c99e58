"""Calls that the page's torch is compared with torch on: each takes torch and some data.

A name that stands in no call is not in the page's torch: see ``page_torch/there.py``.
"""

from .arithmetic import ARITHMETIC
from .helpers import data
from .indexing import INDEXING
from .layers import DTYPES, LAYERS
from .making import MAKING
from .reductions import REDUCTIONS
from .shapes import SHAPES

__all__ = ["CALLS", "data"]

CALLS = {
    "making": MAKING,
    "shapes": SHAPES,
    "arithmetic": ARITHMETIC,
    "reductions": REDUCTIONS,
    "indexing": INDEXING,
    "dtypes": DTYPES,
    "layers": LAYERS,
}
