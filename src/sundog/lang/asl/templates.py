"""Payload templates: ``{"name.$": "$.path", "fixed": 1}`` and ``{% %}`` values as compiled fields."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sundog.lang.asl.node import Node
from sundog.lang.asl.tree import Field
from sundog.lang.evaluation import MISSING, Environment, EvaluationFailed
from sundog.lang.intrinsics import InvalidIntrinsic, compile_intrinsic, looks_like_intrinsic
from sundog.lang.jsonata import (
    Expression,
    InvalidExpression,
    Template,
    UnsupportedReference,
    compile_template,
)
from sundog.lang.jsonpath import InvalidPath
from sundog.lang.jsonpath.query import compile_query

Read = Callable[[Environment], Any]


def template_field(node: Node, name: str) -> Field[Any] | None:
    """The template in a field, in the node's language; None where the field is absent or wrong."""
    if not node.has(name):
        return None
    value = node.get(name)
    if node.is_jsonata:
        template = jsonata_template(node, name, value)
        if template is None:
            return None
        names = frozenset[str]().union(*(e.variables for e in template.expressions))
        return Field(name, value, template.read, names)
    variables: set[str] = set()
    read = _compiled(node, name, value, variables)
    return Field(name, value, read, frozenset(variables))


def object_template(node: Node, name: str) -> Field[dict[str, Any]] | None:
    """The same where only an object will do."""
    if node.has(name) and not isinstance(node.get(name), dict):
        node.refuse("Expected value of type Object", f"/{name}")
        return None
    return template_field(node, name)


def jsonata_template(node: Node, name: str, value: Any) -> Template | None:
    try:
        template = compile_template(value, node.at(name))
        for expression in template.expressions:
            _check_error_output(node, expression)
        return template
    except InvalidExpression as error:
        node.refuse(error.message, _below(node, error.location), "INVALID_JSONATA_EXPRESSION")
    except UnsupportedReference as error:
        node.refuse(error.message, _below(node, error.location), "UNSUPPORTED_JSONATA_EXPRESSION")
    return None


def _check_error_output(node: Node, expression: Expression) -> None:
    """Only a catcher has an error output (AWS refuses it elsewhere; ``$states`` as a whole may be read)."""
    is_named = "errorOutput" in expression.states and not expression.reads_all_states
    if is_named and "Catch[" not in expression.location:
        message = "Reference to '$states.errorOutput' is not supported."
        raise UnsupportedReference(message, expression.location)


def _below(node: Node, location: str) -> str:
    return "/" + (location[len(node.field) + 1 :] if node.field else location)


def _compiled(node: Node, name: str, value: Any, variables: set[str]) -> Read:
    """A closure; a part without anything to evaluate is given as it is."""
    if isinstance(value, dict):
        members = [_member(node, name, key, inner, variables) for key, inner in value.items()]
        if any(read is not None for _, read, _ in members):
            return _object_reader(members)
    elif isinstance(value, list) and any(map(_is_dynamic, value)):
        elements = [_compiled(node, name, inner, variables) for inner in value]
        return lambda env: [read(env) for read in elements]
    return lambda env: value


def _is_dynamic(value: Any) -> bool:
    if isinstance(value, dict):
        return any(key.endswith(".$") or _is_dynamic(inner) for key, inner in value.items())
    return isinstance(value, list) and any(map(_is_dynamic, value))


_Member = tuple[str, Read | None, Any]


def _member(node: Node, name: str, key: str, value: Any, variables: set[str]) -> _Member:
    if key.endswith(".$"):
        return key[:-2], _dynamic(node, name, key, value, variables), None
    if _is_dynamic(value):
        return key, _compiled(node, name, value, variables), None
    return key, None, value


def _object_reader(members: list[_Member]) -> Read:
    return lambda env: {key: value if read is None else read(env) for key, read, value in members}


def _dynamic(node: Node, name: str, key: str, value: Any, variables: set[str]) -> Read:
    """The value of a field whose name ends with ``.$``."""
    problem = f"The value for the field '{key}' must be a valid JSONPath or a valid intrinsic function call"
    if isinstance(value, str) and value.startswith("$"):
        try:
            return _path_reader(key, value, variables)
        except InvalidPath:
            pass
    elif isinstance(value, str) and looks_like_intrinsic(value):
        try:
            intrinsic = compile_intrinsic(value)
            variables |= intrinsic.variables
            return intrinsic.read
        except InvalidIntrinsic:
            pass
    node.refuse(problem, f"/{name}")
    return lambda env: None


def _path_reader(key: str, text: str, variables: set[str]) -> Read:
    query = compile_query(text)
    if query.variable is not None:
        variables.add(query.variable)
    find = query.read

    def read(env: Environment) -> Any:
        value = find(env)
        if value is MISSING:
            root = env.context if query.is_context else env.input
            shown = json.dumps(root, separators=(",", ":"), ensure_ascii=False)
            cause = f"The JSONPath '{text}' specified for the field '{key}' could not be found in the input"
            raise EvaluationFailed("States.Runtime", f"{cause} '{shown}'")
        return value

    return read
