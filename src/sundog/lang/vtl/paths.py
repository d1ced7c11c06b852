"""The paths of ``$input.path(...)`` and ``$input.json(...)``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sundog.lang.jsonpath import InvalidPath, compile_path


class PathText(str):
    """A path that stands in a template, compiled with it: what is written is its text."""

    __slots__ = ("reader",)
    reader: Callable[[Any], Any]

    def __new__(cls, text: str) -> PathText:
        self = super().__new__(cls, text)
        self.reader = reader_of(text)
        return self


def reader_of(text: str) -> Callable[[Any], Any]:
    """What finds the value of a path; a malformed path raises ValueError when it is used."""
    try:
        return compile_path(text if text.startswith("$") else f"$.{text}").find
    except InvalidPath as error:
        message = str(error)

    def refuse(root: Any) -> Any:
        raise ValueError(message)

    return refuse
