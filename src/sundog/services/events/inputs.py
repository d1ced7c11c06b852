"""What a target receives: the event, a part of it, a constant or a template, compiled once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from sundog.lang.input_path import MISSING, InvalidPath, parse_path, select
from sundog.lang.input_transformer import Facts, InvalidTemplate, compile_template
from sundog.services.events.errors import ValidationException
from sundog.services.events.model import Event

MakeInput = Callable[[Event, str, Facts], str | None]
"""(event, the event as text, facts) to the text for the target; None where the event has nothing for it."""

_KINDS = ("Input", "InputPath", "InputTransformer")


def compile_input(target: Mapping[str, Any]) -> MakeInput:
    """Raises ValidationException where the target's input could never be made."""
    id = target["Id"]
    given = [kind for kind in _KINDS if target.get(kind)]
    if len(given) > 1:
        raise ValidationException(
            reason=f"Only one of Input, InputPath, or InputTransformer must be provided for target {id}."
        )
    if not given:
        return lambda _event, text, _facts: text
    kind = given[0]
    if kind == "Input":
        return _constant(id, target[kind])
    return _path(target[kind]) if kind == "InputPath" else _template(id, target[kind])


def _constant(id: str, text: str) -> MakeInput:
    try:
        json.loads(text)
    except ValueError:
        raise ValidationException(reason=f"JSON syntax error in input for target {id}") from None
    return lambda _event, _text, _facts: text


def _path(text: str) -> MakeInput:
    try:
        path = parse_path(text)
    except InvalidPath:
        raise ValidationException(
            reason="Parameter InputPath is not valid. Reason: Invalid JSONPath."
        ) from None

    def make(event: Event, _text: str, _facts: Facts) -> str | None:
        value = select(path, event)
        return None if value is MISSING else orjson.dumps(value).decode()

    return make


def _template(id: str, given: Mapping[str, Any]) -> MakeInput:
    try:
        transformer = compile_template(id, given.get("InputPathsMap"), given["InputTemplate"])
    except InvalidTemplate as error:
        raise ValidationException(reason=error.message) from None
    return lambda event, _text, facts: transformer.transform(event, facts)
