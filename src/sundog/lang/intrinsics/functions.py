"""The 18 functions by name, with the number of arguments each takes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sundog.ids import Ids
from sundog.lang.intrinsics.java_random import JavaRandom
from sundog.lang.intrinsics.problems import IntrinsicFailure
from sundog.lang.intrinsics.template import fill_template
from sundog.lang.plain_json import read_json

RANGE_MAX: Final = 1_000
TEXT_MAX: Final = 10_000
INTEGER_MIN, INTEGER_MAX = -(2**31), 2**31 - 1
HASHES: Final = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


@dataclass(frozen=True, slots=True)
class Function:
    arguments_min: int
    arguments_max: int
    compute: Callable[[list[Any], Ids], Any]


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise IntrinsicFailure(f"Expected an array but found {_shown(value)}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise IntrinsicFailure(f"Expected a string but found {_shown(value)}")
    return value


def _short_text(value: Any) -> str:
    text = _text(value)
    if len(text) > TEXT_MAX:
        raise IntrinsicFailure(f"The input string must not be longer than {TEXT_MAX} characters")
    return text


def _integer(value: Any) -> int:
    """Numbers are rounded half up, as Java does."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or (isinstance(value, float) and not math.isfinite(value)):
        raise IntrinsicFailure(f"Expected a number but found {_shown(value)}")
    rounded = value if isinstance(value, int) else math.floor(value + 0.5)
    if not INTEGER_MIN <= rounded <= INTEGER_MAX:
        raise IntrinsicFailure(f"The number {rounded} is out of the range of an integer")
    return rounded


def _shown(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _equal(left: Any, right: Any) -> bool:
    return left is right if isinstance(left, bool) or isinstance(right, bool) else bool(left == right)


def _array(arguments: list[Any], ids: Ids) -> list[Any]:
    return list(arguments)


def _array_partition(arguments: list[Any], ids: Ids) -> list[Any]:
    array, size = _list(arguments[0]), _integer(arguments[1])
    if size <= 0:
        raise IntrinsicFailure("The chunk size must be a positive integer")
    return [array[i : i + size] for i in range(0, len(array), size)]


def _array_contains(arguments: list[Any], ids: Ids) -> bool:
    return any(_equal(element, arguments[1]) for element in _list(arguments[0]))


def _array_range(arguments: list[Any], ids: Ids) -> list[int]:
    first, last, step = map(_integer, arguments)
    if step == 0:
        raise IntrinsicFailure("The step must not be zero")
    numbers = range(first, last + (1 if step > 0 else -1), step)
    if len(numbers) > RANGE_MAX:
        raise IntrinsicFailure(f"The array must not have more than {RANGE_MAX} elements")
    return list(numbers)


def _array_get_item(arguments: list[Any], ids: Ids) -> Any:
    array, index = _list(arguments[0]), _integer(arguments[1])
    if not 0 <= index < len(array):
        raise IntrinsicFailure(f"The index {index} is out of bounds for an array of length {len(array)}")
    return array[index]


def _array_length(arguments: list[Any], ids: Ids) -> int:
    return len(_list(arguments[0]))


def _array_unique(arguments: list[Any], ids: Ids) -> list[Any]:
    seen: dict[str, Any] = {}
    for element in _list(arguments[0]):
        seen.setdefault(json.dumps(element, sort_keys=True), element)
    return list(seen.values())


def _base64_encode(arguments: list[Any], ids: Ids) -> str:
    return base64.b64encode(_short_text(arguments[0]).encode("utf-8", "surrogatepass")).decode()


def _base64_decode(arguments: list[Any], ids: Ids) -> str:
    try:
        return base64.b64decode(_short_text(arguments[0]), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        raise IntrinsicFailure("The input is not valid Base64") from None


def _hash(arguments: list[Any], ids: Ids) -> str:
    data, algorithm = arguments
    if not isinstance(algorithm, str) or algorithm not in HASHES:
        raise IntrinsicFailure(f"The hashing algorithm must be one of {', '.join(HASHES)}")
    text = data if isinstance(data, str) else _shown(data)
    content = _short_text(text).encode("utf-8", "surrogatepass")
    return hashlib.new(HASHES[algorithm], content, usedforsecurity=False).hexdigest()


def _json_merge(arguments: list[Any], ids: Ids) -> dict[str, Any]:
    first, second, is_deep = arguments
    if not isinstance(first, dict) or not isinstance(second, dict):
        raise IntrinsicFailure("Both inputs must be JSON objects")
    if is_deep is not False:
        raise IntrinsicFailure("Only shallow merging is supported: the last argument must be false")
    return {**first, **second}


def _string_to_json(arguments: list[Any], ids: Ids) -> Any:
    text = _text(arguments[0])
    if not text.strip():
        return None
    try:
        return read_json(text)
    except ValueError:
        raise IntrinsicFailure("The input is not valid JSON") from None


def _json_to_string(arguments: list[Any], ids: Ids) -> str:
    return _shown(arguments[0])


def _math_random(arguments: list[Any], ids: Ids) -> int:
    """From the first number up to, not including, the second; a seed gives always the same number."""
    start, end, *seed = map(_integer, arguments)
    if start >= end:
        raise IntrinsicFailure("The start number must be less than the end number")
    if seed:
        return start + JavaRandom(seed[0]).below(end - start)
    return start + math.floor(ids.random() * (end - start))


def _math_add(arguments: list[Any], ids: Ids) -> int:
    return _integer(sum(map(_integer, arguments)))


def _string_split(arguments: list[Any], ids: Ids) -> list[str]:
    """Every character of the second text separates; empty pieces are left out."""
    text, separators = _text(arguments[0]), _text(arguments[1])
    for separator in separators[1:]:
        text = text.replace(separator, separators[0])
    return [piece for piece in (text.split(separators[0]) if separators else [text]) if piece]


def _uuid(arguments: list[Any], ids: Ids) -> str:
    return ids.uuid()


def _format(arguments: list[Any], ids: Ids) -> str:
    return fill_template(_text(arguments[0]), arguments[1:])


ARGUMENTS_MAX: Final = 1_000

FUNCTIONS: Final[Mapping[str, Function]] = {
    "Array": Function(0, ARGUMENTS_MAX, _array),
    "ArrayPartition": Function(2, 2, _array_partition),
    "ArrayContains": Function(2, 2, _array_contains),
    "ArrayRange": Function(3, 3, _array_range),
    "ArrayGetItem": Function(2, 2, _array_get_item),
    "ArrayLength": Function(1, 1, _array_length),
    "ArrayUnique": Function(1, 1, _array_unique),
    "Base64Encode": Function(1, 1, _base64_encode),
    "Base64Decode": Function(1, 1, _base64_decode),
    "Hash": Function(2, 2, _hash),
    "JsonMerge": Function(3, 3, _json_merge),
    "StringToJson": Function(1, 1, _string_to_json),
    "JsonToString": Function(1, 1, _json_to_string),
    "MathRandom": Function(2, 3, _math_random),
    "MathAdd": Function(2, 2, _math_add),
    "StringSplit": Function(2, 2, _string_split),
    "UUID": Function(0, 0, _uuid),
    "Format": Function(1, ARGUMENTS_MAX, _format),
}
