"""Laws of the codec: it reads what botocore sends, botocore reads what it writes, no bytes break it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.awsrequest import HeadersDict
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import given, settings
from hypothesis import strategies as st

from sundog.errors import AwsError
from sundog.protocol.codec import ServiceCodec
from sundog.protocol.http import HttpRequest, HttpResponse
from sundog.protocol.models import Models
from sundog.protocol.paths import Paths
from sundog.protocol.routing import Route
from sundog.protocol.timestamps import datetime_to_ms

CBOR = "smithy-rpc-v2-cbor"
SPOKEN = (
    ("sqs", "json"),
    ("lambda", "rest-json"),
    ("logs", "json"),
    ("cloudwatch", CBOR),
    ("cloudwatch", "json"),
    ("cloudwatch", "query"),
    ("iam", "query"),
    ("sns", "query"),
    ("stepfunctions", "json"),
    ("s3", "rest-xml"),
)
MODELS = Models()
CALLS = [(s, p, o) for s, p in SPOKEN if s != "s3" for o in MODELS.get(s).operation_names]
ANSWERS = [
    (s, p, o)
    for s, p in SPOKEN
    for o in MODELS.get(s).operation_names
    if not MODELS.get(s).operation_model(o).has_event_stream_output
    and o != "GetBucketNotification"  # two members of its result share one name on the wire
]
DEPTH_MAX = 4
PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=8)
HEADER_LIST_ITEM = st.text("abc", min_size=1)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=12)
SECONDS = st.integers(0, 4_102_444_800).map(lambda s: datetime.fromtimestamp(s, UTC))
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "integer": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(allow_nan=False, allow_infinity=False, width=32),
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "timestamp": SECONDS,
    "blob": st.binary(min_size=1, max_size=12),
    "string": TEXT,
}
law = settings(max_examples=400, deadline=None)


@st.composite
def values(draw: st.DrawFn, shape: Shape, depth: int = 0) -> Any:
    """A value of a shape as botocore takes and gives it; nothing empty, for that has no form in a query."""
    location = shape.serialization.get("location")
    if isinstance(shape, StructureShape):
        if shape.is_document_type:
            return {"a": [1, "b"]}
        return draw(members(shape, depth))
    if isinstance(shape, ListShape):
        inner = HEADER_LIST_ITEM if location == "header" else values(shape.member, depth + 1)
        return draw(st.lists(inner, min_size=1, max_size=2))
    if isinstance(shape, MapShape):
        key = st.text("abcxyz", min_size=1, max_size=4) if location else values(shape.key, depth + 1)
        value = PRINTABLE if location == "headers" else values(shape.value, depth + 1)
        return draw(st.dictionaries(key, value, min_size=1, max_size=2))
    if location == "statusCode":
        return draw(st.integers(200, 203))
    if location == "header" and shape.type_name == "string":
        return draw(PRINTABLE)
    if shape.serialization.get("streaming"):
        return draw(st.text("abc{}", min_size=1)).encode()  # the parser alone, without a stream, decodes it
    return draw(SCALARS[shape.type_name])


@st.composite
def members(draw: st.DrawFn, shape: StructureShape, depth: int = 0) -> dict[str, Any]:
    usable = [n for n, m in shape.members.items() if depth < DEPTH_MAX or m.type_name in SCALARS]
    labels = {n for n, m in shape.members.items() if m.serialization.get("location") == "uri"}
    if not usable:
        return {}
    most = 1 if shape.is_tagged_union else 4
    chosen = draw(st.lists(st.sampled_from(usable), min_size=1, max_size=most, unique=True))
    return {name: draw(values(shape.members[name], depth + 1)) for name in {*chosen, *labels}}


def plain(value: Any) -> Any:
    """As the codec has it: milliseconds for times."""
    if isinstance(value, datetime):
        return datetime_to_ms(value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def is_holed(value: Any) -> bool:
    """Whether there is something empty inside, which a query cannot say."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return inside is not None and (not inside or any(map(is_holed, inside)))


@given(data=st.data())
@law
def test_what_botocore_sends_is_what_an_operation_gets(data: st.DataObject):
    service, protocol, name = data.draw(st.sampled_from(CALLS))
    model = MODELS.get(service)
    operation = model.operation_model(name)
    if operation.input_shape is None:
        return
    parameters = data.draw(members(operation.input_shape))
    if is_holed(list(parameters.values()) or [1]):
        return
    sent = create_serializer(protocol, include_validation=False).serialize_to_request(parameters, operation)
    http = _request(sent)
    labels: Any = {}
    if protocol.startswith("rest-"):
        match = Paths(model).match(http.method, http.path, http.query, http.headers)
        assert match is not None
        labels = match.labels
    parsed = MODELS.codec(service).parse(Route(service, name, protocol, labels), http)
    assert _without_inventions(operation.input_shape, parsed, parameters) == plain(parameters)


def _without_inventions(
    shape: StructureShape, parsed: dict[str, Any], sent: dict[str, Any]
) -> dict[str, Any]:
    """Less what botocore sends of its own: tokens, and ``{}`` for a payload that is not given."""
    invented = {name for name, m in shape.members.items() if m.metadata.get("idempotencyToken")}
    if parsed.get(shape.serialization.get("payload", "")) == {}:
        invented.add(shape.serialization["payload"])
    return {name: value for name, value in parsed.items() if name in sent or name not in invented}


def _request(sent: Any) -> HttpRequest:
    path, _, query = sent["url_path"].partition("?")
    query = "&".join(filter(None, (query, _form(sent["query_string"]))))
    headers = {key.lower(): str(value) for key, value in sent["headers"].items()}
    body = sent["body"]
    return HttpRequest(
        sent["method"], path, query, headers, body if isinstance(body, bytes) else _form(body).encode()
    )


def _form(values: Any) -> str:
    return values if isinstance(values, str) else urlencode(values, doseq=True)


@given(data=st.data())
@law
def test_what_an_operation_answers_is_what_botocore_reads(data: st.DataObject):
    service, protocol, name = data.draw(st.sampled_from(ANSWERS))
    shape = MODELS.get(service).operation_model(name).output_shape
    if shape is None:
        return
    result = data.draw(members(shape))
    answer = MODELS.codec(service).write_result(name, protocol, plain(result), "id")
    payload = shape.serialization.get("payload")
    is_stream = payload and shape.members[payload].type_name == "blob"
    parsed = create_parser(protocol).parse(_raw(answer, name, is_stream), shape)
    wanted = plain(result)
    if is_stream and payload in wanted:
        parsed[payload] = parsed[payload].read()
    assert plain({key: value for key, value in parsed.items() if key in wanted}) == wanted


def _raw(answer: HttpResponse, operation: str, is_stream: bool) -> dict[str, Any]:
    """``is_stream``: botocore would take bytes for text."""
    return {
        "status_code": answer.status,
        "headers": HeadersDict(answer.headers),
        "body": BytesIO(answer.body) if is_stream else answer.body,
        "context": {"operation_name": operation},
    }


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(
    call=st.sampled_from([*CALLS, *(("s3", "rest-xml", o) for o in MODELS.get("s3").operation_names)]),
    body=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()),
    query=st.text(max_size=20),
)
@law
def test_arbitrary_bytes_are_read_or_refused_with_an_error_of_aws(call, body: bytes, query: str):
    service, protocol, name = call
    _parse(MODELS.codec(service), Route(service, name, protocol), HttpRequest("POST", "/", query, {}, body))


@given(data=st.data(), wrong=JSON)
@law
def test_a_wrong_value_in_place_of_a_member_is_refused_or_read(data: st.DataObject, wrong: Any):
    service, protocol, name = data.draw(st.sampled_from([c for c in CALLS if c[1] == "json"]))
    shape = MODELS.get(service).operation_model(name).input_shape
    member = data.draw(st.sampled_from(sorted(shape.members))) if shape is not None and shape.members else "x"
    http = HttpRequest("POST", "/", "", {}, json.dumps({member: wrong}).encode())
    _parse(MODELS.codec(service), Route(service, name, protocol), http)


def _parse(codec: ServiceCodec, route: Route, http: HttpRequest) -> None:
    try:
        codec.parse(route, http)
    except AwsError as error:
        answer = codec.write_error(route.protocol, error, "id", route.operation)
        assert 400 <= answer.status < 500


DEEP = 100_000


@pytest.mark.parametrize(
    ("service", "protocol", "operation", "body"),
    [
        ("sqs", "json", "SendMessage", b'{"MessageAttributes":' * DEEP),
        ("sqs", "json", "SendMessage", b"[" * DEEP + b"]" * DEEP),
        ("cloudwatch", CBOR, "PutMetricData", b"\x81" * DEEP),
        ("cloudwatch", CBOR, "PutMetricData", b"\x9b\x7f" + b"\xff" * 7),
        ("iam", "query", "CreateUser", b"Tags" + b".1" * DEEP + b"=x"),
        ("s3", "rest-xml", "CreateBucket", b"<a>" * DEEP),
        ("s3", "rest-xml", "CreateBucket", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        ("s3", "rest-xml", "CreateBucket", b'<?xml version="1.0" encoding="nonsense"?><a/>'),
    ],
)
def test_depth_bombs_and_entities_are_refused_or_ignored(service, protocol, operation, body):
    _parse(MODELS.codec(service), Route(service, operation, protocol), HttpRequest("POST", "/", "", {}, body))
