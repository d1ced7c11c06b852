"""HTTP endpoints as integrations: one request out, its answer back, whole or as it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import yarl

from sundog.bus import HttpClient, HttpFailure
from sundog.front.headers import OF_THE_CONNECTION, Pairs, one_line, without

ANSWER_BYTES_MAX: Final = 10 * 1024 * 1024
"""What a gateway takes from an integration."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request. ``url`` is encoded as it shall be sent; ``pairs`` are all its headers but the host's."""

    method: str
    url: str
    pairs: Pairs = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an integration answered. ``chunks``, where given, come after ``body``."""

    status: int
    pairs: Pairs = ()
    body: bytes = b""
    chunks: AsyncIterator[bytes] | None = None


async def call_http(
    client: HttpClient, request: Outgoing, *, timeout_ms: int, verify_tls: bool = True
) -> Answer:
    """The whole answer. Raises `HttpFailure` where there is none in time or it is too large."""
    answer = await client.send(
        request.method,
        _url(request.url),
        headers=_lines(request),
        body=request.body,
        timeout_ms=timeout_ms,
        verify_tls=verify_tls,
        body_bytes_max=ANSWER_BYTES_MAX,
        is_exact=True,
    )
    return Answer(answer.status, answer.pairs, answer.body)


async def stream_http(
    client: HttpClient, request: Outgoing, *, timeout_ms: int, idle_ms: int, verify_tls: bool = True
) -> Answer:
    """The head of the answer; its body is in ``chunks``. Raises `HttpFailure`, also while they are read."""
    stream = await client.stream(
        request.method,
        _url(request.url),
        headers=_lines(request),
        body=request.body,
        timeout_ms=timeout_ms,
        idle_ms=idle_ms,
        verify_tls=verify_tls,
    )
    return Answer(stream.status, stream.pairs, chunks=stream.chunks)


def _url(text: str) -> yarl.URL:
    """Raises `HttpFailure` where it is no URL of HTTP."""
    try:
        url = yarl.URL(text, encoded=True)
    except ValueError as error:
        raise HttpFailure("url", f"{text} is not a URL") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise HttpFailure("url", f"{text} is not a URL")
    return url


def _lines(request: Outgoing) -> Pairs:
    """Without what the connection writes by itself, nor what would end a header line early."""
    return tuple((name, one_line(value)) for name, value in without(request.pairs, OF_THE_CONNECTION))
