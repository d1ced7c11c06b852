"""Whatever a definition is changed to, it is a machine or refused with reasons."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sundog.lang.asl import definition_message, parse_definition, parse_state

CATCH = {"ErrorEquals": ["States.ALL"], "Next": "End", "ResultPath": "$.error"}
RETRY = {"ErrorEquals": ["E"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 2.0}
RULE = {"And": [{"Variable": "$.a", "NumericEquals": 1}, {"Not": {"Variable": "$b", "IsNull": True}}]}
FLOW = {"StartAt": "Inner", "States": {"Inner": {"Type": "Succeed"}}}
MACHINE = {
    "StartAt": "Task",
    "States": {
        "Task": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": {"a.$": "$.x", "b": [{"c.$": "States.UUID()"}]},
            "ResultSelector": {"d.$": "$.y"},
            "Assign": {"b.$": "$.z"},
            "TimeoutSecondsPath": "$.t",
            "Credentials": {"RoleArn": "arn:aws:iam::111111111111:role/r"},
            "Retry": [RETRY],
            "Catch": [CATCH],
            "Next": "Choice",
        },
        "Choice": {"Type": "Choice", "Choices": [RULE | {"Next": "Map"}], "Default": "Wait"},
        "Wait": {"Type": "Wait", "SecondsPath": "$.s", "Next": "Map"},
        "Map": {
            "Type": "Map",
            "QueryLanguage": "JSONata",
            "Items": "{% $states.input.items %}",
            "ItemProcessor": FLOW | {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}},
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
                "Arguments": {"Bucket": "b", "Key": "{% $states.input.key %}"},
            },
            "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"x": 1}},
            "Output": {"n": "{% $count($states.result) %}"},
            "Next": "End",
        },
        "End": {"Type": "Fail", "Error": "E", "CausePath": "$.c"},
    },
}
VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    "x",
    "$",
    "$$.a",
    "$v[?(@.x)]",
    "States.Array(",
    "{% $states.errorOutput %}",
    "{% 1 + %}",
    [],
    [{}],
    {},
    {"x.$": "$.b"},
    "JSONata",
    "\ud800",
]


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key or index) in a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in items for place in [(value, key), *_places(inner)]]


def test_the_machine_that_is_changed_is_a_machine():
    assert parse_definition(json.dumps(MACHINE)).diagnostics == ()


@given(st.data())
def test_a_changed_definition_is_a_machine_or_is_refused_with_reasons(data):
    machine = copy.deepcopy(MACHINE)
    for _ in range(data.draw(st.integers(1, 3))):
        places = _places(machine)
        if not places:
            break
        container, key = places[data.draw(st.integers(0, len(places) - 1))]
        if isinstance(container, dict) and data.draw(st.booleans()):
            del container[key]
        else:
            container[key] = copy.deepcopy(data.draw(st.sampled_from(VALUES)))
    parsed = parse_definition(json.dumps(machine), data.draw(st.sampled_from(["STANDARD", "EXPRESS"])))
    errors = [d for d in parsed.diagnostics if d.severity == "ERROR"]
    assert (parsed.machine is None) is bool(errors)
    assert all(d.message and (d.location or d.code == "MISSING_END_STATE") for d in errors)
    assert definition_message(errors).startswith("Invalid State Machine Definition: '")


@given(st.text(max_size=40) | st.text('{}[]":,a1 ', max_size=20))
def test_any_text_is_refused_and_never_raises(text):
    assert parse_definition(text).machine is None
    assert parse_state(text).state is None


def test_a_deep_template_is_refused_before_it_overflows_anything():
    deep = '{"a":' * 900 + "1" + "}" * 900
    text = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true,"Parameters":' + deep + "}}}"
    assert [d.code for d in parse_definition(text).diagnostics] == ["TOO_DEEPLY_NESTED"]
    fine = deep.replace('{"a":' * 700, "").replace("}" * 700, "", 1)
    assert parse_definition(text.replace(deep, fine)).machine is not None
