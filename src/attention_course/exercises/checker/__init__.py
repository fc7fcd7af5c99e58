"""The checker: what an exercise is, and how an attempt is run, judged and recorded.

``exercise`` says what an author writes; ``registry`` finds it; ``run`` calls the
reader's function in the ``sandbox``; ``judge`` compares it with the solution and names
the mistake; ``report`` shows it; ``record`` and ``progress`` keep it.
"""

from .exercise import Args, Exercise, Mistake, Question, exercise, primes

__all__ = ["Args", "Exercise", "Mistake", "Question", "exercise", "primes"]
