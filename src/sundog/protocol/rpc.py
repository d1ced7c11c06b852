"""Protocols whose requests are one document: JSON 1.0 and 1.1, RPC v2 CBOR, and query with XML answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from botocore.model import OperationModel, StructureShape

from sundog.protocol.cbor import parse_cbor, write_cbor
from sundog.protocol.http import HttpRequest, HttpResponse
from sundog.protocol.json_parser import JsonParser
from sundog.protocol.json_writer import JsonWriter
from sundog.protocol.malformed import Malformed
from sundog.protocol.query_parser import QueryParser, read_tree
from sundog.protocol.xml_writer import XmlWriter, escape

Parsed = dict[str, Any]
ParseRequest = Callable[[Mapping[str, str], HttpRequest], Parsed]
WriteResult = Callable[[Mapping[str, Any], str], HttpResponse]
"""(result, request id) to the answer"""


def json_parser(shape: StructureShape, shapes: JsonParser) -> ParseRequest:
    parse_document = shapes.structure(shape)
    is_empty = not shape.members

    def parse(_labels: Mapping[str, str], http: HttpRequest) -> Parsed:
        if is_empty and not http.body:
            return {}
        try:
            document = orjson.loads(http.body)
        except orjson.JSONDecodeError:
            raise Malformed from None
        parsed: Parsed = parse_document(document)
        return parsed

    return parse


def cbor_parser(shape: StructureShape, shapes: JsonParser) -> ParseRequest:
    parse_document = shapes.structure(shape)
    is_empty = not shape.members

    def parse(_labels: Mapping[str, str], http: HttpRequest) -> Parsed:
        if is_empty and not http.body:
            return {}
        parsed: Parsed = parse_document(parse_cbor(http.body))
        return parsed

    return parse


def query_parser(shape: StructureShape, shapes: QueryParser) -> ParseRequest:
    parse_tree = shapes.structure(shape)

    def parse(labels: Mapping[str, str], http: HttpRequest) -> Parsed:
        try:
            form = http.body.decode()
        except UnicodeDecodeError:
            raise Malformed from None
        parsed: Parsed = parse_tree(read_tree(http.query, form))
        for name, text in labels.items():
            if name in shape.members:
                parsed.setdefault(name, text)
        return parsed

    return parse


def json_writer(shape: StructureShape | None, shapes: JsonWriter, version: str) -> WriteResult:
    content_type = f"application/x-amz-json-{version}"
    write_document = shapes.structure(shape) if shape is not None else None

    def write(result: Mapping[str, Any], request_id: str) -> HttpResponse:
        headers = {"x-amzn-RequestId": request_id, "content-type": content_type}
        body = orjson.dumps(write_document(result)) if write_document is not None else b""
        return HttpResponse(200, body, headers)

    return write


def cbor_writer(shape: StructureShape | None, shapes: JsonWriter) -> WriteResult:
    write_document = shapes.structure(shape) if shape is not None else None

    def write(result: Mapping[str, Any], request_id: str) -> HttpResponse:
        headers = {"x-amzn-RequestId": request_id, "smithy-protocol": "rpc-v2-cbor"}
        if write_document is None:
            return HttpResponse(200, b"", headers)
        headers["content-type"] = "application/cbor"
        return HttpResponse(200, write_cbor(write_document(result)), headers)

    return write


def query_writer(operation: OperationModel, shapes: XmlWriter, namespace: str) -> WriteResult:
    """The result stands in the element that the model calls its wrapper, where there is one."""
    name, shape = operation.name, operation.output_shape
    declared = f' xmlns="{escape(namespace)}"' if namespace else ""
    wrapper = shape.serialization.get("resultWrapper", "") if shape is not None else ""
    head, tail = f"<{name}Response{declared}>", f"</RequestId></ResponseMetadata></{name}Response>"
    if wrapper:
        head += f"<{wrapper}>"
    middle = (f"</{wrapper}>" if wrapper else "") + "<ResponseMetadata><RequestId>"
    write_members = shapes.members(shape) if shape is not None else None

    def write(result: Mapping[str, Any], request_id: str) -> HttpResponse:
        parts = [head]
        if write_members is not None:
            write_members(result, parts)
        parts += (middle, request_id, tail)
        headers = {"x-amzn-RequestId": request_id, "content-type": "text/xml"}
        return HttpResponse(200, "".join(parts).encode(), headers)

    return write
