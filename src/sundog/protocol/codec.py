"""One service's requests from bytes to values, and its results and errors back.

Parsers, writers and validators are compiled from the model when an operation is first spoken in a protocol.
Values keep the wire's names; times are integer milliseconds, blobs bytes; unknown members are dropped. The
ec2 protocol is not spoken: no service that sundog has uses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from botocore.model import OperationModel, ServiceModel, StructureShape

from sundog.errors import AwsError
from sundog.protocol.error_writer import ErrorWriter
from sundog.protocol.event_writer import CONTENT_TYPE, EventWriter
from sundog.protocol.http import HttpRequest, HttpResponse
from sundog.protocol.json_parser import JsonParser
from sundog.protocol.json_writer import JsonWriter
from sundog.protocol.malformed import Malformed, refusal
from sundog.protocol.query_parser import QueryParser
from sundog.protocol.rest_parser import Bodies, compile_rest_parser
from sundog.protocol.rest_writer import Documents, compile_rest_writer
from sundog.protocol.rpc import (
    ParseRequest,
    WriteResult,
    cbor_parser,
    cbor_writer,
    json_parser,
    json_writer,
    query_parser,
    query_writer,
)
from sundog.protocol.validation import Validator, compile_validator
from sundog.protocol.wire_patch import WirePatch, query_model, read_wire_patch
from sundog.protocol.xml_writer import XmlWriter

CBOR = "smithy-rpc-v2-cbor"


class Spoken(Protocol):
    """What the codec needs of a route: the operation, the protocol it is spoken in, what the path says."""

    @property
    def operation(self) -> str: ...
    @property
    def protocol(self) -> str: ...
    @property
    def labels(self) -> Mapping[str, str]: ...


class ServiceCodec:
    """``description`` is the JSON that ``model`` was made of."""

    def __init__(self, model: ServiceModel, description: Mapping[str, Any]) -> None:
        self._model, self._description = model, description
        self._patch = read_wire_patch(model.service_name)
        self._dialects: dict[str, _Dialect] = {}
        self._parsers: dict[tuple[str, str], ParseRequest] = {}
        self._writers: dict[tuple[str, str], WriteResult] = {}
        self._validators: dict[str, Validator] = {}
        self._errors = ErrorWriter(model, self._patch)

    def parse(self, route: Spoken, http: HttpRequest) -> dict[str, Any]:
        """The parameters of a request. Raises what the protocol's family says of bytes it cannot read."""
        operation, protocol = route.operation, route.protocol
        parse = self._parsers.get((operation, protocol))
        if parse is None:
            parse = self._dialect(protocol).parser(operation)
            self._parsers[operation, protocol] = parse
        try:
            return parse(route.labels, http)
        except Malformed as malformed:
            raise refusal(protocol, malformed.text) from None
        except RecursionError:  # a document that a recursive shape allows, deeper than anybody means
            raise refusal(protocol, "") from None

    def validate(self, operation: str, request: Mapping[str, Any], protocol: str) -> None:
        """Raise what AWS says of parameters that the model rules out."""
        validator = self._validators.get(operation)
        if validator is None:
            validator = self._validators[operation] = compile_validator(self._model, operation)
        validator(request)

    def write_result(
        self, operation: str, protocol: str, result: Mapping[str, Any], request_id: str
    ) -> HttpResponse:
        """The answer that carries a result."""
        write = self._writers.get((operation, protocol))
        if write is None:
            write = self._writers[operation, protocol] = self._dialect(protocol).writer(operation)
        return write(result, request_id)

    def write_error(
        self, protocol: str, error: AwsError, request_id: str, operation: str = ""
    ) -> HttpResponse:
        """The answer that carries an error."""
        return self._errors.write(protocol, error, request_id)

    def query_terms(self, error: AwsError) -> tuple[int, str, str]:
        """Status, code and fault of an error in the query protocol, for who writes it in another form."""
        return self._errors.query_terms(error)

    def _dialect(self, protocol: str) -> _Dialect:
        if protocol not in self._dialects:
            is_query = protocol == "query"
            model = query_model(self._model, self._description, self._patch) if is_query else self._model
            self._dialects[protocol] = _Dialect(model, protocol)
        return self._dialects[protocol]


class _Dialect:
    """One service in one protocol: what its operations share while they are compiled."""

    def __init__(self, model: ServiceModel, protocol: str) -> None:
        self._model, self._protocol = model, protocol
        is_xml, is_cbor = protocol == "rest-xml", protocol == CBOR
        namespace = model.metadata.get("xmlNamespace", "")
        self._namespace: str = namespace if isinstance(namespace, str) else namespace["uri"]
        self._json_parser, self._query_parser = JsonParser(), QueryParser()
        self._json_writer, self._xml_writer = JsonWriter(is_cbor=is_cbor), XmlWriter()
        self._bodies = Bodies(is_xml=is_xml)
        self._documents = Documents(is_xml=is_xml, namespace=self._namespace)

    def parser(self, operation_name: str) -> ParseRequest:
        shape = self._model.operation_model(operation_name).input_shape
        if shape is None:
            return _parse_nothing
        if self._protocol == "json":
            return json_parser(shape, self._json_parser)
        if self._protocol == CBOR:
            return cbor_parser(shape, self._json_parser)
        if self._protocol == "query":
            return query_parser(shape, self._query_parser)
        return compile_rest_parser(shape, self._bodies)

    def writer(self, operation_name: str) -> WriteResult:
        operation = self._model.operation_model(operation_name)
        shape = operation.output_shape
        stream = operation.get_event_stream_output() if shape is not None else None
        if shape is not None and isinstance(stream, StructureShape):
            return self._stream_writer(operation, shape, stream)
        return self._result_writer(operation, shape)

    def _result_writer(self, operation: OperationModel, shape: StructureShape | None) -> WriteResult:
        if self._protocol == "json":
            return json_writer(shape, self._json_writer, self._model.metadata.get("jsonVersion", "1.0"))
        if self._protocol == CBOR:
            return cbor_writer(shape, self._json_writer)
        if self._protocol == "query":
            return query_writer(operation, self._xml_writer, self._namespace)
        write = compile_rest_writer(operation, self._documents)
        id_header = "x-amz-request-id" if self._model.service_name == "s3" else "x-amzn-RequestId"
        return lambda result, request_id: write(result, {id_header: request_id})

    def _stream_writer(
        self, operation: OperationModel, shape: StructureShape, stream: StructureShape
    ) -> WriteResult:
        """Everything but the stream as ever; protocols without headers send it as the first message."""
        stream_name: str = shape.event_stream_name or ""
        stream_writer = EventWriter(stream, self._protocol)
        write_head = self._result_writer(operation, shape)
        is_rest = self._protocol.startswith("rest-")

        def write(result: Mapping[str, Any], request_id: str) -> HttpResponse:
            head = {name: value for name, value in result.items() if name != stream_name}
            answer = write_head(head, request_id)
            initial = None if is_rest else answer.body
            headers = {k: v for k, v in answer.headers.items() if k.lower() != "content-type"}
            frames = stream_writer.frames(result[stream_name], initial)
            headers["content-type"] = CONTENT_TYPE
            return HttpResponse(answer.status, b"", headers, stream=frames)

        return write


def _parse_nothing(_labels: Mapping[str, str], _http: HttpRequest) -> dict[str, Any]:
    return {}


def write_unrouted(protocol: str, error: AwsError, request_id: str) -> HttpResponse:
    """An error about a request that names no service of ours."""
    return ErrorWriter(None, WirePatch()).write(protocol, error, request_id)
