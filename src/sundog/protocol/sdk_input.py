"""Parameters of an operation from JSON as callers of AWS's SDK integrations write it.

Scheduler's universal targets (and everything else that names ``aws-sdk:<service>:<action>``) spell members
as the Java SDK does, with a capital, whatever the service's model does; blobs are text, times are epoch
seconds or ISO 8601. What comes out is what `Context.dispatch` takes.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

from __future__ import annotations

from typing import Any, Final

import orjson
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape

from sundog.protocol.malformed import Malformed
from sundog.protocol.timestamps import parse_timestamp, seconds_to_ms

_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
}
SDK_NAMES: Final = {
    "cloudwatchevents": "events",
    "cloudwatchlogs": "logs",
    "cognitoidentity": "cognito-identity",
    "cognitoidentityprovider": "cognito-idp",
    "elasticloadbalancingv2": "elbv2",
    "elasticmapreduce": "emr",
    "emrcontainers": "emr-containers",
    "emrserverless": "emr-serverless",
    "eventbridge": "events",
    "sfn": "stepfunctions",
}
"""botocore's names of services where the SDK's (the service id in small letters) is another."""


class InvalidInput(Exception):
    """The input does not fit the operation; ``message`` says where."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def find_operation(model: ServiceModel, action: str) -> OperationModel | None:
    """``sendMessage`` or ``SendMessage``."""
    name = action[:1].upper() + action[1:]
    return model.operation_model(name) if name in model.operation_names else None


def read_input(operation: OperationModel, value: Any) -> dict[str, Any]:
    """Raises `InvalidInput`. Members that the operation does not have are refused, as AWS refuses them."""
    if not isinstance(value, dict):
        raise InvalidInput("The input must be a JSON object.")
    shape = operation.input_shape
    if shape is None:
        return {}
    parsed: dict[str, Any] = _structure(shape, value, "")
    return parsed


def _read(shape: Shape, value: Any, path: str) -> Any:
    if isinstance(shape, StructureShape):
        return value if shape.is_document_type else _structure(shape, value, path)
    if isinstance(shape, ListShape):
        items = _fit(value, list, path)
        return [_read(shape.member, item, f"{path}[{at}]") for at, item in enumerate(items)]
    if isinstance(shape, MapShape):
        pairs = _fit(value, dict, path).items()
        return {key: _read(shape.value, item, f"{path}.{key}") for key, item in pairs}
    if shape.type_name == "blob":
        return value.encode() if isinstance(value, str) else orjson.dumps(value)
    if shape.type_name == "timestamp":
        return _time(value, path)
    return _scalar(shape.type_name, value, path)


def _structure(shape: StructureShape, value: Any, path: str) -> dict[str, Any]:
    # A model has no two members that differ in the case of their first letter alone.
    names = {name[:1].lower() + name[1:]: name for name in shape.members}
    found: dict[str, Any] = {}
    for key, item in _fit(value, dict, path).items():
        name = names.get(key[:1].lower() + key[1:])
        where = f"{path}.{key}" if path else key
        if name is None:
            raise InvalidInput(f"The field {where} is not known.")
        if item is not None:
            found[name] = _read(shape.members[name], item, where)
    return found


def _scalar(kind: str, value: Any, path: str) -> Any:
    allowed: tuple[Any, ...] = _KINDS.get(kind, (object,))
    is_number = bool not in allowed and isinstance(value, bool)
    if not isinstance(value, allowed) or (is_number and object not in allowed):
        raise InvalidInput(f"The value of {path} must be of type {kind}.")
    return float(value) if kind in ("float", "double") else value


def _time(value: Any, path: str) -> int:
    try:
        return parse_timestamp(value) if isinstance(value, str) else seconds_to_ms(value)
    except (Malformed, TypeError):
        raise InvalidInput(f"The value of {path} must be a time.") from None


def _fit(value: Any, kind: type, path: str) -> Any:
    if not isinstance(value, kind):
        raise InvalidInput(
            f"The value of {path or 'the input'} must be a {'list' if kind is list else 'map'}."
        )
    return value
