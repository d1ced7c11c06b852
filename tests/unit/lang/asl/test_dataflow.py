"""How data goes through a state."""

from __future__ import annotations

import json

import pytest

from sundog.ids import SeededIds
from sundog.lang.asl import parse_state
from sundog.lang.asl.dataflow import (
    Left,
    arguments,
    effective_input,
    leave,
    leave_caught,
    leave_choice,
    pass_result,
)
from sundog.lang.evaluation import Environment, EvaluationFailed

TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
JSONATA = {"QueryLanguage": "JSONata"}
ERROR = {"Error": "E", "Cause": "c"}


def state(**fields):
    parsed = parse_state(json.dumps(fields))
    assert parsed.diagnostics == ()
    return parsed.state


def env(given, **variables):
    return Environment(given, {}, variables, SeededIds(1), 0)


def test_a_result_is_written_into_the_input_as_it_came_and_then_filtered():
    task = state(
        **TASK,
        InputPath="$.in",
        Parameters={"p.$": "$.x"},
        ResultSelector={"r.$": "$.Payload"},
        ResultPath="$.in.out",
        OutputPath="$.in",
        Assign={"v.$": "$.r"},
    )
    given = env({"in": {"x": 1}, "other": 2})
    effective = effective_input(task, given)
    assert arguments(task, given, effective) == {"p": 1}
    assert leave(task, given, {"Payload": 5}) == Left({"x": 1, "out": {"r": 5}}, {"v": 5})


def test_a_null_result_path_keeps_the_input():
    assert leave(state(**TASK, ResultPath=None), env({"a": 1}), 5).output == {"a": 1}


def test_a_result_that_has_no_place_in_the_input_fails_the_state():
    with pytest.raises(EvaluationFailed) as failed:
        leave(state(**TASK, ResultPath="$.a.b"), env({"a": 1}), 5)
    assert failed.value.error == "States.ResultPathMatchFailure"


def test_jsonata_assigns_and_outputs_side_by_side_from_the_old_variables():
    task = state(
        **TASK,
        **JSONATA,
        Assign={"n": "{% $n + $states.result %}"},
        Output={"n": "{% $n %}", "in": "{% $states.input %}"},
    )
    assert leave(task, env("i", n=1), 5) == Left({"n": 1, "in": "i"}, {"n": 6})
    assert leave(state(**TASK, **JSONATA), env("i"), 5).output == 5


def test_a_pass_state_has_its_result_or_what_its_parameters_make():
    fixed = state(Type="Pass", Result=None, End=True)
    assert pass_result(fixed, fixed.work, env(1), 1) is None
    made = state(Type="Pass", Parameters={"a.$": "$"}, End=True)
    assert pass_result(made, made.work, env(1), 1) == {"a": 1}


def test_a_choice_rule_assigns_before_the_state_does():
    choice = state(
        Type="Choice",
        Choices=[{"Variable": "$", "IsPresent": True, "Next": "X", "Assign": {"v": "rule"}}],
        Default="Y",
        Assign={"v": "default"},
    )
    rule = choice.work.rules[0]
    assert leave_choice(choice, env(1), 1, rule) == Left(1, {"v": "rule"})
    assert leave_choice(choice, env(1), 1, None) == Left(1, {"v": "default"})


def test_a_caught_error_replaces_the_output_or_is_written_into_the_input():
    catch = [
        {"ErrorEquals": ["A"], "Next": "X", "ResultPath": "$.error", "Assign": {"e.$": "$.Error"}},
        {"ErrorEquals": ["States.ALL"], "Next": "X"},
    ]
    task = state(**TASK, Catch=catch, OutputPath="$.not.looked.at")
    first, second = task.catch
    assert leave_caught(task, env({"a": 1}), first, ERROR) == Left({"a": 1, "error": ERROR}, {"e": "E"})
    assert leave_caught(task, env({"a": 1}), second, ERROR).output == ERROR


def test_a_jsonata_catcher_sees_the_error_output():
    catch = [{"ErrorEquals": ["E"], "Next": "X", "Output": "{% $states.errorOutput.Cause %}"}]
    task = state(**TASK, **JSONATA, Catch=catch)
    assert leave_caught(task, env(1), task.catch[0], ERROR).output == "c"
