"""What the fields of a state are when it runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.ids import SeededIds
from sundog.lang.asl import parse_definition, parse_state
from sundog.lang.asl.timestamps import parse_timestamp
from sundog.lang.evaluation import Environment, EvaluationFailed, executing

CONTEXT = {"Execution": {"Name": "e"}}


def state(**fields):
    parsed = parse_state(json.dumps(fields))
    assert parsed.diagnostics == ()
    return parsed.state


def env(given, **variables):
    return Environment(given, CONTEXT, variables, SeededIds(1), 0)


def why(field, given):
    with pytest.raises(EvaluationFailed) as failed:
        field.read(env(given))
    return failed.value


def test_a_template_keeps_what_is_fixed_and_evaluates_what_ends_with_a_dollar():
    template = {"a.$": "$.x", "b": {"c.$": "$$.Execution.Name", "d": "$.x"}, "e": [{"f.$": "$v[0]"}, 1]}
    field = state(Type="Pass", Parameters=template, End=True).parameters
    assert field.read(env({"x": 1}, v=[5])) == {"a": 1, "b": {"c": "e", "d": "$.x"}, "e": [{"f": 5}, 1]}
    assert field.variables == {"v"}


def test_a_path_that_finds_nothing_fails_a_template_with_the_data_it_was_read_from():
    field = state(Type="Pass", Parameters={"value.$": "$.nothing"}, End=True).parameters
    failed = why(field, {"int-literal": 0})
    assert (failed.error, failed.location) == ("States.Runtime", None)
    assert executing("pass", 2, failed.cause) == (
        "An error occurred while executing the state 'pass' (entered at the event id #2). The JSONPath "
        "'$.nothing' specified for the field 'value.$' could not be found in the input '{\"int-literal\":0}'"
    )


def test_null_paths_stand_for_an_empty_object_and_a_null_result_path_discards():
    read = state(Type="Pass", InputPath=None, ResultPath=None, End=True)
    assert read.input_path.read(env([1])) == {}
    assert read.result_path is None
    assert state(Type="Pass", End=True).result_path.write([1], 2) == 2


WAIT = {"Type": "Wait", "End": True}
TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
MAP = {"Type": "Map", "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Succeed"}}}, "End": True}


@pytest.mark.parametrize(
    ("fields", "pick", "given", "cause"),
    [
        (
            WAIT | {"SecondsPath": "$.s"},
            lambda s: s.work.seconds,
            {"s": 1.5},
            "The SecondsPath parameter cannot be parsed as a long value: $.s == 1.5",
        ),
        (
            WAIT | {"SecondsPath": "$.s"},
            lambda s: s.work.seconds,
            {},
            "The SecondsPath parameter does not reference an input value: $.s",
        ),
        (
            WAIT | {"TimestampPath": "$.t"},
            lambda s: s.work.timestamp,
            {"t": "2016-12-05 21:29:29Z"},
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time "
            "format string: $.t == 2016-12-05 21:29:29Z",
        ),
        (
            TASK | {"TimeoutSecondsPath": "$.t"},
            lambda s: s.work.timeout_seconds,
            {},
            "Invalid path '$.t' : No results for path: $['t']",
        ),
        (
            MAP | {"MaxConcurrencyPath": "$.m"},
            lambda s: s.work.max_concurrency,
            {"m": "NoNumber"},
            'The MaxConcurrencyPath field refers to value "NoNumber" which is not a valid integer: $.m',
        ),
        (
            MAP | {"ToleratedFailurePercentagePath": "$.m"},
            lambda s: s.work.tolerated_failure_percentage,
            {"m": {}},
            'The ToleratedFailurePercentagePath field refers to value "{}" which is not a valid float: $.m',
        ),
        (
            MAP | {"ToleratedFailureCountPath": "$.m"},
            lambda s: s.work.tolerated_failure_count,
            {"m": -1},
            "ToleratedFailureCount cannot be negative.",
        ),
        (
            MAP | {"ItemsPath": "$$"},
            lambda s: s.work.items,
            [],
            'Reference path "$" must point to array.',
        ),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_in_the_words_of_aws(fields, pick, given, cause):
    failed = why(pick(state(**fields)), given)
    assert (failed.error, failed.cause) == ("States.Runtime", cause)


JSONATA = {"QueryLanguage": "JSONata"}


@pytest.mark.parametrize(
    ("fields", "pick", "given", "cause", "location"),
    [
        (
            MAP | JSONATA | {"Items": "{% 'string' %}"},
            lambda s: s.work.items,
            {},
            "The JSONata expression ''string'' specified for the field 'Items' returned an unexpected result "
            "type. Expected 'array', but was 'string' for value: \"string\"",
            "Items",
        ),
        (
            MAP | JSONATA,
            lambda s: s.work.items,
            {"foo": "bar"},
            'Map state input must be an array but was: {"foo":"bar"}',
            None,
        ),
        (
            WAIT | JSONATA | {"Timestamp": "{% $states.input.t %}"},
            lambda s: s.work.timestamp,
            {"t": "2016-13-05T21:29:29Z"},
            "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: "
            "2016-13-05T21:29:29Z",
            "Timestamp",
        ),
        (
            TASK | JSONATA | {"Arguments": {"FunctionName": "{% $no %}"}},
            lambda s: s.parameters,
            {},
            "The JSONata expression '$no' specified for the field 'Arguments/FunctionName' returned nothing "
            "(undefined).",
            "Arguments/FunctionName",
        ),
    ],
)
def test_jsonata_fields_fail_with_their_location(fields, pick, given, cause, location):
    failed = why(pick(state(**fields)), given)
    assert (failed.error, failed.cause) == ("States.QueryEvaluationError", cause)
    assert failed.location == location


def test_fields_of_catchers_and_choices_have_their_index_in_the_location():
    catcher = {"ErrorEquals": ["E"], "Next": "X", "Output": "{% $no %}"}
    assert why(state(**TASK, **JSONATA, Catch=[catcher]).catch[0].output, {}).location == "Catch[0]/Output"
    rule = {"Condition": "{% $no %}", "Next": "X"}
    choice = state(Type="Choice", **JSONATA, Choices=[rule])
    assert why(choice.work.rules[0].condition, {}).location == "Choices[0]/Condition"


def test_error_and_cause_of_a_fail_state_may_be_paths_and_functions():
    fail = state(Type="Fail", ErrorPath="$.e", CausePath="States.Format('of {}', $.e)").work
    assert (fail.error.read(env({"e": "E"})), fail.cause.read(env({"e": "E"}))) == ("E", "of E")


def test_a_path_may_lead_to_a_number_written_as_text():
    fields = MAP | {"MaxConcurrencyPath": "$.m", "ToleratedFailurePercentagePath": "$.p"}
    work = state(**fields).work
    given = env({"m": "2", "p": "12.5"})
    assert (work.max_concurrency.read(given), work.tolerated_failure_percentage.read(given)) == (2, 12.5)


def test_a_constant_needs_no_environment_to_be_known():
    assert state(**TASK, TimeoutSeconds=5).work.timeout_seconds.read(env(None)) == 5
    moment = state(**WAIT, Timestamp="1970-01-01T00:00:01.5+01:00").work.timestamp.read(env(None))
    assert moment == -3_598_500


@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31)))
def test_every_moment_is_read_back(moment):
    expected = int(moment.replace(microsecond=0, tzinfo=UTC).timestamp()) * 1_000
    assert parse_timestamp(moment.strftime("%04Y-%m-%dT%H:%M:%SZ")) == expected


def test_references_to_variables_are_listed_by_state_in_order():
    states = {
        "A": {"Type": "Pass", "Assign": {"n": 1}, "Next": "B"},
        "B": MAP
        | {
            "ItemsPath": "$list",
            "ItemProcessor": {
                "StartAt": "C",
                "States": {"C": {"Type": "Pass", "Parameters": {"x.$": "States.Array($z, $a)"}, "End": True}},
            },
        },
    }
    parsed = parse_definition(json.dumps({"StartAt": "A", "States": states}))
    assert parsed.machine.variable_references == {"B": ("list",), "C": ("a", "z")}
