"""Header lines as values: order, case and repetitions kept; what gateways drop, rename and overwrite.

The table is AWS's: docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

Pairs = tuple[tuple[str, str], ...]
"""Header lines in order, names in the case they were written."""

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
REMAPPED_PREFIX: Final = "x-amzn-Remapped-"

DROPPED_FROM_REQUESTS: Final = frozenset(
    (
        "connection",
        "content-length",
        "content-md5",
        "expect",
        "max-forwards",
        "proxy-authenticate",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "www-authenticate",
    )
)
"""A client's own that no integration sees."""

DROPPED_FOR_ENDPOINTS: Final = frozenset(("content-encoding", "via"))
"""A client's own that HTTP endpoints behind a proxy do not see either."""

REMAPPED_IN_RESPONSES: Final = frozenset(
    (
        "authorization",
        "connection",
        "content-length",
        "content-md5",
        "date",
        "max-forwards",
        "server",
        "user-agent",
        "www-authenticate",
        "x-amz-apigw-id",
        "x-amzn-requestid",
    )
)
"""An integration's own that the client gets under another name."""

DROPPED_FROM_RESPONSES: Final = frozenset(
    ("expect", "host", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade", "via")
)
"""An integration's own that no client sees."""

OF_THE_CONNECTION: Final = frozenset(
    ("connection", "content-length", "keep-alive", "transfer-encoding", "upgrade")
)
"""Follow from the connection and the body: nobody above may set them."""


def values_of(pairs: Iterable[tuple[str, str]], name: str) -> list[str]:
    """Every value of ``name``, whatever its case."""
    wanted = name.lower()
    return [value for found, value in pairs if found.lower() == wanted]


def last_of(pairs: Iterable[tuple[str, str]], name: str) -> str | None:
    """The last value of ``name``, whatever its case: what wins where only one can be kept."""
    found = values_of(pairs, name)
    return found[-1] if found else None


def without(pairs: Iterable[tuple[str, str]], names: frozenset[str]) -> Pairs:
    """The lines whose names (in lower case) are not among ``names``."""
    return tuple((name, value) for name, value in pairs if name.lower() not in names)


def remapped(pairs: Iterable[tuple[str, str]]) -> Pairs:
    """What a client gets of an integration's header lines; names that HTTP does not have are left out."""
    return tuple(
        (f"{REMAPPED_PREFIX}{name}" if name.lower() in REMAPPED_IN_RESPONSES else name, one_line(value))
        for name, value in pairs
        if name.lower() not in DROPPED_FROM_RESPONSES and _NAME.fullmatch(name)
    )


def one_line(value: str) -> str:
    """A value that ends no line early: what is no text in it becomes blanks."""
    return value if value.isprintable() else _CONTROL.sub(" ", value)


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Values by name; names that differ in case only are one, spelled as the first time."""
    spelled: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(spelled.setdefault(name.lower(), name), []).append(value)
    return found


def flat(headers: Mapping[str, str | list[str]]) -> Iterator[tuple[str, str]]:
    """Lines of a mapping whose values may be lists."""
    for name, value in headers.items():
        if isinstance(value, list):
            yield from ((name, one) for one in value)
        else:
            yield name, value
