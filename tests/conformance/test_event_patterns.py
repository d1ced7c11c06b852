"""Every open case of the event pattern corpus, straight against the matcher (no server)."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from sundog.lang.event_pattern import (
    Dialect,
    InvalidPattern,
    RuleIndex,
    attributes_event,
    compile_pattern,
)

CASES = Path(__file__).parents[3] / "shared" / "conformance" / "events" / "open.jsonl"
SNS_PREFIXES = ("Invalid parameter: ", "Invalid parameter: Attributes Reason: ")


def _cases(*kinds: str) -> list[Any]:
    if not CASES.exists():
        return [pytest.param({}, marks=pytest.mark.skip(reason="the corpus is not on this machine"))]
    cases = [json.loads(line) for line in CASES.read_text().splitlines()]
    return [pytest.param(case, id=case["id"]) for case in cases if case["kind"] in kinds]


def _input(case: dict[str, Any]) -> tuple[str, Dialect, dict[str, Any]]:
    match case["kind"]:
        case "eventbridge":
            return case["pattern"], Dialect.EVENTBRIDGE, json.loads(case["event"])
        case "esm":
            return json.dumps(case["filter"]), Dialect.LAMBDA, _record(case)
        case "sns-policy":
            return json.dumps(case["policy"]), Dialect(case["scope"]), {}
    policy = {k: v if isinstance(v, list | dict) else [v] for k, v in case["policy"].items()}
    if case["scope"] == "MessageBody":
        return json.dumps(policy), Dialect.SNS_BODY, json.loads(case["body"])
    attributes = {
        name: {"DataType": value["Type"], "StringValue": str(value["Value"])}
        for name, value in case["attributes"].items()
    }
    return json.dumps(policy), Dialect.SNS_ATTRIBUTES, attributes_event(attributes)


def _record(case: dict[str, Any]) -> dict[str, Any]:
    record = dict(case["record"])
    if case["service"] == "sqs":
        with contextlib.suppress(ValueError):
            record["body"] = json.loads(record["body"])
    return record


@pytest.mark.parametrize("case", _cases("eventbridge", "esm", "sns", "sns-policy"))
def test_a_recorded_pattern_and_event_give_the_recorded_outcome(case: dict[str, Any]) -> None:
    text, dialect, event = _input(case)
    try:
        pattern = compile_pattern(text, dialect)
    except InvalidPattern as error:
        assert case["expect"] == "error"
        first_line = error.message.split("\n")[0]
        prefixes = SNS_PREFIXES if dialect.is_sns else ("",)
        assert case["message"] in [prefix + first_line for prefix in prefixes]
        return
    matches = case["expect"] == "match"
    index = RuleIndex()
    index.add("rule", pattern)
    assert case["expect"] != "error"
    assert pattern.matches(event) is matches
    assert index.match(event) == ({"rule"} if matches else set())
    assert (pattern.explain(event) is None) is matches
