"""Answers whose results stand in the status, headers and the body (rest-json, rest-xml)."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from botocore.model import ListShape, OperationModel, Shape, StructureShape

from sundog.protocol.http import HttpResponse
from sundog.protocol.json_writer import JsonWriter
from sundog.protocol.scalars import text_writer
from sundog.protocol.xml_writer import XmlWriter

Headers = dict[str, str]
PutHeaders = Callable[[Any, Headers], None]
WriteBody = Callable[[Any], bytes]

_QUOTED = re.compile(r'[",\\]|^\s|\s$')
_NO_HEADER_CHARACTER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
NO_BODY = frozenset({204, 304})


class Documents:
    """How one protocol writes documents; ``namespace`` is that of an XML service."""

    def __init__(self, *, is_xml: bool, namespace: str = "") -> None:
        self._json, self._xml = JsonWriter(), XmlWriter()
        self.is_xml, self._namespace = is_xml, namespace

    @property
    def content_type(self) -> str:
        return "application/xml" if self.is_xml else "application/json"

    def document(self, shape: Shape, name: str, skip: frozenset[str] = frozenset()) -> WriteBody:
        """The writer of a body that is one document; ``name`` is that of its root in XML."""
        if self.is_xml:
            return self._xml_document(shape, name, skip)
        if skip and isinstance(shape, StructureShape):
            write = self._json.structure(shape, skip)
            return lambda value: orjson.dumps(write(value))
        inner = self._json.shape(shape)
        return orjson.dumps if inner is None else lambda value: orjson.dumps(inner(value))

    def _xml_document(self, shape: Shape, name: str, skip: frozenset[str]) -> WriteBody:
        root = self._xml.element(shape, name, self._namespace, skip)

        def write(value: Any) -> bytes:
            parts = ['<?xml version="1.0" encoding="UTF-8"?>\n']
            root(value, parts)
            return "".join(parts).encode()

        return write


@dataclass(frozen=True, slots=True)
class _Content:
    """What the body is, and where in the result it stands (the whole result where ``member`` is empty)."""

    member: str
    write: WriteBody
    content_type: str


def compile_rest_writer(
    operation: OperationModel, documents: Documents
) -> Callable[[Mapping[str, Any], Headers], HttpResponse]:
    """The writer of one operation's results."""
    status = int(operation.http.get("responseCode", 200))
    shape = operation.output_shape
    if shape is None:
        return lambda _result, headers: HttpResponse(status, b"", headers)
    put_headers = header_writers(shape)
    status_member = next((n for n, m in shape.members.items() if _location(m) == "statusCode"), "")
    content = _content(operation.name, shape, documents)

    def write(result: Mapping[str, Any], headers: Headers) -> HttpResponse:
        for name, put in put_headers:
            if (value := result.get(name)) is not None:
                put(value, headers)
        found = int(result.get(status_member) or status) if status_member else status
        return _answer(found, content, result, headers)

    return write


def _answer(
    status: int, content: _Content | None, result: Mapping[str, Any], headers: Headers
) -> HttpResponse:
    if content is None or status in NO_BODY:
        return HttpResponse(status, b"", headers)
    value = result.get(content.member) if content.member else result
    if not any(name.lower() == "content-type" for name in headers):
        headers["content-type"] = content.content_type
    if value is None:
        return HttpResponse(status, b"", headers)
    if isinstance(value, AsyncIterator):
        return HttpResponse(status, b"", headers, stream=value)
    return HttpResponse(status, content.write(value), headers)


def _content(operation: str, shape: StructureShape, documents: Documents) -> _Content | None:
    payload = shape.serialization.get("payload")
    if payload is None:
        located = frozenset(name for name, member in shape.members.items() if _location(member))
        if documents.is_xml and len(located) == len(shape.members):
            return None
        root = shape.serialization.get("name", f"{operation}Result")
        return _Content("", documents.document(shape, root, located), documents.content_type)
    member = shape.members[payload]
    if member.type_name == "blob":
        return _Content(payload, _write_blob, "application/octet-stream")
    if member.type_name == "string":
        return _Content(payload, str.encode, "text/plain")
    root = member.serialization.get("name", member.name)
    return _Content(payload, documents.document(member, root), documents.content_type)


def _write_blob(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


def header_writers(shape: StructureShape) -> list[tuple[str, PutHeaders]]:
    """The members of a result that stand in headers."""
    writers = []
    for name, member in shape.members.items():
        wire_name = member.serialization.get("name", name)
        if _location(member) == "header":
            writers.append((name, _header(wire_name, member)))
        elif _location(member) == "headers":
            writers.append((name, _headers(wire_name if member.serialization.get("name") else "")))
    return writers


def _location(member: Shape) -> str:
    """Where in an answer a member stands; labels and query parameters are places of requests only."""
    location: str = member.serialization.get("location", "")
    return location if location in ("header", "headers", "statusCode") else ""


def _header(wire_name: str, member: Shape) -> PutHeaders:
    write_value = _header_text(member)

    def put(value: Any, headers: Headers) -> None:
        headers[wire_name] = clean_header(write_value(value))

    return put


def _header_text(member: Shape) -> Callable[[Any], str]:
    if member.serialization.get("jsonvalue"):
        return lambda value: base64.b64encode(orjson.dumps(value)).decode()
    if isinstance(member, ListShape):
        write_item = text_writer(member.member, "rfc822")
        quote = _quoted if member.member.type_name == "string" else str
        return lambda value: ", ".join(quote(write_item(item)) for item in value)
    return text_writer(member, "rfc822")


def _quoted(text: str) -> str:
    if not _QUOTED.search(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _headers(prefix: str) -> PutHeaders:
    def put(value: Mapping[str, str], headers: Headers) -> None:
        for name, text in value.items():
            headers[f"{prefix}{name}"] = clean_header(text)

    return put


def clean_header(text: str) -> str:
    """Line ends and control characters would end the header: spaces stand for them."""
    return _NO_HEADER_CHARACTER.sub(" ", text)
