"""Which operation of which service a request means.

The order is that of https://smithy.io/2.0/guides/wire-protocol-selection.html, widened by what AWS's hosts
tell: the Smithy protocol header and path, the target header, the query ``Action``, then method and path.
Services are told apart by the prefix of the target, the credential scope, the host, the version of a query
request, and by which of their paths fits. A model is loaded when the first request comes that may be for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from sundog.errors import AwsError, UnsupportedOperation
from sundog.protocol.common_errors import (
    InvalidAction,
    MissingAction,
    UnknownOperationException,
    UnknownTarget,
)
from sundog.protocol.http import HttpRequest
from sundog.protocol.metadata import Metadata, read_metadata
from sundog.protocol.models import Models
from sundog.protocol.paths import Paths
from sundog.protocol.sigv4 import read_signing_name

CBOR = "smithy-rpc-v2-cbor"
FORM = "application/x-www-form-urlencoded"
NO_VERSION = "NO_VERSION_SPECIFIED"
_CBOR_PATH = re.compile(r"/service/([^/]+)/operation/([^/]+)/?\Z")
_PARAMETER = {name: re.compile(rf"(?:^|&){name}=([^&]*)") for name in ("Action", "Version")}

HOST_NAMES = {"queue": "sqs"}
"""Words of hosts that are no service's name or endpoint prefix (``us-east-1.queue.amazonaws.com``)."""

INVALID_ACTION = {
    "sqs": "The action {action} is not valid for this endpoint.",
    "ec2": "The action {action} is not valid for this web service.",
}
"""Services that say it otherwise than the rest."""


@dataclass(frozen=True, slots=True)
class Route:
    """``labels`` are what the path says: decoded, by the names that the model gives its labels.

    For a query request to a queue's URL they hold that URL as ``QueueUrl``.
    """

    service: str
    operation: str
    protocol: str
    labels: Mapping[str, str] = field(default_factory=dict)


class RouteError(Exception):
    """No operation is meant: what to answer, in which protocol, as which service ("" for none of ours)."""

    def __init__(self, protocol: str, error: AwsError, service: str = "") -> None:
        super().__init__(error.message)
        self.protocol, self.error, self.service = protocol, error, service


class Router:
    """Routes to the operations of ``services``, named as botocore names them."""

    def __init__(self, models: Models, services: tuple[str, ...]) -> None:
        self._models = models
        found = {name: metadata for name in services if (metadata := read_metadata(name)) is not None}
        assert len(found) == len(services), f"no model for {set(services) - set(found)}"
        # S3 takes any path, so it is asked last.
        self._services = tuple(sorted(found.values(), key=lambda metadata: metadata.service == "s3"))
        self._by_name = found
        self._by_target = {m.target_prefix: m for m in self._services if m.target_prefix}
        self._by_host = {m.endpoint_prefix: m for m in reversed(self._services)} | found
        self._operations: dict[str, frozenset[str]] = {}
        self._paths: dict[str, Paths] = {}
        self._targets: dict[str, Route] = {}

    def route(self, http: HttpRequest) -> Route:
        """The operation that ``http`` means. Raises `RouteError` with AWS's answer where there is none."""
        target = http.headers.get("x-amz-target")
        if target is not None:
            return self._targets.get(target) or self._route_target(http, target)
        if http.headers.get("smithy-protocol") == "rpc-v2-cbor":
            return self._route_cbor(http)
        candidates = self._candidates(http)
        queries = [m for m in candidates if "query" in m.protocols]
        action = _parameter(http, "Action") if queries else ""
        if action:
            return self._route_action(http, queries, action)
        return self._route_path(http, candidates)

    def signing_name(self, service: str) -> str:
        """What the credential scope of a request to ``service`` must name."""
        return self._by_name[service].signing_name

    def service_at(self, host: str) -> Metadata | None:
        """The service of ours that a host means; None where it is none."""
        hosted = self._hosted(host)
        return hosted[0] if hosted else None

    # By header

    def _route_target(self, http: HttpRequest, target: str) -> Route:
        prefix, _, operation = target.rpartition(".")
        metadata = self._by_target.get(prefix)
        if metadata is None:
            raise RouteError("json", self._unserved(http) or UnknownTarget())
        if "json" not in metadata.protocols or not self._has(metadata, operation):
            raise RouteError("json", UnknownTarget(), metadata.service)
        return self._targets.setdefault(target, Route(metadata.service, operation, "json"))

    def _route_cbor(self, http: HttpRequest) -> Route:
        match = _CBOR_PATH.search(http.path)
        metadata = self._by_target.get(match[1]) if match else None
        if match is None or metadata is None:
            raise RouteError(CBOR, self._unserved(http) or UnknownOperationException())
        if CBOR not in metadata.protocols or not self._has(metadata, match[2]):
            raise RouteError(CBOR, UnknownOperationException(), metadata.service)
        return Route(metadata.service, match[2], CBOR)

    # By action

    def _route_action(self, http: HttpRequest, candidates: list[Metadata], action: str) -> Route:
        version = _parameter(http, "Version")
        versioned = [m for m in candidates if m.api_version == version] or candidates
        for metadata in versioned:
            if self._has(metadata, action):
                return Route(metadata.service, action, "query", _queue_label(http, metadata.service))
        message = INVALID_ACTION.get(versioned[0].service)
        refusal = InvalidAction(
            message.format(action=action) if message else None, action=action, version=version or NO_VERSION
        )
        raise RouteError("query", refusal, versioned[0].service)

    # By path

    def _route_path(self, http: HttpRequest, candidates: tuple[Metadata, ...]) -> Route:
        for metadata in candidates:
            if metadata.is_rest and (route := self._match(http, metadata)) is not None:
                return route
        raise _nothing_meant(candidates, http.headers.get("content-type", "").lower().startswith(FORM))

    def _match(self, http: HttpRequest, metadata: Metadata) -> Route | None:
        name = metadata.service
        if name not in self._paths:
            self._paths[name] = Paths(self._models.get(name))
        path = _bucket_in_path(http) if name == "s3" else http.path
        match = self._paths[name].match(http.method, path, http.query, http.headers)
        return Route(name, match.operation, metadata.protocols[0], match.labels) if match else None

    # Services

    def _candidates(self, http: HttpRequest) -> tuple[Metadata, ...]:
        """The services that the credential scope or the host allows; all where neither says anything."""
        name = read_signing_name(http)
        signed = tuple(m for m in self._services if m.signing_name == name)
        if name and not signed and (refusal := self._unserved(http)) is not None:
            raise RouteError(_protocol_of(name), refusal)
        if len(signed) == 1:
            return signed
        hosted = self._hosted(http.host)
        return tuple(m for m in hosted if m in signed) or signed or hosted or self._services

    def _hosted(self, host: str) -> tuple[Metadata, ...]:
        for word in host.partition(":")[0].lower().split("."):
            if (metadata := self._by_host.get(HOST_NAMES.get(word, word))) is not None:
                return tuple(m for m in self._services if m.endpoint_prefix == metadata.endpoint_prefix)
        return ()

    def _unserved(self, http: HttpRequest) -> UnsupportedOperation | None:
        """The refusal of an AWS service that is none of ours."""
        name = read_signing_name(http)
        if not name or any(m.signing_name == name for m in self._services) or read_metadata(name) is None:
            return None
        return UnsupportedOperation(what=f"the service {name}", remedy="docs/coverage lists what it has.")

    def _has(self, metadata: Metadata, operation: str) -> bool:
        name = metadata.service
        if name not in self._operations:
            self._operations[name] = frozenset(self._models.get(name).operation_names)
        return operation in self._operations[name]


def _protocol_of(service: str) -> str:
    metadata = read_metadata(service)
    return metadata.protocols[0] if metadata else "json"


def _nothing_meant(candidates: tuple[Metadata, ...], is_form: bool) -> RouteError:
    spoken = {protocol for metadata in candidates for protocol in metadata.protocols}
    rest = next((protocol for protocol in sorted(spoken) if protocol.startswith("rest-")), "")
    service = candidates[0].service if len(candidates) == 1 else ""
    if "query" in spoken and (is_form or not rest):
        return RouteError("query", MissingAction(), service)
    if rest:
        return RouteError(rest, UnknownOperationException(), service)
    return RouteError("json", UnknownOperationException(), service)


def _parameter(http: HttpRequest, name: str) -> str:
    """A query parameter from the URL or, where the body may be a form, from there."""
    match = _PARAMETER[name].search(http.query)
    content_type = http.headers.get("content-type", FORM)
    if match is None and http.method == "POST" and content_type.lower().startswith(FORM):
        match = _PARAMETER[name].search(http.body.decode("latin-1"))
    return unquote_plus(match[1]) if match else ""


def _queue_label(http: HttpRequest, service: str) -> dict[str, str]:
    """The queue that older clients of SQS name by the URL they send the request to."""
    is_queue = service == "sqs" and http.path.strip("/")
    return {"QueueUrl": f"http://{http.host}{http.path}"} if is_queue else {}


def _bucket_in_path(http: HttpRequest) -> str:
    """The path of an S3 request with the bucket of a virtual host in front (``bucket.s3.localhost``)."""
    bucket, is_virtual, _ = http.host.partition(".s3.")
    return f"/{bucket}{http.path}" if is_virtual and bucket else http.path
