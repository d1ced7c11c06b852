"""Every definition of the Step Functions corpus, straight against the parser (no server).

It is accepted, or refused with the recorded diagnostics, and refers to the recorded variables.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sundog.lang.asl import Parsed, ParsedState, definition_message, parse_definition, parse_state

CASES = Path(__file__).parents[3] / "shared" / "conformance" / "stepfunctions" / "open.jsonl"
TOKENS = {
    r"@@\{[^{}]*activityArn\}@@": "arn:aws:states:us-east-1:111111111111:activity:recorded",
    r"@@\{[^{}]*FunctionArn\}@@": "arn:aws:lambda:us-east-1:111111111111:function:recorded",
    r"@@\{[^{}]*\}@@": "recorded",
}


def _definitions() -> list[Any]:
    if not CASES.exists():
        return [pytest.param({}, {}, marks=pytest.mark.skip(reason="the corpus is not on this machine"))]
    cases = [json.loads(line) for line in CASES.read_text().splitlines()]
    return [
        pytest.param(case, step, id=f"{case['id']}-{index}")
        for case in cases
        for index, step in enumerate(case["steps"])
        if isinstance(step.get("args"), dict) and isinstance(step["args"].get("definition"), str)
    ]


def _parsed(step: dict[str, Any]) -> Parsed | ParsedState:
    text = step["args"]["definition"]
    for token, value in TOKENS.items():
        text = re.sub(token, value, text)
    if step["call"].endswith("test_state") and "States" not in json.loads(text):
        return parse_state(text)
    return parse_definition(text, step["args"].get("type", "STANDARD"))


def _recorded(value: Any, name: str) -> Iterator[Any]:
    if isinstance(value, dict):
        if name in value:
            yield value[name]
        for inner in value.values():
            yield from _recorded(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _recorded(inner, name)


@pytest.mark.parametrize(("case", "step"), _definitions())
def test_a_recorded_definition_is_taken_or_refused_as_recorded(
    case: dict[str, Any], step: dict[str, Any]
) -> None:
    parsed = _parsed(step)
    shown = [dataclasses.asdict(diagnostic) for diagnostic in parsed.diagnostics]
    if step["call"].endswith("validate_state_machine_definition"):
        (expected,) = _recorded(case["expect"], "diagnostics")
        assert [{k: v for k, v in d.items() if v is not None} for d in shown] == expected
        return
    recorded = json.dumps(case["expect"])
    errors = [d for d in parsed.diagnostics if d.severity == "ERROR"]
    if errors:
        assert step.get("error")
        assert json.dumps(definition_message(errors))[1:-1] in recorded
    else:
        assert not (step.get("error") and "Invalid State Machine Definition" in recorded)
    if isinstance(parsed, Parsed) and parsed.machine is not None:
        found = {name: list(names) for name, names in parsed.machine.variable_references.items()}
        assert all(found == references for references in _recorded(case["expect"], "variableReferences"))
