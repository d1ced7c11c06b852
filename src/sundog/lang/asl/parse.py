"""From the text of a definition to its tree, or to what is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from sundog.lang.asl.diagnostics import Diagnostic
from sundog.lang.asl.graph import diagnose_flow, diagnose_names
from sundog.lang.asl.json_text import InvalidJson, parse_json
from sundog.lang.asl.node import Node
from sundog.lang.asl.states import parse_state_node
from sundog.lang.asl.tree import Flow, MachineType, State, StateMachine
from sundog.lang.asl.variables import diagnose_variables, variable_references
from sundog.lang.asl.warnings import diagnose_warnings

NESTING_MAX: Final = 50
DEPTH_MAX: Final = 250
NAME_MAX: Final = 80
_BRACKET: Final = re.compile(r"[{}\[\]]")
_ROOT: Final = ("Comment", "StartAt", "States", "Version", "TimeoutSeconds", "QueryLanguage")
_BRANCH: Final = ("Comment", "StartAt", "States", "ProcessorConfig")


@dataclass(frozen=True, slots=True)
class Parsed:
    """``machine`` is None where ``diagnostics`` has an ERROR; warnings may come with a machine."""

    machine: StateMachine | None
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class ParsedState:
    """As `Parsed`, for a definition that is one state alone (TestState)."""

    state: State | None
    diagnostics: tuple[Diagnostic, ...]


def parse_definition(text: str, machine_type: MachineType = "STANDARD") -> Parsed:
    """Read and check a whole definition. Never raises for bad text."""
    value, problems = _json_object(text)
    if value is None:
        return Parsed(None, tuple(problems))
    flow = _Flows(machine_type).root(Node(value, "", problems))
    if flow is not None and not problems:
        problems += diagnose_flow(flow, "")
        problems += diagnose_names(flow)
        problems += diagnose_variables(flow)
    if flow is None or problems:
        return Parsed(None, tuple(problems))
    machine = StateMachine(
        flow=flow,
        query_language=value.get("QueryLanguage", "JSONPath"),
        timeout_seconds=value.get("TimeoutSeconds"),
        comment=value.get("Comment"),
        version=value.get("Version"),
        variable_references=variable_references(flow),
    )
    return Parsed(machine, tuple(diagnose_warnings(flow)))


def parse_state(text: str, name: str = "TestState") -> ParsedState:
    """Read and check the definition of one state, whose transitions lead anywhere."""
    value, problems = _json_object(text)
    if value is None:
        return ParsedState(None, tuple(problems))
    state = _Flows("STANDARD").state(Node(value, "", problems), name)
    return ParsedState(None if problems else state, tuple(problems))


def _json_object(text: str) -> tuple[dict[str, Any] | None, list[Diagnostic]]:
    not_object = Diagnostic("SCHEMA_VALIDATION_FAILED", "Definition must be a valid JSON object")
    if not text.strip():
        return None, [not_object]
    if _depth(text) > DEPTH_MAX:
        return None, [Diagnostic("TOO_DEEPLY_NESTED", "The states are too deeply nested.")]
    try:
        value = parse_json(text, is_definition=True)
    except InvalidJson as error:
        message = f"{error.message}\n at {error.location}"
        return None, [Diagnostic("INVALID_JSON_DESCRIPTION", message, error.location)]
    return (value, []) if isinstance(value, dict) else (None, [not_object])


def _depth(text: str) -> int:
    """How deep brackets are nested; those inside strings count too, which only a strange text has many of."""
    depth = deepest = 0
    for found in _BRACKET.finditer(text):
        depth += 1 if found[0] in "{[" else -1
        deepest = max(deepest, depth)
    return deepest


class _Flows:
    """Reads flows, and the states in them, of a machine of one type."""

    def __init__(self, machine_type: MachineType) -> None:
        self._machine_type = machine_type
        self._depth = 0

    def root(self, node: Node) -> Flow | None:
        node.allow(_ROOT)
        language = node.value.get("QueryLanguage", "JSONPath")
        if language not in ("JSONPath", "JSONata"):
            node.refuse(
                "The field 'QueryLanguage' should have one of these values: [JSONPath, JSONata]",
                "/QueryLanguage",
            )
            return None
        timeout = node.get("TimeoutSeconds")
        is_whole = isinstance(timeout, int) and not isinstance(timeout, bool) and timeout > 0
        if node.has("TimeoutSeconds") and not is_whole:
            node.refuse("Expected value of type Integer", "/TimeoutSeconds")
        version = node.get("Version")
        if node.has("Version") and version != "1.0":
            node.refuse("The field 'Version' should have one of these values: [1.0]", "/Version")
        node.text("Comment")
        return self._flow(node.speaking(language), node.speaking(language))

    def state(self, node: Node, name: str) -> State | None:
        language = node.language
        return parse_state_node(
            node, name, lambda child: self._flow(child.speaking(language), node), self._machine_type
        )

    def _flow(self, node: Node, root: Node) -> Flow | None:
        """States inside branches and processors speak the machine's language, whatever the state around."""
        if node.pointer:
            node.allow(_BRANCH)
        if self._depth > NESTING_MAX:
            node.refuse("The states are too deeply nested.", code="TOO_DEEPLY_NESTED")
            return None
        is_complete = node.require("States", "StartAt")
        start_at, children = node.text("StartAt"), node.child("States")
        if children is None:
            return None
        self._depth += 1
        states = {name: state for name in children.value if (state := self._named(children, name, root))}
        self._depth -= 1
        if not children.value:
            children.refuse("The field 'States' must not be empty")
        return Flow(start_at, states) if is_complete and start_at is not None else None

    def _named(self, states: Node, name: str, root: Node) -> State | None:
        if not 1 <= len(name) <= NAME_MAX:
            message = f"State name must have between 1 and {NAME_MAX} characters"
            states.refuse(message, f"/{name}", "INVALID_STATE_NAME")
        child = states.child(name)
        if child is None:
            return None
        alone = Node(child.value, child.pointer, child.problems, root.language)
        return parse_state_node(alone, name, lambda n: self._flow(n, root), self._machine_type)
