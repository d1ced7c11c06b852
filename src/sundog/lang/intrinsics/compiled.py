"""Calls as closures over an environment."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sundog.lang.evaluation import MISSING, Environment, EvaluationFailed
from sundog.lang.intrinsics.functions import FUNCTIONS
from sundog.lang.intrinsics.problems import IntrinsicFailure, InvalidIntrinsic
from sundog.lang.intrinsics.syntax import Argument, Call, Constant, Text, parse_call
from sundog.lang.jsonpath.query import Query

Read = Callable[[Environment], Any]


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """A compiled call. ``read`` raises `EvaluationFailed`: States.IntrinsicFailure, or States.Runtime where
    a path finds nothing. ``variables`` are the variables it reads."""

    text: str
    read: Read
    variables: frozenset[str]


def looks_like_intrinsic(text: str) -> bool:
    return text.startswith("States.")


def compile_intrinsic(text: str) -> Intrinsic:
    """Raises `InvalidIntrinsic`."""
    call = parse_call(text)
    return Intrinsic(text, _compiled(call), frozenset(_variables(call)))


def _variables(call: Call) -> set[str]:
    names: set[str] = set()
    for argument in call.arguments:
        if isinstance(argument, Call):
            names |= _variables(argument)
        elif isinstance(argument, Query) and argument.variable:
            names.add(argument.variable)
    return names


def _compiled(call: Call) -> Read:
    function = FUNCTIONS.get(call.name)
    if function is None or not function.arguments_min <= len(call.arguments) <= function.arguments_max:
        raise InvalidIntrinsic(f"Not an intrinsic function: {call.text}")
    is_template = call.name == "Format"
    reads = [
        _read(argument, call, is_raw=is_template and position == 0)
        for position, argument in enumerate(call.arguments)
    ]
    compute = function.compute

    def read(env: Environment) -> Any:
        arguments = [read_argument(env) for read_argument in reads]
        try:
            return compute(arguments, env.ids)
        except IntrinsicFailure as error:
            raise EvaluationFailed("States.IntrinsicFailure", _had(call, str(error))) from None

    return read


def _read(argument: Argument, call: Call, *, is_raw: bool) -> Read:
    if isinstance(argument, Call):
        return _compiled(argument)
    if isinstance(argument, Query):
        return _read_query(argument, call)
    value = argument.raw if is_raw and isinstance(argument, Text) else argument.value
    assert isinstance(argument, Text | Constant)
    return lambda env: value


def _read_query(query: Query, call: Call) -> Read:
    def read(env: Environment) -> Any:
        value = query.read(env)
        if value is MISSING:
            shown = json.dumps(env.input, separators=(",", ":"), ensure_ascii=False)
            reason = f"The JsonPath argument for the field '{query.text}' could not be found in the input"
            raise EvaluationFailed("States.Runtime", _had(call, f"{reason} '{shown}'"))
        return value

    return read


def _had(call: Call, reason: str) -> str:
    return f"The function '{call.text}' had the following error: {reason}"
