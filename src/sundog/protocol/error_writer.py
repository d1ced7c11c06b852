"""Errors as answers: status, code and fault from the model, in the form of each protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from botocore.model import NoShapeFoundError, ServiceModel, StructureShape

from sundog.errors import AwsError
from sundog.protocol.cbor import write_cbor
from sundog.protocol.http import HttpResponse
from sundog.protocol.json_writer import JsonWriter
from sundog.protocol.rest_writer import clean_header, header_writers
from sundog.protocol.wire_patch import WirePatch
from sundog.protocol.xml_writer import XmlWriter, escape

CORAL = "com.amazon.coral.service#"
"""The namespace of errors that every service has, as JSON 1.0 services say it."""

CAPITAL_MESSAGES = frozenset({"SerializationException"})
"""Common errors whose text stands in ``Message``, not ``message``."""


@dataclass(frozen=True, slots=True)
class _Told:
    """One error with what the model says about it."""

    error: AwsError
    shape: StructureShape | None
    status: int
    query_code: str
    is_sender: bool

    @property
    def members(self) -> dict[str, Any]:
        """The members of the error's shape, with the message under the name that the shape has for it."""
        name, text = self._message_name(), self.error.message
        return ({name: text} if text else {}) | self.error.members

    def _message_name(self) -> str:
        if self.shape is None:
            return "Message" if self.error.shape_name in CAPITAL_MESSAGES else "message"
        return next((name for name in self.shape.members if name.lower() == "message"), "message")


class ErrorWriter:
    """Writes the errors of one service; of none with ``model`` None."""

    def __init__(self, model: ServiceModel | None, patch: WirePatch) -> None:
        self._model, self._patch = model, patch
        metadata: Mapping[str, Any] = model.metadata if model is not None else {}
        self._service = model.service_name if model is not None else ""
        self._json_version = metadata.get("jsonVersion", "")
        self._is_query_compatible = "awsQueryCompatible" in metadata
        namespace = patch.query.get("xmlNamespace") or metadata.get("xmlNamespace", "")
        self._namespace = namespace if isinstance(namespace, str) else namespace["uri"]
        self._json, self._cbor, self._xml = JsonWriter(), JsonWriter(is_cbor=True), XmlWriter()
        self._forms: Mapping[str, Callable[[_Told, str], HttpResponse]] = {
            "json": self._write_json,
            "rest-json": self._write_rest_json,
            "smithy-rpc-v2-cbor": self._write_cbor,
            "query": self._write_query,
            "rest-xml": self._write_s3 if self._service == "s3" else self._write_query,
        }

    def write(self, protocol: str, error: AwsError, request_id: str) -> HttpResponse:
        return self._forms[protocol](self._tell(protocol, error), request_id)

    def query_terms(self, error: AwsError) -> tuple[int, str, str]:
        """Status, code and fault (``Sender``, ``Receiver``) of an error in the query protocol."""
        told = self._tell("query", error)
        return told.status, told.query_code, "Sender" if told.is_sender else "Receiver"

    def _tell(self, protocol: str, error: AwsError) -> _Told:
        name = error.shape_name
        shape = self._shape(name)
        trait: Mapping[str, Any] = shape.metadata.get("error", {}) if shape is not None else {}
        older = self._patch.errors.get(name, {})
        status = trait.get("httpStatusCode", error.status)
        if protocol == "query":
            status = older.get("status", status)
        code = error.code or older.get("code") or trait.get("code") or name
        is_sender = trait.get("senderFault", error.sender_fault) and status < 500
        return _Told(error, shape, status, code, is_sender)

    def _shape(self, name: str) -> StructureShape | None:
        if self._model is None:
            return None
        try:
            shape = self._model.shape_for(name)
        except NoShapeFoundError:
            return None
        if isinstance(shape, StructureShape) and shape.metadata.get("exception"):
            return shape
        return None

    # JSON and CBOR

    def _write_json(self, told: _Told, request_id: str) -> HttpResponse:
        version = self._json_version or ("1.0" if "#" in told.error.wire_code else "1.1")
        headers = self._rpc_headers(told, request_id) | {"content-type": f"application/x-amz-json-{version}"}
        body = {"__type": self._type_of(told)} | self._document(told, self._json)
        return HttpResponse(told.status, orjson.dumps(body), headers)

    def _write_cbor(self, told: _Told, request_id: str) -> HttpResponse:
        headers = self._rpc_headers(told, request_id)
        headers |= {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        body = {"__type": self._type_of(told)} | self._document(told, self._cbor)
        return HttpResponse(told.status, write_cbor(body), headers)

    def _write_rest_json(self, told: _Told, request_id: str) -> HttpResponse:
        name = told.error.shape_name if told.shape is not None else told.error.wire_code
        headers = {
            "x-amzn-RequestId": request_id,
            "x-amzn-ErrorType": clean_header(name),
            "content-type": "application/json",
        }
        _put_headers(told, headers)
        return HttpResponse(told.status, orjson.dumps(self._document(told, self._json)), headers)

    def _rpc_headers(self, told: _Told, request_id: str) -> dict[str, str]:
        headers = {"x-amzn-RequestId": request_id}
        if self._is_query_compatible:
            fault = "Sender" if told.is_sender else "Receiver"
            headers["x-amzn-query-error"] = f"{clean_header(told.query_code)};{fault}"
        return headers

    def _type_of(self, told: _Told) -> str:
        if told.shape is not None:
            is_named = self._json_version == "1.0"
            return f"com.amazonaws.{self._service}#{told.shape.name}" if is_named else told.shape.name
        name = told.error.wire_code
        return f"{CORAL}{name}" if self._json_version == "1.0" and "#" not in name else name

    def _document(self, told: _Told, writer: JsonWriter) -> dict[str, Any]:
        if told.shape is None:
            return told.members
        if told.shape.name in self._patch.capital_messages:
            return {"Message": told.error.message} | told.error.members
        located = frozenset(n for n, m in told.shape.members.items() if "location" in m.serialization)
        written: dict[str, Any] = writer.structure(told.shape, located)(told.members)
        return {"message": told.error.message} | written if "message" in told.members else written

    # XML

    def _write_query(self, told: _Told, request_id: str) -> HttpResponse:
        declared = f' xmlns="{escape(self._namespace)}"' if self._namespace else ""
        fault = "Sender" if told.is_sender else "Receiver"
        text = (
            f"<ErrorResponse{declared}><Error><Type>{fault}</Type>{self._inside(told)}</Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        headers = {"x-amzn-RequestId": request_id, "content-type": "text/xml"}
        _put_headers(told, headers)
        return HttpResponse(told.status, text.encode(), headers)

    def _write_s3(self, told: _Told, request_id: str) -> HttpResponse:
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error>{self._inside(told)}<RequestId>{request_id}</RequestId></Error>"
        )
        headers = {"x-amz-request-id": request_id, "content-type": "application/xml"}
        _put_headers(told, headers)
        return HttpResponse(told.status, text.encode(), headers)

    def _inside(self, told: _Told) -> str:
        parts = [f"<Code>{escape(told.query_code)}</Code><Message>{escape(told.error.message)}</Message>"]
        if told.shape is not None and told.error.members:
            placed = frozenset(name for name, _ in header_writers(told.shape))
            self._xml.members(told.shape, placed)(told.error.members, parts)
        elif told.error.members:
            parts += [f"<{name}>{escape(str(held))}</{name}>" for name, held in told.error.members.items()]
        return "".join(parts)


def _put_headers(told: _Told, headers: dict[str, str]) -> None:
    """The members of an error that stand in headers (``Retry-After``)."""
    for member, put in header_writers(told.shape) if told.shape is not None else ():
        if (value := told.members.get(member)) is not None:
            put(value, headers)
