"""One compiled expression: what it reads, and its value or AWS's error."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from jlens import Expression as Compiled
from jlens import JlensError

from sundog.lang.evaluation import MISSING, Environment, EvaluationFailed
from sundog.lang.jsonata.functions import FUNCTIONS, FunctionFailed, chance
from sundog.lang.jsonata.problems import InvalidExpression, UnsupportedReference

TIMEOUT_SECONDS: Final = 1.0
DEPTH_MAX: Final = 101  # AWS's 100, and the block around every expression
ARRAY_LENGTH_MAX: Final = 873_782
BYTES_MAX: Final = 6_990_256
"""AWS's bounds as measured: https://github.com/floci-io/floci/issues/2737 (comparison with AWS)."""

_BOUNDS: Final = {
    "D1011": "Stack overflow error: Check for non-terminating recursive function. "
    "Consider rewriting as tail-recursive.",
    "D1012": "Expression evaluation timeout: Check for infinite loop",
}
_MEMORY: Final = "Expression evaluation memory limit exceeded: Check for excessive memory usage"
_CALLED: Final = re.compile(r"\$([^\W\d]\w*)\s*\(")
_NEEDS_IDS: Final = re.compile(r"\$(?:random|uuid|eval)\b")
_QUERY_ERROR: Final = "States.QueryEvaluationError"


@dataclass(frozen=True, slots=True)
class Expression:
    """``read(environment)`` gives the value; it raises `EvaluationFailed` where there is none.

    ``text`` is without ``{%`` and ``%}``, ``location`` where it stands in its state (``Output/result``).
    ``variables`` are those it reads; ``states`` are the members of ``$states`` it reads.
    """

    text: str
    location: str
    read: Callable[[Environment], Any]
    variables: frozenset[str]
    states: frozenset[str]

    @property
    def reads_all_states(self) -> bool:
        return self.states == _STATES


def compile_expression(text: str, location: str) -> Expression:
    """Raises `InvalidExpression` or `UnsupportedReference`."""
    try:
        compiled = compile_engine(text)
    except JlensError as error:
        raise InvalidExpression(str(error), location) from None
    except UnicodeEncodeError:
        raise InvalidExpression("Half a surrogate pair is not a character", location) from None
    called: Mapping[str, Any] = dict.fromkeys(_CALLED.findall(text), _nothing)
    reads = compiled.reads({**called})
    if "eval" not in called:  # it is no function here: evaluating fails
        _refuse_top_level(text, reads.get("input"), location)
    bound: dict[str, Any] = dict(reads["bindings"])
    states = bound.pop("states", {})
    members = frozenset(states) if isinstance(states, dict) else _STATES
    variables = frozenset(bound) - frozenset(called)
    read = _reader(text, location, variables, members)
    return Expression(text, location, read, variables, members)


def compile_engine(text: str) -> Compiled:
    """The engine with AWS's functions, before anything is refused that state machines may not say."""
    compiled = Compiled(text)
    for function in FUNCTIONS:
        compiled.register_function(function.name, function.compute, function.signature)
    return compiled


def _nothing(*arguments: Any) -> None:
    """Stands for any function while asking what an expression reads."""


def _refuse_top_level(text: str, read: Any, location: str) -> None:
    if not read:
        return
    names = list(read) if isinstance(read, dict) else ["$$" if "$$" in text else "$"]
    raise UnsupportedReference(f"Reference to '{names[0]}' at the top level is not supported.", location)


_STATES: Final = frozenset({"input", "context", "result", "errorOutput"})


def _states(env: Environment, members: frozenset[str]) -> dict[str, Any]:
    """The members that are read and there."""
    all_states = {"input": env.input, "context": env.context, "result": env.result}
    all_states["errorOutput"] = env.error_output
    return {name: value for name, value in all_states.items() if name in members and value is not MISSING}


def _reader(
    text: str, location: str, names: frozenset[str], members: frozenset[str]
) -> Callable[[Environment], Any]:
    """Variables are handed in as members of the input document: jlens reads that one level at a time, where
    it would copy bindings whole. The expression itself sees no document (it was refused if it asks)."""
    prelude = "".join(f"${name} := `{name}`; " for name in ("states", *sorted(names)))
    compiled = compile_engine(f"({prelude}{text}\n)")
    exists = compile_engine(f"({prelude}$exists({text}\n))")
    needs_ids = _NEEDS_IDS.search(text) is not None
    prefix = f"The JSONata expression '{text}' specified for the field '{location}'"

    def read(env: Environment) -> Any:
        document: dict[str, Any] = {name: env.variables[name] for name in names if name in env.variables}
        document["states"] = _states(env, members)
        bindings = chance(env.ids) if needs_ids else None
        try:
            value = _evaluated(compiled, document, bindings, env.now_ms)
            is_there = value is not None or _evaluated(exists, document, bindings, env.now_ms)
        except JlensError as error:
            raise EvaluationFailed(_QUERY_ERROR, prefix + _threw(error), location) from None
        except FunctionFailed as error:
            cause = f"{prefix} threw an error during evaluation{error.ending}"
            raise EvaluationFailed(_QUERY_ERROR, cause, location) from None
        if not is_there:
            raise EvaluationFailed(_QUERY_ERROR, f"{prefix} returned nothing (undefined).", location)
        return value

    return read


def _evaluated(
    compiled: Compiled, document: dict[str, Any], bindings: dict[str, Any] | None, now_ms: int
) -> Any:
    return compiled.evaluate(
        document,
        bindings,
        timeout=TIMEOUT_SECONDS,
        max_depth=DEPTH_MAX,
        max_array_length=ARRAY_LENGTH_MAX,
        max_string_length=BYTES_MAX,
        max_result_size=BYTES_MAX,
        now=now_ms,
    )


def _threw(error: JlensError) -> str:
    """A bound follows after a colon, an error of JSONata's own is a sentence with its code."""
    bound = _MEMORY if error.code.startswith("U10") else _BOUNDS.get(error.code)
    if bound is not None:
        return f" threw an error during evaluation: {bound}"
    return f" threw an error during evaluation. {error.code}: {error}"


def unexpected_type(expression: Expression, expected: str, value: Any) -> EvaluationFailed:
    """The expression has a value, of a type that the field cannot take."""
    cause = (
        f"The JSONata expression '{expression.text}' specified for the field '{expression.location}' "
        f"returned an unexpected result type. Expected '{expected}', but was '{type_name(value)}' for value: "
        f"{json.dumps(value, separators=(',', ':'), ensure_ascii=False)}"
    )
    return EvaluationFailed(_QUERY_ERROR, cause, expression.location)


def type_name(value: Any) -> str:
    """JSON's name for the type of a value."""
    names = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")
