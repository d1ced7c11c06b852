"""botocore's own protocol cases, run backwards: their request into our parser, our answer into their parser.

The cases ship in botocore's sdist, fetched once from PyPI into ``.cache``. As a script it prints, on its last
line, one JSON object of {protocol/direction: [passed, total]}.
"""

from __future__ import annotations

import asyncio
import base64
import copy
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import botocore
from botocore.eventstream import EventStream
from botocore.model import ListShape, MapShape, NoShapeFoundError, ServiceModel, Shape, StructureShape
from botocore.parsers import ResponseParserError, create_parser

from sundog.errors import AwsError
from sundog.protocol.codec import ServiceCodec
from sundog.protocol.http import HttpRequest, HttpResponse
from sundog.protocol.paths import Paths
from sundog.protocol.routing import Route
from sundog.protocol.timestamps import datetime_to_ms

sys.path.append(str(Path(__file__).parent))  # a test loads this file by its place
import _sdists

SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
REFUSED = ("ec2",)
"""Protocols that no service of ours speaks; their cases count, and none of them passes."""


@dataclass(frozen=True)
class Case:
    """``name`` is unique: cases that AWS did not name are numbered."""

    name: str
    protocol: str
    direction: str
    description: dict[str, Any]
    content: dict[str, Any]


def fetch() -> Path:
    """The folder with the cases."""
    return _sdists.fetch("botocore", botocore.__version__, "tests/unit/protocols")


def load(direction: str) -> Iterator[Case]:
    for file in sorted((fetch() / direction).glob("*.json")):
        for number, suite in enumerate(json.loads(file.read_text())):
            protocol = suite["metadata"]["protocol"]
            for place, content in enumerate(suite["cases"]):
                own = content.get("id") or f"{number}-{place}"
                name = f"{file.stem}/{direction}/{own}"
                yield Case(name, protocol, direction, suite, content)


def failure(case: Case) -> str:
    """Why the case does not pass; empty where it does."""
    if case.protocol in REFUSED:
        return "the protocol is refused"
    try:
        wanted, got = (_run_input if case.direction == "input" else _run_output)(copy.deepcopy(case))
    except AwsError as error:
        return f"refused: {error.shape_name} {error.message}"
    except ResponseParserError as error:
        return f"botocore cannot read it: {error}"
    return "" if same(wanted, got) else f"wanted {wanted}, got {got}"


def same(one: Any, other: Any) -> bool:
    """Equal, with not-a-number equal to itself."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other):
        return True
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


# Requests


def _run_input(case: Case) -> tuple[Any, Any]:
    model, codec = _service(case)
    name, sent = case.content["given"]["name"], case.content["serialized"]
    path, _, query = sent["uri"].partition("?")
    headers = {key.lower(): value for key, value in sent.get("headers", {}).items()}
    body = _body(case.protocol, sent.get("body", ""))
    http = HttpRequest(sent.get("method", "POST"), path, query, headers, body)
    labels: Any = {}
    if case.protocol.startswith("rest-"):
        match = Paths(model).match(http.method, path, query, headers)
        if match is None:
            return "a route", "none"
        labels = match.labels
    got = codec.parse(Route("protocoltest", name, case.protocol, labels), http)
    shape = model.operation_model(name).input_shape
    wanted = plain(shape, case.content["params"]) if shape is not None else {}
    return wanted, got


def _body(protocol: str, text: str) -> bytes:
    return base64.b64decode(text) if protocol == "smithy-rpc-v2-cbor" else text.encode()


def _service(case: Case) -> tuple[ServiceModel, ServiceCodec]:
    operation = case.content["given"]
    if case.protocol == "query" and "output" in operation:
        operation["output"].setdefault("resultWrapper", f"{operation['name']}Result")
    description = {**case.description, "operations": {operation["name"]: operation}}
    model = ServiceModel(description, "protocoltest")
    return model, ServiceCodec(model, description)


def plain(shape: Shape, value: Any) -> Any:
    """A case's value as the codec has it: milliseconds, bytes, floats; members that are null left out."""
    if value is None:
        return value
    if shape.serialization.get("jsonvalue"):
        return json.loads(value) if isinstance(value, str) else value
    if isinstance(shape, StructureShape):
        if shape.is_document_type:
            return value
        known = {name: inner for name, inner in value.items() if name in shape.members}
        return {n: plain(shape.members[n], inner) for n, inner in known.items() if inner is not None}
    if isinstance(shape, ListShape):
        return [plain(shape.member, item) for item in value]
    if isinstance(shape, MapShape):
        return {key: plain(shape.value, item) for key, item in value.items()}
    return _plain_scalar(shape.type_name, value)


def _plain_scalar(kind: str, value: Any) -> Any:
    if kind == "timestamp":
        return datetime_to_ms(value) if isinstance(value, datetime) else round(value * 1000)
    if kind == "blob":
        return value.encode() if isinstance(value, str) else value
    if kind in ("float", "double"):
        return SPECIAL[value] if isinstance(value, str) else float(value)
    return value


# Answers


class _Stream:
    """What botocore's event streams read from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def stream(self) -> Iterator[bytes]:
        yield self._data


def _run_output(case: Case) -> tuple[Any, Any]:
    model, codec = _service(case)
    operation = model.operation_model(case.content["given"]["name"])
    if "error" in case.content:
        return _run_error(case, model, codec)
    shape = operation.output_shape
    result = plain(shape, case.content["result"]) if shape is not None else {}
    wanted = copy.deepcopy(result)
    stream = shape.event_stream_name if shape is not None else None
    if stream is not None:
        result[stream] = _events(result[stream])
    answer = codec.write_result(operation.name, case.protocol, result, "id")
    raw = _raw(answer, operation.name, is_stream=stream is not None)
    parsed = create_parser(case.protocol).parse(raw, shape)
    parsed.pop("ResponseMetadata", None)
    if stream is not None:
        assert isinstance(parsed[stream], EventStream)
        parsed[stream] = list(parsed[stream])
    return wanted, _without_null(plain(shape, parsed) if shape is not None else parsed, wanted)


def _without_null(got: Any, wanted: Any) -> Any:
    return {key: held for key, held in got.items() if held is not None or key in wanted}


async def _events(events: list[Any]) -> Any:
    for event in events:
        yield event


def _raw(answer: HttpResponse, operation: str, *, is_stream: bool) -> dict[str, Any]:
    async def collected() -> bytes:
        assert answer.stream is not None
        return b"".join([chunk async for chunk in answer.stream])

    body: Any = answer.body if answer.stream is None else asyncio.run(collected())
    return {
        "status_code": answer.status,
        "headers": botocore.awsrequest.HeadersDict(answer.headers),
        "body": _Stream(body) if is_stream else body,
        "context": {"operation_name": operation},
    }


def _run_error(case: Case, model: ServiceModel, codec: ServiceCodec) -> tuple[Any, Any]:
    code, message = case.content.get("errorCode", ""), case.content.get("errorMessage", "")
    try:
        shape = model.shape_for_error_code(code)
    except NoShapeFoundError:
        shape = None
    held = plain(shape, case.content["error"]) if shape is not None else {}
    members = {key: value for key, value in held.items() if key.lower() != "message"}
    said = next((str(value) for key, value in held.items() if key.lower() == "message"), message)
    error = type(shape.name if shape is not None else code, (AwsError,), {})(said, members=members)
    answer = codec.write_error(case.protocol, error, "id", case.content["given"]["name"])
    parser = create_parser(case.protocol)
    raw = _raw(answer, case.content["given"]["name"], is_stream=False)
    parsed = parser.parse(raw, model.operation_model(case.content["given"]["name"]).output_shape)
    got = plain(shape, parser.parse(raw, shape)) if shape is not None else {}
    told = parsed["Error"]
    got = {key: value for key, value in got.items() if value not in (None, "") or key in held}
    return [code, said, held], [told["Code"], told["Message"] or "", got]


def counts() -> dict[str, list[int]]:
    counted: dict[str, list[int]] = {}
    for direction in ("input", "output"):
        for case in load(direction):
            tally = counted.setdefault(f"protocols/{case.protocol}/{direction}", [0, 0])
            tally[1] += 1
            if reason := failure(case):
                print(f"{case.name}: {reason}"[:400])
            else:
                tally[0] += 1
    return counted


if __name__ == "__main__":
    print(json.dumps(counts()))
