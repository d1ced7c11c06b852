"""HTTP to the world outside: subscribers, API destinations, integrations, identity providers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

Failure = Literal["timeout", "connection", "tls", "url", "size"]
BODY_BYTES_MAX = 12 * 1024 * 1024
CONNECTIONS_PER_HOST = 32


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


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
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_ms: int,
        verify_tls: bool = True,
        body_bytes_max: int = BODY_BYTES_MAX,
    ) -> HttpAnswer:
        """One request, redirects not followed. Raises `HttpFailure` when there is no answer in time."""
        timeout = aiohttp.ClientTimeout(total=timeout_ms / 1_000)
        try:
            async with self._open().request(
                method,
                url,
                headers=headers,
                data=body,
                timeout=timeout,
                allow_redirects=False,
                ssl=verify_tls,
            ) as answer:
                found = await answer.content.read(body_bytes_max + 1)
                while len(found) <= body_bytes_max and (more := await answer.content.readany()):
                    found += more
                if len(found) > body_bytes_max:
                    raise HttpFailure("size", f"the answer of {url} is larger than {body_bytes_max} bytes")
                names = {name.lower(): value for name, value in answer.headers.items()}
                return HttpAnswer(answer.status, names, found)
        except TimeoutError as error:
            raise HttpFailure("timeout", f"{url} did not answer within {timeout_ms} ms") from error
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
            raise HttpFailure("url", f"{url} is not a URL") from error
        except (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError) as error:
            raise HttpFailure("tls", str(error)) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise HttpFailure("connection", str(error) or type(error).__name__) from error

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


class _LocalhostResolver(AbstractResolver):
    """As the machine resolves, but ``*.localhost`` is loopback everywhere (RFC 6761), not by luck."""

    def __init__(self) -> None:
        self._machine = aiohttp.ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        name = "127.0.0.1" if host.endswith(".localhost") else host
        return await self._machine.resolve(name, port, family)

    async def close(self) -> None:
        await asyncio.shield(self._machine.close())
