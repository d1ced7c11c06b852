"""``String.format``: the conversions that templates use."""

from __future__ import annotations

import re
from typing import Any

from sundog.lang.vtl.values import java_text

SPECIFIER = re.compile(r"%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])")
WIDTH_MAX = 10_000


def java_format(template: str, arguments: tuple[Any, ...]) -> str:
    """Raises ValueError where Java raises IllegalFormatException."""
    taken = iter(arguments)

    def replace(match: re.Match[str]) -> str:
        position, flags, width, precision, conversion = match.groups()
        if int(width or 0) > WIDTH_MAX or int(precision or 0) > WIDTH_MAX:
            raise ValueError("The width is too large")
        if conversion == "n":
            return "\n"
        if conversion == "%":
            return "%".rjust(int(width or 0))
        try:
            value = arguments[int(position) - 1] if position else next(taken)
        except (StopIteration, IndexError):
            raise ValueError(f"Format specifier '{match[0]}'") from None
        text = _converted(value, flags, precision, conversion)
        return _padded(text, flags, int(width or 0))

    return SPECIFIER.sub(replace, template)


def _converted(value: Any, flags: str, precision: str | None, conversion: str) -> str:
    lower = conversion.lower()
    match lower:
        case "s":
            text = java_text(value)
            text = text if precision is None else text[: int(precision)]
        case "b":
            text = java_text(value if isinstance(value, bool) else value is not None)
        case "c":
            text = chr(value) if isinstance(value, int) else java_text(value)[:1]
        case "d":
            text = _signed(int(_number(value, int)), "," in flags, flags, "d")
        case "x" | "o":
            text = format(int(_number(value, int)), lower)
        case "e" | "f":
            digits = f".{6 if precision is None else int(precision)}{lower}"
            text = _signed(float(_number(value, float)), "," in flags, flags, digits)
        case _:
            raise ValueError(f"Conversion = '{conversion}'")
    return text.upper() if conversion.isupper() else text


def _number(value: Any, kind: type) -> Any:
    if isinstance(value, bool) or not isinstance(value, kind):
        raise ValueError(f"{java_text(value)} cannot be formatted as {kind.__name__}")
    return value


def _signed(value: float, grouped: bool, flags: str, digits: str) -> str:
    sign = "+" if "+" in flags else " " if " " in flags else "-"
    return format(value, f"{sign}{',' if grouped else ''}{digits}")


def _padded(text: str, flags: str, width: int) -> str:
    if "-" in flags:
        return text.ljust(width)
    return text.zfill(width) if "0" in flags else text.rjust(width)
