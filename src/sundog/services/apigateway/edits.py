"""What patches do at each kind of spot, and how the texts they bring become values."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from sundog.services.apigateway.errors import BadRequestException, NotFoundException
from sundog.services.apigateway.model import Body
from sundog.services.apigateway.patching import Change, Edit, Segments

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,10}")
_INTEGER_MAX: Final = (1 << 31) - 1
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{0,15})?")

Read = Callable[[str], Any]
"""The value that a text stands for. Raises BadRequestException."""


def text(value: str) -> str:
    return value


def flag(value: str) -> bool:
    """Everything but true is false."""
    return value.lower() == "true"


def integer(value: str) -> int:
    if not _INTEGER.fullmatch(value) or abs(int(value)) > _INTEGER_MAX:
        raise BadRequestException(f"Invalid patch value '{value}' specified. Must be an integer")
    return int(value)


def number(value: str) -> float:
    if not _NUMBER.fullmatch(value):
        raise BadRequestException(f"Invalid patch value '{value}' specified. Must be a number")
    return float(value)


# What happens at a spot


def member(*path: str, read: Read = text, blank: Any = None) -> Edit:
    """Sets a member, or removes it. An empty value removes it too: AWS forgets empty texts.

    ``blank``: what an empty value means for a member that must not be missing; a flag is false then.
    """
    if read is flag:
        blank = False

    def edit(body: Body, change: Change) -> None:
        holder = _holder(body, path[:-1], creates=change.op != "remove")
        if change.op != "remove" and change.value:
            holder[path[-1]] = read(change.value)
        elif blank is not None:
            holder[path[-1]] = blank
        else:
            holder.pop(path[-1], None)
        _prune(body, path[:-1])

    return edit


def entry(*path: str, read: Read = text, empty: str = "", absent: str = "") -> Edit:
    """Sets or removes the entry of a map that the last segment names.

    ``empty``: the message about an empty value, where there is one; ``absent``: about an entry to replace or
    remove that is not there, where that is a mistake.
    """

    def edit(body: Body, change: Change) -> None:
        entries, name = _holder(body, path, creates=change.op != "remove"), change.segments[-1]
        if empty and not change.value and change.op != "remove":
            raise BadRequestException(empty)
        if absent and change.op != "add" and name not in entries:
            raise NotFoundException(absent)
        if change.op == "remove":
            entries.pop(name, None)
        else:
            entries[name] = read(change.value or "")
        _prune(body, path)

    return edit


def item(*path: str) -> Edit:
    """A list as a set of texts: the last segment names the one that is added, removed, or replaced."""

    def edit(body: Body, change: Change) -> None:
        items = _list(body, path)
        if change.op == "add":
            _add(items, change.segments[-1])
        else:
            _remove(items, change.segments[-1])
        if change.op == "replace":
            _add(items, change.value or "")
        _prune(body, path)

    return edit


def items(*path: str) -> Edit:
    """A list as a set of texts: the value is added or removed; without a value everything goes."""

    def edit(body: Body, change: Change) -> None:
        found = _list(body, path)
        if change.op == "add":
            _add(found, change.value or "")
        elif change.op == "replace":
            found[:] = [part.strip() for part in (change.value or "").split(",") if part.strip()]
        elif change.value:
            _remove(found, change.value)
        else:
            found.clear()
        _prune(body, path)

    return edit


def first_item(*path: str) -> Edit:
    """A list of one text: whatever the segment says, the value takes its place."""

    def edit(body: Body, change: Change) -> None:
        _list(body, path)[:] = [change.value or ""]

    return edit


def ignored(_body: Body, _change: Change) -> None:
    """AWS takes it and does nothing."""


def _holder(body: Body, path: Segments, *, creates: bool) -> Body:
    holder = body
    for name in path:
        inner = holder.get(name)
        if inner is None:
            inner = {}
            if creates:
                holder[name] = inner
        holder = inner
    return holder


def _list(body: Body, path: Segments) -> list[str]:
    found: list[str] = _holder(body, path[:-1], creates=True).setdefault(path[-1], [])
    return found


def _add(items: list[str], value: str) -> None:
    if value and value not in items:
        items.append(value)


def _remove(items: list[str], value: str) -> None:
    if value in items:
        items.remove(value)


def _prune(body: Body, path: Segments) -> None:
    """Maps and lists that have become empty are gone: AWS does not show them."""
    for length in range(len(path), 0, -1):
        holder = _holder(body, path[: length - 1], creates=False)
        if holder.get(path[length - 1]) in ({}, []):
            del holder[path[length - 1]]
