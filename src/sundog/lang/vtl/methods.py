"""What templates may call: methods of strings, numbers, lists and maps, named as in Java.

A template reaches these tables and nothing else: no attribute of a Python object is ever looked up.
Lengths and positions count characters, so those outside the basic plane count one (in Java two).
A TypeError means that Java has no such overload: the reference is undefined.
Other errors are Java's exceptions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sundog.lang.vtl.errors import RenderError
from sundog.lang.vtl.java_format import java_format
from sundog.lang.vtl.values import (
    LIST_ITEMS_MAX,
    TEXT_CHARACTERS_MAX,
    ArrayList,
    Entry,
    Method,
    Scripted,
    java_text,
)

# What a method that returns nothing gives.
VOID = ""
NAMED_GROUP = re.compile(r"\(\?<(?=[A-Za-z])")
QUOTE = re.compile(r"\\Q(.*?)(?:\\E|\Z)", re.DOTALL)
POSIX: Final[Mapping[str, str]] = {
    r"\p{Alpha}": "[a-zA-Z]",
    r"\p{Digit}": "[0-9]",
    r"\p{Alnum}": "[a-zA-Z0-9]",
    r"\p{Upper}": "[A-Z]",
    r"\p{Lower}": "[a-z]",
    r"\p{Punct}": r"[!-/:-@\[-`{-~]",
    r"\p{Space}": r"[ \t\n\x0b\f\r]",
    r"\p{L}": r"[^\W\d_]",
    r"\p{N}": r"\d",
}
GROUP = re.compile(r"\\(.)|\$(?:(\d)|\{(\w+)\})", re.DOTALL)


def pattern_of(regex: str) -> re.Pattern[str]:
    """A regular expression of Java as one of Python. Raises re.error."""
    regex = QUOTE.sub(lambda quoted: re.escape(quoted[1]), regex)
    for java, python in POSIX.items():
        regex = regex.replace(java, python)
    return re.compile(NAMED_GROUP.sub("(?P<", regex))


def _replace_regex(text: str, regex: str, replacement: str, count: int) -> str:
    pattern = pattern_of(_string(regex))
    replacement = _string(replacement)
    length = len(text)

    def expand(match: re.Match[str]) -> str:
        nonlocal length
        new = GROUP.sub(lambda g: g[1] or match[int(g[2]) if g[2] else g[3]] or "", replacement)
        length += len(new)
        _bounded(length)
        return new

    return pattern.sub(expand, text, count=count)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _double(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError
    return float(value)


def _bounded(length: int) -> None:
    if length > TEXT_CHARACTERS_MAX:
        raise RenderError("A string is too long")


def _replace(text: str, old: str, new: str) -> str:
    _bounded(len(text) + text.count(old) * len(new))
    return text.replace(old, new)


def _repeat(text: str, count: int) -> str:
    if _integer(count) < 0:
        raise ValueError("count is negative")
    _bounded(len(text) * count)
    return text * count


def _substring(text: str, start: int, stop: int | None = None) -> str:
    end = len(text) if stop is None else _integer(stop)
    if not 0 <= _integer(start) <= end <= len(text):
        raise IndexError(f"begin {start}, end {end}, length {len(text)}")
    return text[start:end]


def _char_at(text: str, position: int) -> str:
    if not 0 <= _integer(position) < len(text):
        raise IndexError(f"index {position}, length {len(text)}")
    return text[position]


def _split(text: str, regex: str, limit: int = 0) -> list[str]:
    """Without empty parts at the end, unless a limit says how many parts there may be."""
    parts: list[str] = []
    start = 0
    for match in pattern_of(_string(regex)).finditer(text):
        if match.end() == 0:
            continue
        if limit > 0 and len(parts) == limit - 1:
            break
        parts.append(text[start : match.start()])
        start = match.end()
    if not parts:
        return ArrayList([text])
    parts.append(text[start:])
    while limit == 0 and parts and not parts[-1]:
        parts.pop()
    return ArrayList(parts)


def _char(needle: Any) -> str:
    return chr(needle) if isinstance(needle, int) else _string(needle)


def _index_of(text: str, needle: Any, start: int = 0) -> int:
    return text.find(_char(needle), min(max(0, _integer(start)), len(text)))


def _last_index_of(text: str, needle: Any, last: int | None = None) -> int:
    if last is None:
        return text.rfind(_char(needle))
    return -1 if _integer(last) < 0 else text.rfind(_char(needle), 0, last + len(_char(needle)))


def _starts_with(text: str, part: str, start: int) -> bool:
    return start >= 0 and text.startswith(part, start)


def _hash(text: str) -> int:
    result = 0
    for unit in text.encode("utf-16-be", "surrogatepass").hex(" ", 2).split():
        result = (31 * result + int(unit, 16)) & 0xFFFFFFFF
    return result - (1 << 32) if result >= 1 << 31 else result


def _compare(left: str, right: str) -> int:
    right = _string(right)
    for one, other in zip(left, right, strict=False):
        if one != other:
            return ord(one) - ord(other)
    return len(left) - len(right)


def _parse_int(text: str, radix: int = 10) -> int:
    text = _string(text)
    if not re.fullmatch(r"[+-]?[0-9A-Za-z]+", text):
        raise ValueError(f'For input string: "{text}"')
    return int(text, radix)


STRING: Final[Mapping[str, Method]] = {
    "length": lambda s: len(s),
    "isEmpty": lambda s: not s,
    "isBlank": lambda s: not s.strip(),
    "toUpperCase": lambda s: s.upper(),
    "toLowerCase": lambda s: s.lower(),
    "trim": lambda s: s.strip("".join(map(chr, range(33)))),
    "strip": lambda s: s.strip(),
    "stripLeading": lambda s: s.lstrip(),
    "stripTrailing": lambda s: s.rstrip(),
    "repeat": _repeat,
    "substring": _substring,
    "subSequence": lambda s, start, stop: _substring(s, start, stop),
    "charAt": _char_at,
    "codePointAt": lambda s, position: ord(_char_at(s, position)),
    "indexOf": _index_of,
    "lastIndexOf": _last_index_of,
    "contains": lambda s, part: _string(part) in s,
    "startsWith": lambda s, part, start=0: _starts_with(s, _string(part), _integer(start)),
    "endsWith": lambda s, part: s.endswith(_string(part)),
    "equals": lambda s, other: s == other,
    "contentEquals": lambda s, other: s == other,
    "equalsIgnoreCase": lambda s, other: isinstance(other, str) and s.casefold() == other.casefold(),
    "compareTo": _compare,
    "compareToIgnoreCase": lambda s, other: _compare(s.lower(), _string(other).lower()),
    "concat": lambda s, other: s + _string(other),
    "replace": lambda s, old, new: _replace(s, _char(old), _char(new)),
    "replaceAll": lambda s, regex, new: _replace_regex(s, regex, new, 0),
    "replaceFirst": lambda s, regex, new: _replace_regex(s, regex, new, 1),
    "matches": lambda s, regex: pattern_of(_string(regex)).fullmatch(s) is not None,
    "split": _split,
    "toCharArray": lambda s: ArrayList(s),
    "getBytes": lambda s, charset="UTF-8": ArrayList(
        byte - 256 if byte > 127 else byte for byte in s.encode(_string(charset))
    ),
    "hashCode": _hash,
    "toString": lambda s: s,
    "intern": lambda s: s,
    "format": lambda s, template, *arguments: java_format(_string(template), _varargs(arguments)),
    "valueOf": lambda s, value: java_text(value),
    "join": lambda s, glue, *parts: _string(glue).join(map(_string, _varargs(parts))),
}


def _varargs(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(arguments[0]) if len(arguments) == 1 and isinstance(arguments[0], list) else arguments


def _wrapped(value: float, bits: int) -> int:
    rest = int(value) & ((1 << bits) - 1)
    return rest - (1 << bits) if rest >> (bits - 1) else rest


def _order(left: float, right: Any) -> int:
    if isinstance(right, bool) or not isinstance(right, int | float):
        raise TypeError
    return (left > right) - (left < right)


def _value_of(number: Any, value: Any, radix: int = 10) -> float:
    """``valueOf`` of the class of ``number``."""
    if isinstance(number, float):
        return float(value) if isinstance(value, str) else _double(value)
    return _parse_int(value, _integer(radix)) if isinstance(value, str) else _integer(value)


NUMBER: Final[Mapping[str, Method]] = {
    "intValue": lambda n: _wrapped(n, 32),
    "longValue": lambda n: _wrapped(n, 64),
    "shortValue": lambda n: _wrapped(n, 16),
    "byteValue": lambda n: _wrapped(n, 8),
    "doubleValue": lambda n: float(n),
    "floatValue": lambda n: float(n),
    "toString": lambda n, value=None, radix=10: java_text(n if value is None else value),
    "valueOf": lambda n, value, *radix: _value_of(n, value, *radix),
    "equals": lambda n, other: type(n) is type(other) and n == other,
    "compareTo": _order,
    "compare": lambda n, left, right: _order(left, right),
}
INTEGER: Final[Mapping[str, Method]] = {
    **NUMBER,
    "hashCode": lambda n: _wrapped(n ^ (n >> 32), 32) if n.bit_length() > 31 else n,
    "parseInt": lambda n, text, radix=10: _parse_int(text, _integer(radix)),
    "parseLong": lambda n, text, radix=10: _parse_int(text, _integer(radix)),
    "toHexString": lambda n, value: format(_integer(value) & 0xFFFFFFFF, "x"),
    "toBinaryString": lambda n, value: format(_integer(value) & 0xFFFFFFFF, "b"),
    "toOctalString": lambda n, value: format(_integer(value) & 0xFFFFFFFF, "o"),
    "signum": lambda n, value: (value > 0) - (value < 0),
    "max": lambda n, left, right: max(_integer(left), _integer(right)),
    "min": lambda n, left, right: min(_integer(left), _integer(right)),
    "sum": lambda n, left, right: _integer(left) + _integer(right),
}
DOUBLE: Final[Mapping[str, Method]] = {
    **NUMBER,
    "parseDouble": lambda n, text: float(_string(text)),
    "isNaN": lambda n: n != n,
    "isInfinite": lambda n: n in (float("inf"), float("-inf")),
    "max": lambda n, left, right: max(_double(left), _double(right)),
    "min": lambda n, left, right: min(_double(left), _double(right)),
    "sum": lambda n, left, right: _double(left) + _double(right),
}
BOOLEAN: Final[Mapping[str, Method]] = {
    "booleanValue": lambda b: b,
    "toString": lambda b: java_text(b),
    "equals": lambda b, other: b is other,
    "valueOf": lambda b, value: value if isinstance(value, bool) else _string(value).lower() == "true",
    "parseBoolean": lambda b, text: _string(text).lower() == "true",
    "hashCode": lambda b: 1231 if b else 1237,
    "compareTo": lambda b, other: int(b) - int(other),
}


class Iterator(Scripted):
    """``iterator()`` of a list or set."""

    __slots__ = ("at", "items")

    def __init__(self, items: list[Any]) -> None:
        self.items = items
        self.at = 0

    def take(self) -> Any:
        if self.at >= len(self.items):
            raise ValueError("NoSuchElementException")
        self.at += 1
        return self.items[self.at - 1]


Iterator.methods = {"hasNext": lambda it: it.at < len(it.items), "next": Iterator.take}


def _position(items: list[Any], position: int, past: int = 0) -> int:
    if not 0 <= _integer(position) < len(items) + past:
        raise IndexError(f"Index {position} out of bounds for length {len(items)}")
    return position


def _add_item(items: list[Any], *arguments: Any) -> Any:
    _room(items, 1)
    if len(arguments) == 1:
        items.append(arguments[0])
        return True
    position, value = arguments
    items.insert(_position(items, position, 1), value)
    return VOID


def _room(items: list[Any], count: int) -> None:
    if len(items) + count > LIST_ITEMS_MAX:
        raise RenderError("A list is too long")


def _add_all(items: list[Any], more: list[Any]) -> bool:
    if not isinstance(more, list):
        raise TypeError
    _room(items, len(more))
    items.extend(list(more))
    return bool(more)


def _set_item(items: list[Any], position: int, value: Any) -> Any:
    old = items[_position(items, position)]
    items[position] = value
    return old


def _remove_item(items: list[Any], what: Any) -> Any:
    if isinstance(what, int) and not isinstance(what, bool):
        return items.pop(_position(items, what))
    return _remove_value(items, what)


def _remove_value(items: list[Any], value: Any) -> bool:
    if value not in items:
        return False
    items.remove(value)
    return True


def _keep(items: list[Any], others: list[Any], *, wanted: bool) -> bool:
    kept = [item for item in items if (item in others) is wanted]
    changed = len(kept) != len(items)
    items[:] = kept
    return changed


def _sub_list(items: list[Any], start: int, stop: int) -> ArrayList:
    if not 0 <= _integer(start) <= _integer(stop) <= len(items):
        raise IndexError(f"{start}, {stop}")
    return ArrayList(items[start:stop])


def _clear(container: list[Any] | dict[Any, Any]) -> str:
    container.clear()
    return VOID


LIST: Final[Mapping[str, Method]] = {
    "size": lambda items: len(items),
    "isEmpty": lambda items: not items,
    "get": lambda items, position: items[_position(items, position)],
    "add": _add_item,
    "addAll": _add_all,
    "set": _set_item,
    "remove": _remove_item,
    "removeAll": lambda items, others: _keep(items, others, wanted=False),
    "retainAll": lambda items, others: _keep(items, others, wanted=True),
    "contains": lambda items, value: value in items,
    "containsAll": lambda items, others: all(other in items for other in others),
    "indexOf": lambda items, value: items.index(value) if value in items else -1,
    "lastIndexOf": lambda items, value: len(items) - 1 - items[::-1].index(value) if value in items else -1,
    "subList": _sub_list,
    "clear": _clear,
    "iterator": Iterator,
    "toArray": lambda items: ArrayList(items),
    "clone": lambda items: type(items)(items),
    "equals": lambda items, other: items == other,
    "toString": java_text,
}


def _put(values: dict[Any, Any], key: Any, value: Any) -> Any:
    if len(values) >= LIST_ITEMS_MAX:
        raise RenderError("A map is too large")
    old = values.get(key)
    values[key] = value
    return old


def _put_all(values: dict[Any, Any], more: dict[Any, Any]) -> str:
    if not isinstance(more, dict):
        raise TypeError
    values.update(more)
    return VOID


def _put_if_absent(values: dict[Any, Any], key: Any, value: Any) -> Any:
    old = values.get(key)
    if old is None:
        values[key] = value
    return old


MAP: Final[Mapping[str, Method]] = {
    "get": lambda values, key: values.get(key),
    "getOrDefault": lambda values, key, default: values.get(key, default),
    "put": _put,
    "putAll": _put_all,
    "putIfAbsent": _put_if_absent,
    "replace": lambda values, key, value: _put(values, key, value) if key in values else None,
    "clone": lambda values: dict(values),
    "remove": lambda values, key: values.pop(key, None),
    "size": lambda values: len(values),
    "isEmpty": lambda values: not values,
    "containsKey": lambda values, key: key in values,
    "containsValue": lambda values, value: value in values.values(),
    "keySet": lambda values: ArrayList(values),
    "values": lambda values: ArrayList(values.values()),
    "entrySet": lambda values: ArrayList(Entry(key, value) for key, value in values.items()),
    "clear": _clear,
    "equals": lambda values, other: values == other,
    "toString": java_text,
}

METHODS: Final[Mapping[type, Mapping[str, Method]]] = {
    str: STRING,
    int: INTEGER,
    float: DOUBLE,
    bool: BOOLEAN,
    list: LIST,
    ArrayList: LIST,
    dict: MAP,
}
