"""Parameters against the model: required members, lengths, ranges, enums, patterns, in AWS's words.

One tree of closures per operation. A scalar in a list or map is reported as one problem of the whole
collection that names every demand on a member; a structure in a list by its own path (``tags.1.member.key``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

from sundog.protocol.common_errors import Named
from sundog.protocol.constraints import (
    LISTED,
    REPORTED,
    Constraint,
    constraints_of,
    lower_first,
    one_of,
    show,
)
from sundog.protocol.validation_rules import Rules, read_rules

Validator = Callable[[Mapping[str, Any]], None]
Check = Callable[[Any, str, list[str]], None]
"""(value, its path, the problems found so far)"""

NOT_NULL = "Member must not be null"


class ValidationFailed(Named):
    """Parameters that the model rules out, under the name that the service has for it."""


def compile_validator(model: ServiceModel, operation_name: str) -> Validator:
    """The check of one operation's parameters: returns, or raises `ValidationFailed` with every problem."""
    rules = read_rules(model)
    shape = model.operation_model(operation_name).input_shape
    check = None if rules.is_off or shape is None else _Compiler(rules).request(shape, operation_name)
    if check is None:
        return _accept
    accepted = check

    def validate(request: Mapping[str, Any]) -> None:
        problems: list[str] = []
        accepted(request, "", problems)
        if problems:
            raise ValidationFailed(rules.code, _message(problems))

    return validate


def _accept(_request: Mapping[str, Any]) -> None:
    """Nothing of this operation is checked."""


def _message(problems: list[str]) -> str:
    for problem in problems:
        if not problem.startswith("Value"):  # a service's own sentence stands alone
            return problem
    found = "1 validation error" if len(problems) == 1 else f"{len(problems)} validation errors"
    return f"{found} detected: {'; '.join(problems)}"


class _Compiler:
    """Builds checks from shapes; None where a shape demands nothing, so that it costs nothing."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._known: dict[str, Check | None] = {}

    def request(self, shape: StructureShape, operation_name: str) -> Check | None:
        """The whole input of an operation."""
        if not self._rules.body:
            return self.structure(shape)
        prefix = f"{lower_first(operation_name)}{self._rules.body}."
        return self.structure(
            shape, {name: prefix for name, m in shape.members.items() if "location" not in m.serialization}
        )

    def structure(self, shape: StructureShape, prefixes: Mapping[str, str] | None = None) -> Check | None:
        """``prefixes``: what stands before the names of some members."""
        name, before = shape.name, prefixes or {}
        if name in self._known:
            return self._known[name]
        self._known[name] = self._again(name)  # a shape may contain itself
        required = frozenset(shape.required_members)
        members = [
            (member, before.get(member, "") + lower_first(member), member in required, self.shape(inner))
            for member, inner in shape.members.items()
            if f"{name}.{member}" not in self._rules.exempt
        ]
        demanding = [m for m in members if m[2] or m[3] is not None]
        first = self._rules.order.get(name, ())
        demanding.sort(key=lambda m: first.index(m[0]) if m[0] in first else len(first))
        self._known[name] = _structure(demanding) if demanding else None
        return self._known[name]

    def shape(self, shape: Shape) -> Check | None:
        """The demands of a shape on its value and on what is in it."""
        if shape.name in self._rules.exempt:
            return None
        return _all_of([self._own(shape), *self._inner(shape)])

    def _own(self, shape: Shape) -> Check | None:
        constraints = constraints_of(shape, self._rules, REPORTED)
        return _scalar(constraints, shape, self._rules) if constraints else None

    def _inner(self, shape: Shape) -> list[Check | None]:
        if isinstance(shape, StructureShape):
            return [_below(self.structure(shape))]
        if isinstance(shape, ListShape):
            return [self._members(shape, shape.member, "Member", _items, _numbered)]
        if isinstance(shape, MapShape):
            return [
                self._members(shape, shape.key, "Map keys", _keys, _numbered),
                self._members(shape, shape.value, "Map value", _values, _named),
            ]
        return []

    def _members(self, whole: Shape, member: Shape, noun: str, each: _Each, paths: _Paths) -> Check | None:
        if isinstance(member, StructureShape | ListShape | MapShape):
            check = self.shape(member)
            if self._rules.null_members or isinstance(whole, MapShape):  # of maps the parser drops nulls
                return None if check is None else _deep(check, paths)
            return _all_there(check, paths)
        if (values := self._rules.lists.get(whole.name)) is not None:
            only = one_of(values, more=tuple(member.metadata.get("enum", ())))
            return _flat([only], only.text, each, whole, self._rules)
        constraints = constraints_of(member, self._rules, LISTED)
        texts = [constraint.text for constraint in constraints]
        demands = texts if self._rules.null_members else [*texts, NOT_NULL]
        text = f"{noun} must satisfy constraint: [{', '.join(demands)}]"
        return _flat(constraints, text, each, whole, self._rules) if constraints else None

    def _again(self, name: str) -> Check:
        def check(value: Any, path: str, problems: list[str]) -> None:
            if (known := self._known[name]) is not None:
                known(value, path, problems)

        return check


_Each = Callable[[Any], Iterable[Any]]
_Paths = Callable[[Any, str], Iterable[tuple[Any, str]]]
_Member = tuple[str, str, bool, Check | None]


def _structure(members: list[_Member]) -> Check:
    def check(value: Any, prefix: str, problems: list[str]) -> None:
        for wire_name, name, is_required, inner in members:
            member = value.get(wire_name)
            if member is not None:
                if inner is not None:
                    inner(member, prefix + name, problems)
            elif is_required:
                problems.append(f"Value null at '{prefix}{name}' failed to satisfy constraint: {NOT_NULL}")

    return check


def _below(check: Check | None) -> Check | None:
    if check is None:
        return None
    inner = check
    return lambda value, path, problems: inner(value, f"{path}.", problems)


def _scalar(constraints: list[Constraint], shape: Shape, rules: Rules) -> Check:
    def check(value: Any, path: str, problems: list[str]) -> None:
        for constraint in constraints:
            if not constraint.holds(value):
                alone = constraint.alone.format(name=path.rpartition(".")[2])
                shown = show(value, shape, rules)
                problems.append(
                    alone or f"{shown} at '{path}' failed to satisfy constraint: {constraint.text}"
                )

    return check


def _flat(constraints: list[Constraint], demand: str, each: _Each, whole: Shape, rules: Rules) -> Check:
    """All scalars of a collection together: one problem, however many of them are wrong."""
    tests = [constraint.holds for constraint in constraints]

    def check(value: Any, path: str, problems: list[str]) -> None:
        if not all(item is not None and all(test(item) for test in tests) for item in each(value)):
            problems.append(f"{show(value, whole, rules)} at '{path}' failed to satisfy constraint: {demand}")

    return check


def _deep(inner: Check, paths: _Paths) -> Check:
    def check(value: Any, path: str, problems: list[str]) -> None:
        for item, item_path in paths(value, path):
            if item is not None:
                inner(item, item_path, problems)

    return check


def _all_there(inner: Check | None, paths: _Paths) -> Check:
    """Like `_deep`, and nothing may be null."""

    def check(value: Any, path: str, problems: list[str]) -> None:
        for item, item_path in paths(value, path):
            if item is None:
                problems.append(f"Value null at '{item_path}' failed to satisfy constraint: {NOT_NULL}")
            elif inner is not None:
                inner(item, item_path, problems)

    return check


def _all_of(checks: list[Check | None]) -> Check | None:
    found = [check for check in checks if check is not None]
    if len(found) < 2:
        return found[0] if found else None

    def check(value: Any, path: str, problems: list[str]) -> None:
        for one in found:
            one(value, path, problems)

    return check


def _items(value: Any) -> Iterable[Any]:
    return value  # type: ignore[no-any-return]


def _keys(value: Any) -> Iterable[Any]:
    return value.keys()  # type: ignore[no-any-return]


def _values(value: Any) -> Iterable[Any]:
    return value.values()  # type: ignore[no-any-return]


def _numbered(value: Any, path: str) -> Iterable[tuple[Any, str]]:
    return ((item, f"{path}.{number}.member") for number, item in enumerate(value, 1))


def _named(value: Any, path: str) -> Iterable[tuple[Any, str]]:
    return ((item, f"{path}.{key}.member") for key, item in value.items())
