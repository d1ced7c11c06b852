"""Which API does a request mean? By host, by path, or by the header of a VPC endpoint; without the store.

``<api>.execute-api.<region>.localhost`` and ``.amazonaws.com`` (also ``<api>-<vpce>.execute-api...``, and the
endpoint's own host with ``x-apigw-api-id``), ``/restapis/<api>/<stage>/_user_request_/...`` and
``/_aws/execute-api/<api>/<stage>/...`` for clients that cannot set hosts. Ids of REST APIs end in a letter,
those of HTTP and WebSocket APIs in a digit, so each face knows its own.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import unquote

from sundog.protocol.http import HttpRequest

ID_LENGTH: Final = 10
_LABEL: Final = ".execute-api."
PREFIXES: Final = ("/_aws/execute-api/", "/restapis/")
_ENDPOINT_HOST: Final = re.compile(
    r"(?P<vpce>vpce-[0-9a-f]{8,17})(?:-[a-z0-9-]+)?\.execute-api\.(?P<region>[a-z0-9-]+)\.vpce\."
)
_PATHS: Final = (
    re.compile(r"/_aws/execute-api/(?P<api>[a-z0-9]{10})(?:/(?P<stage>[^/]*)(?P<path>/.*)?)?"),
    re.compile(r"/restapis/(?P<api>[a-z0-9]{10})/(?P<stage>[^/]+)/_user_request_(?P<path>/.*)?"),
)
_API_HEADER: Final = "x-apigw-api-id"


class Reached(NamedTuple):
    """An API and what of the raw path is left for it.

    ``stage`` is None where the host named the API: then the path begins with the stage, unless the API
    answers without one (`split_stage`). ``region`` is empty where only a path named it; ``vpce`` is the
    VPC endpoint that the host names.
    """

    api_id: str
    path: str
    stage: str | None = None
    region: str = ""
    vpce: str = ""

    @property
    def is_rest(self) -> bool:
        return self.api_id[-1].isalpha()

    def split_stage(self) -> tuple[str, str]:
        """Stage and the path below it: what was named, else the first segment of the path."""
        if self.stage is not None:
            return self.stage, self.path
        stage, slash, rest = self.path.removeprefix("/").partition("/")
        return unquote(stage), slash + rest or "/"


def find_api(http: HttpRequest) -> Reached | None:
    """The API that ``http`` is for; None where neither host nor path names one."""
    path = http.path
    if path.startswith(PREFIXES):
        for pattern in _PATHS:
            if match := pattern.fullmatch(path):
                return Reached(match["api"], match["path"] or "/", unquote(match["stage"] or ""))
    host = http.host
    if _LABEL not in host:
        return None
    label, _, rest = host.partition(_LABEL)
    region, dot, _ = rest.partition(".")
    api_id, _, vpce = label.partition("-")
    if dot and len(api_id) == ID_LENGTH and api_id.isalnum() and (not vpce or vpce.startswith("vpce-")):
        return Reached(api_id, path, None, region, vpce)
    api_id = http.headers.get(_API_HEADER, "")
    if api_id and (match := _ENDPOINT_HOST.match(host)):
        return Reached(api_id, path, None, match["region"], match["vpce"])
    return None


def is_rest_host(host: str) -> bool:
    """Whether APIs answer at the host, and it is not one of an HTTP or WebSocket API.

    Asked of every request that comes to the server, so without patterns.
    """
    return _LABEL in host and (not host[ID_LENGTH - 1].isdigit() or host.startswith("vpce-"))


def is_execute_host(http: HttpRequest) -> bool:
    """The host is one that APIs answer at, whether or not it names one."""
    return _LABEL in http.host


def domain_of(http: HttpRequest) -> str:
    """The host without its port, in lower case: what custom domain names are compared with."""
    host = http.host.lower()
    return host if host.endswith("]") else host.rpartition(":")[0] or host


def stage_url(endpoint: str, api_id: str, region: str, stage: str) -> str:
    """Where a stage answers on this server: ``endpoint`` is ``http://localhost:4566``."""
    scheme, _, authority = endpoint.partition("://")
    port = authority.rpartition(":")[2]
    tail = f":{port}" if port.isdigit() else ""
    path = "" if stage == "$default" else f"/{stage}"
    return f"{scheme}://{api_id}{_LABEL}{region}.localhost{tail}{path}"
