"""Exercises: a file for each, in a folder for each chapter, and the checker for all.

``check("1.3", lookup)`` runs a reader's function and names the mistake,
``hint("1.3")`` gives the next hint, ``solution("1.3")`` shows the tested solution, and
``progress()`` sums up what you have passed.
"""

from .checker import Exercise, Mistake, Question
from .checker.progress import Progress, progress
from .checker.registry import discover, exercises, find, hint, solution
from .checker.report import Listing, Note, Report
from .checker.run import check

discover(__path__, __name__)

__all__ = [
    "Exercise",
    "Listing",
    "Mistake",
    "Note",
    "Progress",
    "Question",
    "Report",
    "check",
    "exercises",
    "find",
    "hint",
    "progress",
    "solution",
]
