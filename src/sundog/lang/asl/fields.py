"""Fields with one value: paths, numbers, texts and times, written as constant, path or expression."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sundog.lang.asl.node import Node
from sundog.lang.asl.templates import jsonata_template
from sundog.lang.asl.timestamps import parse_timestamp
from sundog.lang.asl.tree import Field
from sundog.lang.evaluation import MISSING, Environment, EvaluationFailed
from sundog.lang.intrinsics import InvalidIntrinsic, compile_intrinsic, looks_like_intrinsic
from sundog.lang.jsonata import expression_in
from sundog.lang.jsonata.expression import Expression, unexpected_type
from sundog.lang.jsonpath import InvalidPath
from sundog.lang.jsonpath.query import Query, compile_query

RUNTIME = "States.Runtime"
Convert = Callable[[Any], Any]
"""A value as the field wants it; MISSING when it is of another type."""


def shown(value: Any) -> str:
    """A value inside a message: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def query_of(node: Node, name: str) -> Query | None:
    """The path in a field; None, and a problem, when it is none."""
    value = node.get(name)
    if isinstance(value, str):
        try:
            return compile_query(value)
        except InvalidPath:
            pass
    node.refuse("Value must be a valid JSONPath.", f"/{name}")
    return None


def variables_of(query: Query) -> frozenset[str]:
    return frozenset({query.variable}) if query.variable else frozenset()


def found(query: Query, env: Environment) -> Any:
    """What is there; Jayway's reason when nothing is."""
    value = query.read(env)
    if value is MISSING:
        raise EvaluationFailed(RUNTIME, f"Invalid path '{query.text}' : {query.why_missing(env)}")
    return value


def path_field(node: Node, name: str) -> Field[Any] | None:
    """InputPath and OutputPath: null stands for an empty object."""
    if not node.has(name):
        return None
    if node.get(name) is None:
        return Field(name, None, lambda env: {})
    query = query_of(node, name)
    if query is None:
        return None
    known = query
    return Field(name, query.text, lambda env: found(known, env), variables_of(query))


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field holds: ``article`` as in "not a valid integer", ``json_type`` as JSONata names it.

    ``check`` gives the sentence that refuses a value of the right type, or None.
    """

    article: str
    json_type: str
    convert: Convert
    check: Callable[[Any], str | None] = lambda value: None


def value_field(node: Node, name: str, kind: Kind) -> Field[Any] | None:
    """``Name`` (a constant, or an expression in JSONata) or ``NamePath`` (JSONPath)."""
    path_name = f"{name}Path"
    if node.has(path_name) and not node.is_jsonata:
        if node.has(name):
            node.refuse(f"You cannot set both {name} and {path_name}.")
        return _path_value(node, name, path_name, kind)
    if not node.has(name):
        return None
    value = node.get(name)
    if node.is_jsonata and expression_in(value) is not None:
        template = jsonata_template(node, name, value)
        return None if template is None else _expression_value(name, template.expressions[0], kind)
    constant = kind.convert(value)
    if constant is MISSING:
        node.refuse(f"Expected value of type {kind.article.title()}", f"/{name}")
        return None
    problem = kind.check(constant)
    if problem:
        node.refuse(problem, f"/{name}")
    return Field(name, value, lambda env: constant)


def _path_value(node: Node, name: str, path_name: str, kind: Kind) -> Field[Any] | None:
    text = node.get(path_name)
    if kind.json_type == "string" and isinstance(text, str) and looks_like_intrinsic(text):
        return _intrinsic_value(node, path_name, text)
    query = query_of(node, path_name)
    if query is None:
        return None
    known = query

    def read(env: Environment) -> Any:
        value = found(known, env)
        converted = kind.convert(_as_number(value) if kind.json_type == "number" else value)
        if converted is MISSING:
            refers = f'The {path_name} field refers to value "{shown(value)}"'
            raise EvaluationFailed(RUNTIME, f"{refers} which is not a valid {kind.article}: {known.text}")
        problem = kind.check(converted)
        if problem:
            raise EvaluationFailed(RUNTIME, problem)
        return converted

    return Field(path_name, text, read, variables_of(query))


def _intrinsic_value(node: Node, name: str, text: str) -> Field[Any] | None:
    """ErrorPath and CausePath take a function that gives a text."""
    try:
        intrinsic = compile_intrinsic(text)
    except InvalidIntrinsic:
        node.refuse("Value must be a valid JSONPath or intrinsic function call.", f"/{name}")
        return None
    return Field(name, text, lambda env: shown(intrinsic.read(env)), intrinsic.variables)


def _expression_value(name: str, expression: Expression, kind: Kind) -> Field[Any]:
    def read(env: Environment) -> Any:
        value = expression.read(env)
        converted = kind.convert(value)
        if converted is MISSING:
            raise unexpected_type(expression, kind.json_type, value)
        problem = kind.check(converted)
        if problem:
            raise EvaluationFailed("States.QueryEvaluationError", problem, expression.location)
        return converted

    return Field(name, "{% " + expression.text + " %}", read, expression.variables)


_NUMBER = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{1,18})?")


def _as_number(value: Any) -> Any:
    """A text that a path finds is read as the number it is (recorded)."""
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        return value
    return float(value) if "." in value else int(value)


def _integer(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else MISSING


def _number(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else MISSING


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else MISSING


def integer_kind(check: Callable[[Any], str | None] = lambda value: None) -> Kind:
    return Kind("integer", "number", _integer, check)


def number_kind(check: Callable[[Any], str | None]) -> Kind:
    return Kind("float", "number", _number, check)


TEXT = Kind("string", "string", _text)


def seconds_field(node: Node) -> Field[int] | None:
    """A Wait's Seconds or SecondsPath."""
    if node.is_jsonata or not node.has("SecondsPath"):
        return value_field(node, "Seconds", integer_kind(_seconds_problem))
    query = query_of(node, "SecondsPath")
    if query is None:
        return None
    known = query

    def read(env: Environment) -> int:
        value = known.read(env)
        if value is MISSING:
            cause = f"The SecondsPath parameter does not reference an input value: {known.text}"
            raise EvaluationFailed(RUNTIME, cause)
        if not isinstance(value, int) or isinstance(value, bool) or value.bit_length() > _LONG_BITS:
            cause = "The SecondsPath parameter cannot be parsed as a long value"
            raise EvaluationFailed(RUNTIME, f"{cause}: {known.text} == {shown(value)}")
        return min(max(0, value), SECONDS_MAX)  # an execution ends after a year in any case

    return Field("SecondsPath", query.text, read, variables_of(query))


SECONDS_MAX = 99_999_999
_LONG_BITS = 63


def _seconds_problem(value: int) -> str | None:
    return None if 0 <= value <= SECONDS_MAX else f"Seconds must be between 0 and {SECONDS_MAX}."


def timestamp_field(node: Node) -> Field[int] | None:
    """A Wait's Timestamp or TimestampPath, in milliseconds since the epoch."""
    if not node.is_jsonata and node.has("TimestampPath"):
        return _timestamp_path(node)
    if not node.has("Timestamp"):
        return None
    value = node.get("Timestamp")
    if node.is_jsonata and expression_in(value) is not None:
        template = jsonata_template(node, "Timestamp", value)
        return None if template is None else _timestamp_expression(template.expressions[0])
    moment_ms = parse_timestamp(value) if isinstance(value, str) else None
    if moment_ms is None:
        node.refuse("String does not match RFC3339 timestamp", "/Timestamp")
        return None
    known_ms = moment_ms
    return Field("Timestamp", value, lambda env: known_ms)


def _timestamp_path(node: Node) -> Field[int] | None:
    query = query_of(node, "TimestampPath")
    if query is None:
        return None
    known = query

    def read(env: Environment) -> int:
        value = known.read(env)
        if value is MISSING:
            cause = f"The TimestampPath parameter does not reference an input value: {known.text}"
            raise EvaluationFailed(RUNTIME, cause)
        moment_ms = parse_timestamp(value) if isinstance(value, str) else None
        if moment_ms is None:
            cause = "The TimestampPath parameter does not reference a valid ISO-8601 extended offset "
            raise EvaluationFailed(RUNTIME, f"{cause}date-time format string: {known.text} == {shown(value)}")
        return moment_ms

    return Field("TimestampPath", query.text, read, variables_of(query))


def _timestamp_expression(expression: Expression) -> Field[int]:
    def read(env: Environment) -> int:
        value = expression.read(env)
        if not isinstance(value, str):
            raise unexpected_type(expression, "string", value)
        moment_ms = parse_timestamp(value)
        if moment_ms is None:
            cause = (
                "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string"
            )
            raise EvaluationFailed("States.QueryEvaluationError", f"{cause}: {value}", expression.location)
        return moment_ms

    return Field("Timestamp", "{% " + expression.text + " %}", read, expression.variables)
