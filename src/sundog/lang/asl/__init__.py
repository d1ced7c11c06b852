"""Amazon States Language: `parse_definition` gives a frozen tree with all compiled, or AWS's diagnostics.

    parsed = parse_definition(text, "STANDARD")
    state = parsed.machine.flow.states["Start"]
    arguments = state.parameters.read(Environment(input=..., context=..., variables=..., ids=..., now_ms=...))

Pure: no I/O, no clock, no chance but what an `Environment` brings.
"""

from __future__ import annotations

from sundog.lang.asl.diagnostics import Diagnostic, definition_message
from sundog.lang.asl.json_text import InvalidJson, parse_json
from sundog.lang.asl.parse import Parsed, ParsedState, parse_definition, parse_state
from sundog.lang.asl.resource import TaskResource, parse_resource
from sundog.lang.asl.retry import Exhausted, Retry, decide_catch, decide_retry
from sundog.lang.asl.tree import (
    Catcher,
    Choice,
    ChoiceRule,
    Fail,
    Field,
    Flow,
    ItemBatcher,
    ItemReader,
    MachineType,
    Map,
    Parallel,
    Pass,
    QueryLanguage,
    ResultWriter,
    Retrier,
    State,
    StateMachine,
    Succeed,
    Task,
    Wait,
    Work,
)

__all__ = [
    "Catcher",
    "Choice",
    "ChoiceRule",
    "Diagnostic",
    "Exhausted",
    "Fail",
    "Field",
    "Flow",
    "InvalidJson",
    "ItemBatcher",
    "ItemReader",
    "MachineType",
    "Map",
    "Parallel",
    "Parsed",
    "ParsedState",
    "Pass",
    "QueryLanguage",
    "ResultWriter",
    "Retrier",
    "Retry",
    "State",
    "StateMachine",
    "Succeed",
    "Task",
    "TaskResource",
    "Wait",
    "Work",
    "decide_catch",
    "decide_retry",
    "definition_message",
    "parse_definition",
    "parse_json",
    "parse_resource",
    "parse_state",
]
