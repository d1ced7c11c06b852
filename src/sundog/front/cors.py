"""Cross-origin requests: what a gateway answers to a preflight, and adds to other answers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sundog.front.headers import Pairs
from sundog.protocol.http import HttpRequest

_PREFIX: Final = "access-control-"
_ANY_SCHEME: Final = ("http://*", "https://*")


@dataclass(frozen=True, slots=True)
class Cors:
    """A CORS configuration: who may ask, and the header lines of answers, made once."""

    origins: frozenset[str]
    credentials: bool
    always: Pairs
    """On every answer to an origin that may ask."""
    preflight: Pairs
    """Besides those on the answer to a preflight."""

    def allowed_origin(self, origin: str) -> str:
        """The value of Access-Control-Allow-Origin for ``origin``; empty where it may not ask."""
        if "*" in self.origins:
            return origin if self.credentials else "*"
        if origin in self.origins:
            return origin
        scheme = f"{origin.partition('://')[0]}://*"
        return origin if scheme in _ANY_SCHEME and scheme in self.origins else ""

    def headers(self, http: HttpRequest, *, preflight: bool = False) -> Pairs:
        """The lines that the answer to ``http`` gets; none where no origin asks, or one that may not."""
        origin = http.headers.get("origin", "")
        allowed = self.allowed_origin(origin) if origin else ""
        if not allowed:
            return ()
        lines = (("access-control-allow-origin", allowed), *self.always)
        return lines + self.preflight if preflight else lines


def read_cors(configuration: Mapping[str, Any] | None) -> Cors | None:
    """A CorsConfiguration as the API has it (``AllowOrigins``, ...); None where there is none."""
    if not configuration:
        return None
    credentials = bool(configuration.get("AllowCredentials"))
    always = [("access-control-allow-credentials", "true")] if credentials else []
    always += _joined("expose-headers", configuration.get("ExposeHeaders"))
    preflight = _joined("allow-methods", configuration.get("AllowMethods"))
    preflight += _joined("allow-headers", configuration.get("AllowHeaders"))
    if configuration.get("MaxAge") is not None:
        preflight.append(("access-control-max-age", str(configuration["MaxAge"])))
    origins = frozenset(configuration.get("AllowOrigins") or ())
    return Cors(origins, credentials, tuple(always), tuple(preflight))


def is_preflight(http: HttpRequest) -> bool:
    """A browser asks whether it may ask."""
    headers = http.headers
    return http.method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def without_cors(pairs: Pairs) -> Pairs:
    """An integration's answer without what it says about origins: the gateway's configuration counts."""
    return tuple((name, value) for name, value in pairs if not name.lower().startswith(_PREFIX))


def _joined(name: str, values: Sequence[str] | None) -> list[tuple[str, str]]:
    return [(f"{_PREFIX}{name}", ",".join(values))] if values else []
