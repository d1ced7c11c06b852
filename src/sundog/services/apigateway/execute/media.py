"""Media types: which payloads are binary, and what contentHandling makes of them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Final, Literal

JSON: Final = "application/json"

Handling = Literal["", "CONVERT_TO_BINARY", "CONVERT_TO_TEXT"]


class NotBase64(ValueError):
    """A payload that was to become binary is no Base64 text."""


def media_type(header: str | None) -> str:
    """The first type of a Content-Type or Accept header, without its parameters; JSON where there is none."""
    if not header:
        return JSON
    return header.partition(",")[0].partition(";")[0].strip().lower() or JSON


class BinaryTypes:
    """The binaryMediaTypes of an API; ``*/*`` and ``image/*`` stand for many."""

    def __init__(self, types: Iterable[str]) -> None:
        named = {text.lower() for text in types}
        self._all = "*/*" in named
        self._groups = tuple(text[:-1] for text in named if text.endswith("/*") and text != "*/*")
        self._exact = frozenset(named)

    def __bool__(self) -> bool:
        return bool(self._exact)

    def has(self, header: str | None) -> bool:
        """Whether the first type of the header is a binary one."""
        if self._all:
            return True
        if not self._exact or not header:
            return False
        found = media_type(header)
        return found in self._exact or found.startswith(self._groups)


def as_text(payload: bytes) -> str:
    """UTF-8; what is not becomes replacement characters, as on AWS (recorded)."""
    return payload.decode("utf-8", "replace")


def request_payload(body: bytes, *, is_binary: bool, handling: str) -> bytes:
    """The body of a request as its integration shall see it. Raises `NotBase64`."""
    if is_binary:
        return base64.b64encode(body) if handling == "CONVERT_TO_TEXT" else body
    if handling == "CONVERT_TO_BINARY":
        return decoded(body)
    return body if body.isascii() else as_text(body).encode()


def response_payload(body: bytes, *, is_binary: bool, wants_binary: bool, handling: str) -> bytes:
    """The body of an integration's answer as the client shall see it.

    ``is_binary``: what the answer's type says; ``wants_binary``: what the request's Accept header says.
    Raises `NotBase64`.
    """
    if handling == "CONVERT_TO_BINARY":
        return body if is_binary else decoded(body)
    if handling == "CONVERT_TO_TEXT":
        return base64.b64encode(body) if is_binary else as_text(body).encode()
    return body if is_binary or wants_binary or body.isascii() else as_text(body).encode()


def decoded(text: bytes) -> bytes:
    """What Base64 text stands for. Raises `NotBase64`."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotBase64(str(error)) from None
