"""HTTP to the world outside: subscribers, API destinations, integrations, identity providers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
import yarl
from aiohttp.abc import AbstractResolver, ResolveResult

Failure = Literal["timeout", "connection", "tls", "url", "size"]
BODY_BYTES_MAX = 12 * 1024 * 1024
CONNECTIONS_PER_HOST = 32
_AUTO_HEADERS = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
"""What aiohttp adds by itself."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Header names are lower case; ``pairs`` are the lines as they came."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class HttpStream:
    """An answer whose body is still to come. ``chunks`` must be read to their end, or closed."""

    status: int
    pairs: tuple[tuple[str, str], ...]
    chunks: AsyncIterator[bytes]


class HttpFailure(Exception):
    """No answer came; ``reason`` is what kind of failure, the text says more."""

    def __init__(self, reason: Failure, text: str) -> None:
        super().__init__(text)
        self.reason: Failure = reason


class HttpClient:
    """One pool of connections for the server. Names that end in ``.localhost`` are this machine.

    Real sockets live in real time: timeouts here do not follow the clock. A caller that wants
    ``clock advance`` to wait for the answer holds ``clock.busy()``, as every handler of work does.
    """

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self,
        method: str,
        url: str | yarl.URL,
        *,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
        body: bytes = b"",
        timeout_ms: int,
        verify_tls: bool = True,
        body_bytes_max: int = BODY_BYTES_MAX,
        is_exact: bool = False,
    ) -> HttpAnswer:
        """One request, redirects not followed. Raises `HttpFailure` when there is no answer in time.

        ``is_exact``: with these headers only (and what HTTP itself needs).
        """
        timeout = aiohttp.ClientTimeout(total=timeout_ms / 1_000)
        with _failures(url, timeout_ms):
            async with self._open().request(
                method,
                url,
                headers=headers,
                data=body,
                timeout=timeout,
                allow_redirects=False,
                ssl=verify_tls,
                skip_auto_headers=_AUTO_HEADERS if is_exact else (),
            ) as answer:
                found = await answer.content.read(body_bytes_max + 1)
                while len(found) <= body_bytes_max and (more := await answer.content.readany()):
                    found += more
                if len(found) > body_bytes_max:
                    raise HttpFailure("size", f"the answer of {url} is larger than {body_bytes_max} bytes")
                names = {name.lower(): value for name, value in answer.headers.items()}
                return HttpAnswer(answer.status, names, found, _lines(answer))

    async def stream(
        self,
        method: str,
        url: str | yarl.URL,
        *,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        timeout_ms: int,
        idle_ms: int,
        verify_tls: bool = True,
    ) -> HttpStream:
        """The head of the answer, within ``timeout_ms``; its body may take as long as it never stands still
        for ``idle_ms``. With these headers only. Raises `HttpFailure`, also while the chunks are read.
        """
        timeout = aiohttp.ClientTimeout(total=None, sock_read=idle_ms / 1_000)
        with _failures(url, timeout_ms):
            async with asyncio.timeout(timeout_ms / 1_000):
                answer = await self._open().request(
                    method,
                    url,
                    headers=headers,
                    data=body,
                    timeout=timeout,
                    allow_redirects=False,
                    ssl=verify_tls,
                    skip_auto_headers=_AUTO_HEADERS,
                )
        return HttpStream(answer.status, _lines(answer), _chunks(answer, url, idle_ms))

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=0, limit_per_host=CONNECTIONS_PER_HOST, resolver=_LocalhostResolver()
            )
            self._session = aiohttp.ClientSession(
                connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


def _lines(answer: aiohttp.ClientResponse) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in answer.headers.items())


async def _chunks(answer: aiohttp.ClientResponse, url: str | yarl.URL, idle_ms: int) -> AsyncIterator[bytes]:
    try:
        with _failures(url, idle_ms):
            async for chunk in answer.content.iter_any():
                yield chunk
    finally:
        answer.close()


@contextmanager
def _failures(url: str | yarl.URL, timeout_ms: int) -> Iterator[None]:
    """What can go wrong on the way, as `HttpFailure`."""
    try:
        yield
    except TimeoutError as error:
        raise HttpFailure("timeout", f"{url} did not answer within {timeout_ms} ms") from error
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
        raise HttpFailure("url", f"{url} is not a URL") from error
    except (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError) as error:
        raise HttpFailure("tls", str(error)) from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise HttpFailure("connection", str(error) or type(error).__name__) from error


class _LocalhostResolver(AbstractResolver):
    """As the machine resolves, but ``*.localhost`` is loopback everywhere (RFC 6761), not by luck."""

    def __init__(self) -> None:
        self._machine = aiohttp.ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        name = "127.0.0.1" if host.endswith(".localhost") else host
        return await self._machine.resolve(name, port, family)

    async def close(self) -> None:
        await asyncio.shield(self._machine.close())
