"""Answers of query services as JSON: what they write for a caller that asks for ``application/json``.

API Gateway asks for it unless a mapping says otherwise, so integration templates read
``$.SendMessageResponse.SendMessageResult.MessageId``. Members without a value are null.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

import orjson
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

CONTENT_TYPE: Final = "application/json"

_OTHER_NAMES: Final = {("sqs", "Messages"): "messages"}
"""Members that a service spells otherwise in these answers than in its model."""


def write_query_json(operation: OperationModel, result: Mapping[str, Any], request_id: str) -> bytes:
    """The result of ``operation``, inside its response and result elements."""
    name, answer = operation.name, {}
    service = operation.service_model.service_name
    if operation.output_shape is not None:
        answer[f"{name}Result"] = _write(operation.output_shape, result, service)
    answer["ResponseMetadata"] = {"RequestId": request_id}
    return orjson.dumps({f"{name}Response": answer})


def write_query_error(code: str, fault: str, message: str, request_id: str) -> bytes:
    error = {"Code": code, "Message": message, "Type": fault}
    return orjson.dumps({"Error": error, "RequestId": request_id})


def _write(shape: Shape, value: Any, service: str) -> Any:
    if value is None:
        return None
    if isinstance(shape, StructureShape):
        return {
            _OTHER_NAMES.get((service, name), name): _write(member, value.get(name), service)
            for name, member in shape.members.items()
        }
    if isinstance(shape, ListShape):
        return [_write(shape.member, item, service) for item in value]
    if isinstance(shape, MapShape):
        return {key: _write(shape.value, item, service) for key, item in value.items()}
    if shape.type_name == "timestamp":
        return value / 1_000
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value
