"""Exercises: one module a chapter, and the frame that checks them.

``check("1.3", lookup)`` runs a reader's function and names the mistake,
``hint("1.3")`` gives the next hint, ``solution("1.3")`` shows the tested solution, and
``progress()`` sums up what you have passed.
"""

from .attention import EXERCISES as _CHAPTER_3
from .embedding import EXERCISES as _CHAPTER_1
from .encoder_decoder import EXERCISES as _CHAPTER_2
from .frame import (
    Exercise,
    Question,
    Wrong,
    check,
    exercises,
    find,
    hint,
    primes,
    register,
    solution,
)
from .grid_attention import EXERCISES as _CHAPTER_5
from .progress import Progress, progress
from .report import Listing, Note, Report
from .self_attention import EXERCISES as _CHAPTER_4

register(*_CHAPTER_1)
register(*_CHAPTER_2)
register(*_CHAPTER_3)
register(*_CHAPTER_4)
register(*_CHAPTER_5)

__all__ = [
    "Exercise",
    "Listing",
    "Note",
    "Progress",
    "Question",
    "Report",
    "Wrong",
    "check",
    "exercises",
    "find",
    "hint",
    "primes",
    "progress",
    "register",
    "solution",
]
