"""Choice rules of both languages as one kind of field: a condition that holds or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from sundog.lang.asl.fields import Kind, query_of, value_field, variables_of
from sundog.lang.asl.node import Node
from sundog.lang.asl.templates import object_template, template_field
from sundog.lang.asl.timestamps import parse_timestamp_ns
from sundog.lang.asl.tree import ChoiceRule, Field
from sundog.lang.evaluation import MISSING, Environment, EvaluationFailed
from sundog.lang.jsonpath.query import Query

Holds = Callable[[Environment], bool]
NESTING_MAX: Final = 50

_COMBINATIONS: Final = ("And", "Or", "Not")
_ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "Equals": lambda left, right: bool(left == right),
    "GreaterThan": lambda left, right: bool(left > right),
    "GreaterThanEquals": lambda left, right: bool(left >= right),
    "LessThan": lambda left, right: bool(left < right),
    "LessThanEquals": lambda left, right: bool(left <= right),
}


def _boolean(value: Any) -> Any:
    return value if isinstance(value, bool) else MISSING


def _number(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else MISSING


def _text(value: Any) -> Any:
    """Java compares texts by their UTF-16 units."""
    return value.encode("utf-16-be", "surrogatepass") if isinstance(value, str) else MISSING


def _moment(value: Any) -> Any:
    moment_ns = parse_timestamp_ns(value) if isinstance(value, str) else None
    return MISSING if moment_ns is None else moment_ns


_TYPES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "Numeric": _number,
    "String": _text,
    "Timestamp": _moment,
}
_COMPARISONS: Final[Mapping[str, tuple[Callable[[Any], Any], Callable[[Any, Any], bool]]]] = {
    "BooleanEquals": (_boolean, _ORDERS["Equals"]),
    **{f"{kind}{order}": (_TYPES[kind], _ORDERS[order]) for kind in _TYPES for order in _ORDERS},
}
_TESTS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsNull": lambda value: value is None,
    "IsNumeric": lambda value: _number(value) is not MISSING,
    "IsPresent": lambda value: value is not MISSING,
    "IsString": lambda value: isinstance(value, str),
    "IsTimestamp": lambda value: _moment(value) is not MISSING,
}
OPERATORS: Final = frozenset(
    {*_COMPARISONS, *(f"{name}Path" for name in _COMPARISONS), *_TESTS, "StringMatches"}
)
_JSONPATH_RULE: Final = frozenset({"Variable", *_COMBINATIONS, *OPERATORS})
_CONDITION: Final = Kind("boolean", "boolean", _boolean)


def parse_rule(node: Node) -> ChoiceRule | None:
    """One entry of Choices, which has Next and may assign."""
    node.require("Next")
    target = node.text("Next")
    condition = _jsonata_condition(node) if node.is_jsonata else _jsonpath_condition(node)
    assign, output = object_template(node, "Assign"), None
    if node.is_jsonata:
        output = template_field(node, "Output")
    if condition is None or target is None:
        return None
    return ChoiceRule(condition, target, assign, output)


def _jsonata_condition(node: Node) -> Field[bool] | None:
    node.allow(("Condition", "Next", "Comment", "Assign", "Output"), _JSONPATH_RULE)
    if not node.require("Condition"):
        return None
    return value_field(node, "Condition", _CONDITION)


def _jsonpath_condition(node: Node) -> Field[bool] | None:
    variables: set[str] = set()
    holds = _condition(node, variables, ("Next", "Comment", "Assign"), 0)
    return holds and Field("Condition", node.value, holds, frozenset(variables))


def _condition(node: Node, variables: set[str], extra: tuple[str, ...], depth: int) -> Holds | None:
    combinations = [name for name in _COMBINATIONS if node.has(name)]
    operators = [name for name in node.value if name in OPERATORS]
    node.allow({*_JSONPATH_RULE, *extra}, ("Condition", "Output"))
    if depth > NESTING_MAX:
        node.refuse("The states are too deeply nested.", code="TOO_DEEPLY_NESTED")
        return None
    if len(combinations) == 1 and not operators:
        return _combination(node, combinations[0], variables, depth)
    if not node.require("Variable"):
        return None
    if len(operators) != 1 or combinations:
        node.refuse("Exactly one comparison operator is required")
        return None
    query = query_of(node, "Variable")
    if query is None:
        return None
    variables |= variables_of(query)
    return _comparison(node, query, operators[0], variables)


def _combination(node: Node, name: str, variables: set[str], depth: int) -> Holds | None:
    if name == "Not":
        child = node.child(name)
        inner = child and _condition(child, variables, ("Comment",), depth + 1)
        return (lambda env, test=inner: not test(env)) if inner else None  # type: ignore[misc]
    children = [_condition(child, variables, ("Comment",), depth + 1) for child in node.children(name)]
    tests = [test for test in children if test is not None]
    if not children:
        node.refuse(f"The field '{name}' must not be empty", f"/{name}")
    if not children or len(tests) < len(children):
        return None
    if name == "And":
        return lambda env: all(test(env) for test in tests)
    return lambda env: any(test(env) for test in tests)


def _there(query: Query, env: Environment) -> Any:
    value = query.read(env)
    if value is MISSING:
        cause = f"Invalid path '{query.text}': The choice state's condition path references an invalid value."
        raise EvaluationFailed("States.Runtime", cause)
    return value


def _comparison(node: Node, query: Query, operator: str, variables: set[str]) -> Holds | None:
    expected = node.get(operator)
    if operator in _TESTS:
        return _type_test(node, query, operator, expected)
    if operator == "StringMatches":
        return _string_matches(node, query, expected)
    if operator.endswith("Path"):
        convert, compare = _COMPARISONS[operator.removesuffix("Path")]
        other = query_of(node, operator)
        if other is None:
            return None
        variables |= variables_of(other)
        known = other
        return lambda env: _compared(convert(_there(query, env)), convert(_there(known, env)), compare)
    convert, compare = _COMPARISONS[operator]
    constant = convert(expected)
    if constant is MISSING:
        node.refuse(_wrong_constant(operator), f"/{operator}")
        return None
    return lambda env: _compared(convert(_there(query, env)), constant, compare)


def _compared(left: Any, right: Any, compare: Callable[[Any, Any], bool]) -> bool:
    """Values of another type than the operator's do not match."""
    return left is not MISSING and right is not MISSING and compare(left, right)


def _wrong_constant(operator: str) -> str:
    if operator.startswith("Timestamp"):
        return "String does not match RFC3339 timestamp"
    kind = next(k for k in ("Boolean", "Numeric", "String") if operator.startswith(k))
    return f"Expected value of type {kind}"


def _type_test(node: Node, query: Query, operator: str, expected: Any) -> Holds | None:
    if not isinstance(expected, bool):
        node.refuse("Expected value of type Boolean", f"/{operator}")
        return None
    test = _TESTS[operator]
    if operator == "IsPresent":
        return lambda env: test(query.read(env)) is expected
    return lambda env: test(_there(query, env)) is expected


def _string_matches(node: Node, query: Query, expected: Any) -> Holds | None:
    if not isinstance(expected, str):
        node.refuse("Expected value of type String", "/StringMatches")
        return None
    pattern = compile_wildcards(expected)

    def holds(env: Environment) -> bool:
        value = _there(query, env)
        return isinstance(value, str) and pattern.fullmatch(value) is not None

    return holds


def compile_wildcards(pattern: str) -> re.Pattern[str]:
    r"""``*`` stands for any text, ``\\*`` for the star itself, ``\\\\`` for a backslash."""
    parts = re.findall(r"\\[*\\]|\*+|[^*\\]+|\\", pattern)
    written = [".*" if part.startswith("*") else re.escape(_literal(part)) for part in parts]
    return re.compile("".join(written), re.DOTALL)


def _literal(part: str) -> str:
    return part[1:] if part in ("\\*", "\\\\") else part
