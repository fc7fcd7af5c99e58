"""How much of its time a search has left: one clock that everything asks."""

from __future__ import annotations

from time import monotonic, process_time

__all__ = ["Deadline", "OutOfTime"]

ASLEEP = 15.0  # so many times its seconds by the clock: then a search only waits


class OutOfTime(Exception):
    """What comes next would take longer than is left."""


class Deadline:
    """The end of a search, in processor time, so that it does not depend on the machine's load.

    Args:
        seconds: how long the search may take.
        within: another deadline, which holds too.
    """

    def __init__(self, seconds: float, within: Deadline | None = None) -> None:
        self._end = process_time() + seconds
        self._end_by_the_clock = monotonic() + ASLEEP * seconds
        if within is not None:
            self._end = min(self._end, within._end)
            self._end_by_the_clock = min(
                self._end_by_the_clock, within._end_by_the_clock
            )

    @property
    def left(self) -> float:
        """Give the seconds that are left, 0 or less where the time is up."""
        if monotonic() > self._end_by_the_clock:
            return 0.0
        return self._end - process_time()

    @property
    def over(self) -> bool:
        """Say whether the time is up."""
        return self.left <= 0

    def part(self, seconds: float) -> Deadline:
        """Make a deadline for a part of the search: it ends no later than this one."""
        return Deadline(seconds, self)

    def ask(self, cost: float = 0.0) -> None:
        """Ask for time.

        Args:
            cost: the seconds that what comes next takes at least.

        Raises:
            OutOfTime: there is not so much left.
        """
        if self.left <= cost:
            raise OutOfTime
