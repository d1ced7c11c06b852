"""java.util.Random: a seed gives AWS's own numbers. ``$random(42)`` is 0.7275636800328681.

The linear congruential formula is documented: https://docs.oracle.com/javase/8/docs/api/java/util/Random.html
"""

from __future__ import annotations

from typing import Final

_MULTIPLIER: Final = 0x5DEECE66D
_MASK: Final = (1 << 48) - 1


class JavaRandom:
    def __init__(self, seed: int) -> None:
        self._state = (seed ^ _MULTIPLIER) & _MASK

    def _bits(self, count: int) -> int:
        self._state = (self._state * _MULTIPLIER + 0xB) & _MASK
        return self._state >> (48 - count)

    def fraction(self) -> float:
        """From 0 up to, not including, 1."""
        return ((self._bits(26) << 27) + self._bits(27)) / (1 << 53)

    def below(self, bound: int) -> int:
        """A whole number from 0 up to, not including, ``bound``."""
        if bound & (bound - 1) == 0:
            return (bound * self._bits(31)) >> 31
        while True:
            bits = self._bits(31)
            number = bits % bound
            if bits - number + bound - 1 < 1 << 31 or bound > 1 << 31:
                return number
