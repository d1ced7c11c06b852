"""Queue URLs: how we write them, and every form of them that is in use.

Ours are ``http://<host the client used>/<account>/<name>``. Read are also AWS's
(``sqs.<region>.amazonaws.com``, ``<region>.queue.amazonaws.com``, ``queue.amazonaws.com``),
``<region>.queue.localhost:port``, ``/queue/<region>/<account>/<name>``, and paths or names alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from sundog.scope import Scope

_URL = re.compile(r"^(?:https?://(?P<host>[^/?#]*))?/?(?P<path>[^?#]*)")
_REGION_HOST = re.compile(
    r"^(?:sqs\.(?P<modern>[a-z]{2}(?:-[a-z]+)+-\d+)\.|(?P<legacy>[a-z]{2}(?:-[a-z]+)+-\d+)\.queue\.)"
)
_ACCOUNT = re.compile(r"^\d{12}\Z")


@dataclass(frozen=True, slots=True)
class QueueAddress:
    """Which queue is meant."""

    scope: Scope
    name: str


def write_queue_url(host: str, scope: Scope, name: str) -> str:
    """The URL of a queue for somebody who reached us as ``host``; their signatures name the region."""
    return f"http://{host}/{scope.account}/{name}"


def parse_queue_url(url: str, caller: Scope) -> QueueAddress | None:
    """The queue that ``url`` names; what it leaves open is the caller's. None when it is no queue URL."""
    match = _URL.match(url)
    if match is None:
        return None
    parts = [unquote(part) for part in match["path"].split("/") if part]
    region = _region(match["host"] or "") or caller.region
    if len(parts) == 4 and parts[0] == "queue":
        region, parts = parts[1], parts[2:]
    if len(parts) == 1:
        parts = [caller.account, parts[0]]
    if len(parts) != 2 or not _ACCOUNT.match(parts[0]):
        return None
    return QueueAddress(Scope(parts[0], region), parts[1])


def _region(host: str) -> str:
    match = _REGION_HOST.match(host)
    return (match["modern"] or match["legacy"]) if match else ""
