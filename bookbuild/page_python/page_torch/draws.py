"""Random numbers as torch draws them on the CPU: the same seed, the same numbers.

torch's generator is the Mersenne Twister that numpy has too; what differs is how its 32-bit
words become numbers. With the same inputs, a report in the page has the words of the notebook's.
"""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Draws", "Generator", "default_generator"]

Array = NDArray[Any]
FIRST_SEED = 67280421310721  # torch's, before anybody sets one


class Generator:
    """``torch.Generator``: a stream of random numbers with a seed."""

    def __init__(self, device: Any = "cpu") -> None:
        self.device = device
        self.manual_seed(FIRST_SEED)

    def manual_seed(self, seed: int) -> Generator:
        """Begin anew."""
        self._seed = int(seed)
        self._bits: Any = np.random.MT19937()
        self._bits._legacy_seeding(self._seed % 2**32)
        self._left: float | None = None  # normal numbers come in twos
        return self

    def initial_seed(self) -> int:
        """Tell the seed."""
        return self._seed

    def get_state(self) -> Any:
        """Give all that the next numbers depend on."""
        return copy.deepcopy((self._seed, self._bits.state, self._left))

    def set_state(self, state: Any) -> Generator:
        """Go back to a state."""
        self._seed, self._bits.state, self._left = copy.deepcopy(state)
        return self

    def rng(self) -> Draws:
        """Give the stream as pyborch asks for it."""
        return Draws(self)

    def words(self, n: int) -> Array:
        """Draw 32-bit words."""
        return np.asarray(self._bits.random_raw(n), dtype=np.uint64)

    def uniform(self, n: int) -> Array:
        """Draw from [0, 1), 24 bits each."""
        return ((self.words(n) & np.uint64(2**24 - 1)) / 2.0**24).astype(np.float32)

    def uniform_double(self) -> float:
        """Draw one from [0, 1) with 53 bits."""
        high, low = (int(word) for word in self.words(2))
        return ((high << 32 | low) & (2**53 - 1)) / 2.0**53

    def normal(self, n: int) -> Array:
        """Draw normal numbers: one by one below 16, else sixteen at a time (Box and Muller)."""
        if n < 16:
            return np.array([self._one_normal() for _ in range(n)], dtype=np.float32)
        drawn = self.uniform(n)
        for begin in range(0, n - 15, 16):
            _sixteen(drawn[begin : begin + 16])
        if n % 16:
            drawn[n - 16 :] = self.uniform(16)
            _sixteen(drawn[n - 16 :])
        return drawn

    def _one_normal(self) -> float:
        if self._left is not None:
            left, self._left = self._left, None
            return left
        turn, size = self.uniform_double(), self.uniform_double()
        radius, angle = math.sqrt(-2 * math.log1p(-size)), 2 * math.pi * turn
        self._left = radius * math.sin(angle)
        return radius * math.cos(angle)

    def below(self, limit: int, n: int) -> Array:
        """Draw integers from 0 to less than ``limit``."""
        return (self.words(n) % np.uint64(limit)).astype(np.int64)

    def permutation(self, n: int) -> Array:
        """Shuffle ``0 … n - 1``."""
        order = np.arange(n)
        for i in range(n - 1):
            other = i + int(self.below(n - i, 1)[0])
            order[i], order[other] = order[other], order[i]
        return order


def _sixteen(numbers: Array) -> None:
    size, turn = np.float32(1) - numbers[:8], numbers[8:].copy()
    radius = np.sqrt(np.float32(-2) * np.log(size))
    angle = np.float32(2 * math.pi) * turn
    numbers[:8], numbers[8:] = radius * np.cos(angle), radius * np.sin(angle)


default_generator = Generator()


class Draws:
    """The stream of one generator, asked as pyborch asks numpy's."""

    def __init__(self, generator: Generator) -> None:
        self.generator = generator

    def random(self, shape: Any = ()) -> Array:
        """Draw from [0, 1)."""
        return self.generator.uniform(math.prod(_shape(shape))).reshape(_shape(shape))

    def uniform(self, low: float, high: float, shape: Any = ()) -> Array:
        """Draw from [low, high)."""
        width = np.float32(high) - np.float32(low)
        return np.asarray(self.random(shape) * width + np.float32(low))

    def standard_normal(self, shape: Any = ()) -> Array:
        """Draw normal numbers."""
        return self.generator.normal(math.prod(_shape(shape))).reshape(_shape(shape))

    def normal(self, mean: Any, std: Any, shape: Any = ()) -> Array:
        """Draw normal numbers of a mean and a spread."""
        return np.asarray(self.standard_normal(shape) * np.float32(std) + mean)

    def integers(self, low: int, high: int, shape: Any = ()) -> Array:
        """Draw integers from ``low`` to less than ``high``."""
        n = math.prod(_shape(shape))
        return low + self.generator.below(high - low, n).reshape(_shape(shape))

    def permutation(self, n: int) -> Array:
        """Shuffle ``0 … n - 1``."""
        return self.generator.permutation(n)


def _shape(shape: Any) -> tuple[int, ...]:
    return (int(shape),) if np.ndim(shape) == 0 else tuple(map(int, shape))
