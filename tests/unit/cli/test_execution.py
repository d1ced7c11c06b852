"""What people see of an execution."""

import pytest

from sundog.cli.execution import NoExecution, describe, draw
from sundog.services.stepfunctions.visits import read_visits


def history(*events):
    """Events of (second, type, previous id, name or details)."""
    found = []
    for id, (second, kind, previous, *more) in enumerate(events, 1):
        event = {"id": id, "type": kind, "previousEventId": previous}
        event["timestamp"] = second * 1_000
        if kind.endswith("StateEntered"):
            event["stateEnteredEventDetails"] = {"name": more[0]}
        elif kind.endswith("StateExited"):
            event["stateExitedEventDetails"] = {"name": more[0]}
        elif kind == "MapIterationStarted":
            event["mapIterationStartedEventDetails"] = {"name": "M", "index": more[0]}
        elif kind.endswith("Failed") and more:
            event[kind[0].lower() + kind[1:] + "EventDetails"] = {"error": more[0]}
        found.append(event)
    return found


def drawn(*events):
    return [line.plain.split() for line in draw(read_visits(history(*events)))]


def test_states_come_in_order_with_their_durations():
    assert drawn(
        (0, "ExecutionStarted", 0),
        (0, "WaitStateEntered", 0, "Sleep"),
        (60, "WaitStateExited", 2, "Sleep"),
        (60, "PassStateEntered", 3, "Done"),
        (60, "PassStateExited", 4, "Done"),
        (60, "ExecutionSucceeded", 5),
    ) == [["●", "Sleep", "Wait", "60.0", "s"], ["●", "Done", "Pass", "0", "ms"]]


def test_iterations_of_a_map_are_inside_it_and_numbered():
    lines = [
        line.plain
        for line in draw(
            read_visits(
                history(
                    (0, "ExecutionStarted", 0),
                    (0, "MapStateEntered", 0, "M"),
                    (0, "MapStateStarted", 2),
                    (0, "MapIterationStarted", 3, 1),
                    (0, "PassStateEntered", 4, "P"),
                    (0, "PassStateExited", 5, "P"),
                    (0, "MapStateSucceeded", 6),
                    (1, "MapStateExited", 6, "M"),
                )
            )
        )
    ]
    assert lines[0].startswith("  ● M")
    assert lines[1].startswith("    ● P")
    assert lines[1].endswith("item 1")


def test_a_caught_failure_is_told_from_one_that_ended_the_execution():
    caught = drawn(
        (0, "ExecutionStarted", 0),
        (0, "TaskStateEntered", 0, "T"),
        (0, "TaskFailed", 2, "Odd"),
        (0, "TaskStateExited", 3, "T"),
    )
    ended = drawn(
        (0, "ExecutionStarted", 0),
        (0, "TaskStateEntered", 0, "T"),
        (0, "TaskFailed", 2, "Odd"),
        (0, "ExecutionFailed", 3),
    )
    assert caught[0][-2:] == ["caught", "Odd"]
    assert ended[0][-2:] == ["failed", "Odd"]


def test_a_state_under_way_has_no_duration_yet():
    lines = drawn((0, "ExecutionStarted", 0), (0, "WaitStateEntered", 0, "Sleep"))
    assert lines == [["●", "Sleep", "Wait", "...", "running"]]


def test_what_is_no_arn_is_said_to_be_none():
    with pytest.raises(NoExecution, match="is not the ARN of an execution"):
        list(describe(None, "x"))
