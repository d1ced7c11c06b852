"""What Step Functions adds to JSONata, and takes away from it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sundog.ids import Ids
from sundog.lang.intrinsics.functions import HASHES
from sundog.lang.intrinsics.java_random import JavaRandom
from sundog.lang.plain_json import read_json

RANGE_MAX: Final = 360_145
"""Beyond this AWS's memory bound refuses $range (measured: floci-io/floci pull request 2790)."""


class FunctionFailed(Exception):
    """A function of Step Functions' own refuses its arguments. ``ending`` ends AWS's sentence."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.ending = f". {code}: {message}" if code else f": {message}"


@dataclass(frozen=True, slots=True)
class Function:
    """``compute`` gets None for an argument that is undefined; its None is undefined."""

    name: str
    signature: str
    compute: Callable[..., Any]


def _partition(array: list[Any] | None, size: float | None) -> list[Any] | None:
    if array is None or size is None or int(size) == 0:
        return None
    length = int(size)
    if length < 0:
        raise FunctionFailed("The chunk size of $partition must be a positive number")
    return [array[i : i + length] for i in range(0, len(array), length)]


def _range(first: float | None, last: float | None, step: float | None) -> list[int] | None:
    """Both ends belong to it; numbers are cut to whole ones."""
    if first is None or last is None or step is None or int(step) == 0:
        return None
    start, stop, by = int(first), int(last), int(step)
    numbers = range(start, stop + (1 if by > 0 else -1), by)
    if len(numbers) > RANGE_MAX:
        raise FunctionFailed("Expression evaluation memory limit exceeded: Check for excessive memory usage")
    return list(numbers)


def _hash(text: str | None, algorithm: str | None) -> str | None:
    if text is None or algorithm is None:
        return None
    if algorithm not in HASHES:
        raise FunctionFailed(f"Unsupported hash algorithm: {algorithm}")
    content = text.encode("utf-8", "surrogatepass")
    return hashlib.new(HASHES[algorithm], content, usedforsecurity=False).hexdigest()


def _parse(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return read_json(text)
    except ValueError:
        raise FunctionFailed("The argument of $parse is not valid JSON") from None


FUNCTIONS: Final = (
    Function("partition", "<an:a>", _partition),
    Function("range", "<nnn:a>", _range),
    Function("hash", "<ss:s>", _hash),
    Function("parse", "<s:x>", _parse),
)


def chance(ids: Ids) -> dict[str, Any]:
    """Bindings of one evaluation: what needs chance, and ``$eval``, which is no function here."""

    def seeded_random(*arguments: Any) -> float:
        seed = arguments[0] if arguments else None
        is_number = isinstance(seed, int | float) and not isinstance(seed, bool)
        if len(arguments) > 1 or (seed is not None and not is_number):
            raise _wrong_arguments("random", min(len(arguments), 2))
        return ids.random() if seed is None else JavaRandom(int(seed)).fraction()

    def uuid(*arguments: Any) -> str:
        if arguments:
            raise _wrong_arguments("uuid", 1)
        return ids.uuid()

    return {"random": seeded_random, "uuid": uuid, "eval": None}


def _wrong_arguments(name: str, position: int) -> FunctionFailed:
    message = f'Argument {position} of function "{name}" does not match function signature'
    return FunctionFailed(message, "T0410")
