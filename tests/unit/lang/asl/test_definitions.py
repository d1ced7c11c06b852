"""What is wrong with a definition, in AWS's words."""

from __future__ import annotations

import json

import pytest

from sundog.lang.asl import InvalidJson, definition_message, parse_definition, parse_json, parse_state

PASS = {"Type": "Pass", "End": True}
TASK = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}


def problems(states, start="A", machine_type="STANDARD", **more):
    text = json.dumps({"StartAt": start, "States": states, **more})
    return [(d.code, d.message, d.location) for d in parse_definition(text, machine_type).diagnostics]


def schema(message, location):
    return [("SCHEMA_VALIDATION_FAILED", message, location)]


@pytest.mark.parametrize(
    ("text", "code", "message", "location"),
    [
        (" ", "SCHEMA_VALIDATION_FAILED", "Definition must be a valid JSON object", None),
        ("[]", "SCHEMA_VALIDATION_FAILED", "Definition must be a valid JSON object", None),
        ("{}", "SCHEMA_VALIDATION_FAILED", "These fields are required: [States, StartAt]", "/"),
        (
            '{"a": 1 "b"}',
            "INVALID_JSON_DESCRIPTION",
            "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries\n"
            ' at [Source: (String)"{"a": 1 "b"}"; line: 1, column: 10]',
            '[Source: (String)"{"a": 1 "b"}"; line: 1, column: 10]',
        ),
    ],
)
def test_a_text_that_is_no_definition_is_refused(text, code, message, location):
    (diagnostic,) = parse_definition(text).diagnostics
    assert (diagnostic.code, diagnostic.message, diagnostic.location) == (code, message, location)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{'not': 1}",
            "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
        ),
        (
            '{"a" 1}',
            "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
        ),
        (
            '{"a": [1 2]}',
            "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries",
        ),
        (
            '{"a": }',
            "Unexpected character ('}' (code 125)): expected a valid value (JSON String, Number, Array, "
            "Object or token 'null', 'true' or 'false')",
        ),
        (
            '{"a": 1',
            "Unexpected end-of-input: expected close marker for Object (start marker at [Source: "
            '(String)"{"a": 1"; line: 1, column: 1])',
        ),
        ('{"a": "x', "Unexpected end-of-input: was expecting closing quote for a string value"),
        ('{"a', "Unexpected end-of-input in field name"),
        ('{"a":', "Unexpected end-of-input within/between Object entries"),
        ('{"a": 1, "a": 2}', "Duplicate field 'a'"),
    ],
)
def test_what_is_no_json_is_refused_in_the_words_of_jackson(text, message):
    with pytest.raises(InvalidJson) as refused:
        parse_json(text)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (
            {"Type": "Nope", "End": True},
            schema(
                "The field 'Type' should have one of these values: "
                "[Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]",
                "/States/A/Type",
            ),
        ),
        (PASS | {"Retry": []}, schema("Field 'Retry' is not supported", "/States/A")),
        (
            PASS | {"Output": 1},
            schema(
                "The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the "
                "'JSONata' QueryLanguage",
                "/States/A",
            ),
        ),
        (PASS | {"OutputPath": "x"}, schema("Value must be a valid JSONPath.", "/States/A/OutputPath")),
        (
            PASS | {"Parameters": {"v": [{"x.$": "x"}]}},
            schema(
                "The value for the field 'x.$' must be a valid JSONPath or a valid intrinsic function call",
                "/States/A/Parameters",
            ),
        ),
        (
            TASK | {"Credentials": {"Nope": 1}},
            schema("The field 'RoleArn' is required but was missing", "/States/A/Credentials"),
        ),
        (
            TASK | {"Retry": [{"ErrorEquals": ["States.ALL", "X"]}]},
            schema("States.ALL must appear alone and at end of list", "/States/A/Retry[0]/ErrorEquals[0]"),
        ),
        (
            {"Type": "Wait", "Timestamp": "2016-12-05 21:29:29Z", "End": True},
            schema("String does not match RFC3339 timestamp", "/States/A/Timestamp"),
        ),
        (
            {"Type": "Choice", "Choices": [{"Variable": "$", "StringMatches": "x"}], "Default": "A"},
            schema("These fields are required: [Next]", "/States/A/Choices[0]"),
        ),
        (PASS | {"Assign": {"1x": 1}}, schema("'1x' is not a valid variable name", "/States/A/Assign")),
    ],
)
def test_a_state_that_is_wrong_is_refused_at_its_place(state, expected):
    assert problems({"A": state}) == expected


@pytest.mark.parametrize(
    ("expression", "code", "message"),
    [
        ("1 +", "INVALID_JSONATA_EXPRESSION", "Unexpected end of expression"),
        (
            "phone",
            "UNSUPPORTED_JSONATA_EXPRESSION",
            "Reference to 'phone' at the top level is not supported.",
        ),
    ],
)
def test_a_jsonata_expression_is_checked_before_anything_runs(expression, code, message):
    state = PASS | {"Output": {"v": "{% " + expression + " %}"}}
    assert problems({"A": state}, QueryLanguage="JSONata") == [(code, message, "/States/A/Output/v")]


def test_states_inside_a_jsonata_map_speak_the_language_of_the_machine():
    inner = {"StartAt": "P", "States": {"P": PASS | {"Output": 1}}}
    state = {"Type": "Map", "QueryLanguage": "JSONata", "ItemProcessor": inner, "End": True}
    assert [p[2] for p in problems({"M": state}, "M")] == ["/States/M/ItemProcessor/States/P"]
    state["ItemProcessor"] = inner | {"QueryLanguage": "JSONata", "States": {"P": PASS}}
    assert problems({"M": state}, "M") == schema(
        "Field 'QueryLanguage' is not supported", "/States/M/ItemProcessor"
    )


def only(language, name, other):
    which = f"field '{name}' is only supported for the '{other}' QueryLanguage"
    return f"The QueryLanguage is set to '{language}', but {which}"


@pytest.mark.parametrize(
    ("language", "other", "name", "state", "place"),
    [
        (
            "JSONata",
            "JSONPath",
            "Variable",
            {"Type": "Choice", "Choices": [{"Variable": "$.a"}]},
            "Choices[0]",
        ),
        (
            "JSONPath",
            "JSONata",
            "Condition",
            {"Type": "Choice", "Choices": [{"Condition": "x"}]},
            "Choices[0]",
        ),
        ("JSONata", "JSONPath", "ResultPath", TASK | {"Catch": [{"ResultPath": "$"}]}, "Catch[0]"),
        ("JSONPath", "JSONata", "Output", TASK | {"Catch": [{"Output": 1}]}, "Catch[0]"),
    ],
)
def test_rules_and_catchers_have_the_fields_of_their_language(language, other, name, state, place):
    found = problems({"A": state}, QueryLanguage=language)
    assert schema(only(language, name, other), f"/States/A/{place}")[0] in found


def to(name):
    return {"Type": "Pass", "Next": name}


MISSING = "MISSING_TRANSITION_TARGET"
NO_END = ("MISSING_END_STATE", "Workflow has no terminal state", None)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({"A": to("B"), "B": to("A")}, [NO_END]),
        ({"A": to("B"), "B": to("A"), "C": to("A")}, [NO_END]),
        (
            {"A": to("B"), "B": to("A"), "C": PASS},
            [(MISSING, 'State "C" is not reachable.', "/States/C")],
        ),
        ({"A": to("X")}, [(MISSING, "Missing 'Next' target: X", "/States/A/Next"), NO_END]),
        (
            {"A": TASK | {"Catch": [{"ErrorEquals": ["E"], "Next": "X"}]}},
            [(MISSING, "Missing 'Next' target: X", "/States/A/Catch[0]/Next")],
        ),
    ],
)
def test_every_state_must_be_reached_and_lead_to_an_end(states, expected):
    assert problems(states) == expected


def test_state_names_are_unique_in_the_whole_machine():
    branch = {"StartAt": "A", "States": {"A": PASS}}
    states = {"A": {"Type": "Parallel", "Branches": [branch], "End": True}}
    place = "/States/A/Branches[0]/States/A"
    assert problems(states) == [("DUPLICATE_STATE_NAME", "Duplicate State name: A", place)]


def test_problems_are_joined_as_create_state_machine_joins_them():
    parsed = parse_definition(json.dumps({"StartAt": "X", "States": {"A": PASS}}))
    assert definition_message(parsed.diagnostics) == (
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /StartAt, "
        'MISSING_TRANSITION_TARGET: State "A" is not reachable. at /States/A\''
    )


def nested(outer_first):
    """A Parallel whose branch assigns x; the state that also does comes before or after it."""
    branch = {"StartAt": "B", "States": {"B": PASS | {"Assign": {"x": 1}}}}
    around = {"Type": "Parallel", "Branches": [branch]}
    assigns = {"Type": "Pass", "Assign": {"x": 1}}
    if outer_first:
        return {"A": assigns | {"Next": "P"}, "P": around | {"End": True}}
    return {"A": around | {"Next": "P"}, "P": assigns | {"End": True}}


def test_an_inner_scope_must_not_assign_what_an_outer_one_has_by_then():
    (problem,) = problems(nested(outer_first=True))
    assert problem[2] == "/States/P/Branches[0]/States/B/Assign"
    assert problems(nested(outer_first=False)) == []


@pytest.mark.parametrize("suffix", [".sync", ".waitForTaskToken"])
def test_an_express_machine_cannot_wait_for_what_it_calls(suffix):
    state = TASK | {"Resource": f"arn:aws:states:::states:startExecution{suffix}"}
    assert problems({"A": state}) == []
    assert [p[2] for p in problems({"A": state}, machine_type="EXPRESS")] == ["/States/A/Resource"]


@pytest.mark.parametrize(
    ("state", "code", "place"),
    [
        (PASS | {"Parameters": {"x": "$.y"}}, "NO_DOLLAR", "Parameters/x"),
        (PASS | {"Result": {"x.$": "$.y"}}, "PASS_RESULT_IS_STATIC", "Result/x.$"),
        ({"Type": "Fail", "Cause": "$.y"}, "NO_PATH", "Cause"),
    ],
)
def test_a_value_that_looks_like_a_path_is_a_warning_only(state, code, place):
    parsed = parse_definition(json.dumps({"StartAt": "A", "States": {"A": state}}))
    assert parsed.machine is not None
    (warning,) = parsed.diagnostics
    assert (warning.code, warning.location) == (code, f"/States/A/{place}")
    assert warning.severity == "WARNING"


def test_a_lone_state_may_lead_anywhere():
    assert parse_state(json.dumps(to("Elsewhere"))).diagnostics == ()


@pytest.mark.parametrize("depth", [60, 3_000])
def test_definitions_of_any_depth_are_refused_in_order(depth):
    text = '{"StartAt":"A","States":{"A":{"Type":"Parallel","End":true,"Branches":[' * depth
    assert parse_definition(text).machine is None
    closed = text + '{"StartAt":"B","States":{"B":{"Type":"Pass","End":true}}}' + "]}}}" * depth
    assert parse_definition(closed).machine is None
