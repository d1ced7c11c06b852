"""The request that an HTTP proxy integration sends: URL, headers, query.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

from sundog.front.headers import DROPPED_FROM_REQUESTS, Pairs, values_of, without
from sundog.front.http_call import Outgoing
from sundog.front.lambda_call import fill_variables
from sundog.services.apigatewayv2.execute.call import Routed
from sundog.services.apigatewayv2.execute.mapping import PATH_SAFE, Mapped

_VARIABLE: Final = re.compile(r"\{([A-Za-z0-9._:-]+)\+?\}")
_HIDDEN: Final = DROPPED_FROM_REQUESTS | {"host", "forwarded", "via", "x-amzn-trace-id"}


def sent_headers(routed: Routed) -> Pairs:
    """The client's header lines with what the gateway says of the way they came."""
    call, http = routed.call, routed.call.http
    forwarded = f"by=127.0.0.1;for={http.source_ip};host={http.host};proto={http.scheme}"
    before = values_of(http.pairs, "forwarded")
    via = [*values_of(http.pairs, "via"), "HTTP/1.1 AmazonAPIGateway"]
    return (
        *without(http.pairs, _HIDDEN),
        ("Forwarded", ", ".join((*before, forwarded))),
        ("Via", ", ".join(via)),
        ("X-Amzn-Trace-Id", call.trace_header),
    )


def write_request(routed: Routed, integration: Mapping[str, Any], mapped: Mapped) -> Outgoing:
    method = integration.get("IntegrationMethod") or "ANY"
    url = _url(routed, integration["IntegrationUri"], mapped)
    sent = routed.call.http.method if method == "ANY" else method
    return Outgoing(sent, url, mapped.pairs, routed.call.http.body)


def _url(routed: Routed, uri: str, mapped: Mapped) -> str:
    """The integration's own with path variables and stage variables filled in, and the client's query.

    ``$default`` sends the whole path on, below the integration's.
    """
    filled = fill_variables(uri, routed.call.snapshot.variables)
    filled = _VARIABLE.sub(lambda match: _filled(match, routed.parameters), filled)
    base, _, own_query = filled.partition("?")
    if mapped.path is not None:
        parts = urlsplit(base)
        base = f"{parts.scheme}://{parts.netloc}/{mapped.path.removeprefix('/')}"
    elif routed.route_key == "$default":
        base = base.rstrip("/") + routed.call.route_path
    query = "&".join(text for text in (own_query, mapped.query_text) if text)
    return f"{base}?{query}" if query else base


def _filled(match: re.Match[str], parameters: Mapping[str, str]) -> str:
    return quote(parameters.get(match[1], ""), safe=PATH_SAFE)
