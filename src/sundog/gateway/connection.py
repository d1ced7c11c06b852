"""HTTP as it arrives: what is well-formed becomes an `HttpRequest`, what is not is refused without fuss.

Refusals at this level know no protocol yet; they carry the names of AWS's common errors
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html) as JSON.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web
from aiohttp.client_exceptions import ClientError
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler

from sundog.protocol.http import HttpRequest, header_text

logger = logging.getLogger(__name__)

BODY_BYTES_MAX = 128 * 1024 * 1024
"""The largest request of a service is CreateFunction with 50 MB of code as base64."""

SERVER = "sundog"
LINE_BYTES_MAX, HEADER_BYTES_MAX, HEADERS_MAX = 128 * 1024, 32 * 1024, 256
KEEPALIVE_S = 75.0
_ABSOLUTE = re.compile(r"^https?://[^/?#]*", re.IGNORECASE)
_UNSAFE = re.compile(r"[^!-~]")
CODES = {
    400: "MalformedHttpRequestException",
    413: "RequestEntityTooLargeException",
    500: "InternalFailure",
    504: "ServiceUnavailable",
}
MESSAGES = {
    400: "The request could not be understood at the HTTP level.",
    413: f"Request must be smaller than {BODY_BYTES_MAX} bytes",
    500: "The request processing has failed because of an unknown error, exception or failure.",
    504: "The request has failed due to a temporary failure of the server.",
}


class BadHttp(Exception):
    """The request cannot be read: the status to refuse it with."""

    def __init__(self, status: int) -> None:
        super().__init__(MESSAGES[status])
        self.status = status


class ConnectionServer(web.Server):
    """aiohttp's low-level server with our limits, and our answers to what is not HTTP."""

    def __init__(self, handle: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> None:
        super().__init__(
            handle,
            access_log=None,
            keepalive_timeout=KEEPALIVE_S,
            max_line_size=LINE_BYTES_MAX,
            max_field_size=HEADER_BYTES_MAX,
            max_headers=HEADERS_MAX,
            auto_decompress=False,  # signatures are made over the compressed body
        )

    def __call__(self) -> RequestHandler:
        return _Handler(self, loop=self._loop, **self._kwargs)


class _Handler(RequestHandler):
    """One connection."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already")
        if status >= 500:
            logger.error("a connection failed", exc_info=exc)
        response = refuse(status)
        response.force_close()
        return response


def refuse(status: int) -> web.Response:
    """An answer to what is not a request, or too much of one."""
    known = status if status in CODES else 400
    body = orjson.dumps({"__type": CODES[known], "message": MESSAGES[known]})
    return web.Response(
        status=status, body=body, headers={"content-type": "application/json", "server": SERVER}
    )


async def read_request(wire: web.BaseRequest) -> HttpRequest:
    """The whole request. Raises `BadHttp`; the connection must then be closed."""
    headers = _headers(wire)
    if (wire.content_length or 0) > BODY_BYTES_MAX:
        raise BadHttp(413)
    if headers.get("expect", "").lower() == "100-continue" and wire.transport is not None:
        wire.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await _read_body(wire) if wire.can_read_body else b""
    path, query = _target(wire.raw_path)
    remote, raw = wire.remote or "", wire.raw_headers
    return HttpRequest(wire.method, path, query, headers, body, remote, raw, wire.scheme)


def _headers(wire: web.BaseRequest) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in wire.raw_headers:
        name, value = raw_name.decode("latin-1").lower(), header_text(raw_value)
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


async def _read_body(wire: web.BaseRequest) -> bytes:
    wire._client_max_size = BODY_BYTES_MAX  # aiohttp offers no setting for it on its low-level server
    try:
        return await wire.read()
    except web.HTTPRequestEntityTooLarge:
        raise BadHttp(413) from None
    except (HttpProcessingError, ClientError, ConnectionError, web.RequestPayloadError):
        raise BadHttp(400) from None


def _target(raw: str) -> tuple[str, str]:
    """Path and query, both in ASCII. Proxies send the whole URL; a fragment never belongs here."""
    target = _ABSOLUTE.sub("", raw).partition("#")[0]
    path, _, query = target.partition("?")
    if not path.startswith("/"):
        path = f"/{path}"
    return _UNSAFE.sub(_percent, path), _UNSAFE.sub(_percent, query)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogateescape"))
