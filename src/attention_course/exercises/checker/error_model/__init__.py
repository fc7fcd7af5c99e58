"""Near answers: what an exercise's solution becomes by one mistake, or by two.

Rules rewrite the solution's syntax tree, each with a clause that tells what it did. A
near answer whose numbers are the reader's names the reader's mistake (Singh, Gulwani and
Solar-Lezama 2013, "Automated feedback generation for introductory programming
assignments"). ``source`` has the tree, ``axes`` to ``whole`` the rules, ``search`` finds
what fits.
"""

from .repair import Repairs
from .search import LARGE, NearAnswers, Seen, is_known, size

__all__ = ["LARGE", "NearAnswers", "Repairs", "Seen", "is_known", "size"]
