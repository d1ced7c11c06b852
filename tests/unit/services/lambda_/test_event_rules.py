"""Decisions about asynchronous events."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.services.lambda_.event_rules import (
    Answer,
    Event,
    EventPolicy,
    GiveUp,
    Retry,
    dead_letter_attributes,
    decide_failed,
    decide_throttled,
    invocation_record,
    is_too_old,
    read_policy,
)

START_MS = 1_700_000_000_000
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
ARN = "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST"


def event(**changes):
    values = {
        "name": "f",
        "qualifier": "",
        "request_id": "id",
        "payload": '{"a":1}',
        "client_context": "",
        "trace_header": "",
        "received_ms": START_MS,
    }
    return Event(**values | changes)


@pytest.mark.parametrize(
    ("failures", "decision"),
    [
        (0, Retry(START_MS + MINUTE_MS)),
        (1, Retry(START_MS + 2 * MINUTE_MS)),
        (2, GiveUp("RetriesExhausted")),
    ],
)
def test_a_failed_event_is_tried_after_one_minute_then_after_two(failures, decision):
    assert decide_failed(event(failures=failures), EventPolicy(), START_MS) == decision


@pytest.mark.parametrize(("retries", "tries"), [(0, 1), (1, 2), (2, 3)])
def test_the_function_may_ask_for_fewer_retries(retries, tries):
    policy, failures = EventPolicy(retries_max=retries), 0
    while isinstance(decide_failed(event(failures=failures), policy, START_MS), Retry):
        failures += 1
    assert failures + 1 == tries


def test_an_event_that_would_be_too_old_at_its_next_try_is_given_up():
    policy = EventPolicy(age_ms_max=MINUTE_MS)
    assert decide_failed(event(), policy, START_MS) == Retry(START_MS + MINUTE_MS)
    assert decide_failed(event(), policy, START_MS + 1) == GiveUp("EventAgeExceeded")


def test_nothing_waits_where_nothing_may_ever_run():
    decision = decide_throttled(event(), EventPolicy(), START_MS, is_closed=True)
    assert decision == GiveUp("ZeroReservedConcurrency")


@given(throttles=st.integers(0, 10_000))
def test_throttled_events_wait_from_one_second_up_to_five_minutes(throttles):
    decision = decide_throttled(event(throttles=throttles), EventPolicy(), START_MS, is_closed=False)
    assert isinstance(decision, Retry)
    assert decision.due_ms - START_MS == min(300_000, 1_000 * 2**throttles)


@given(age_ms=st.integers(60_000, 6 * HOUR_MS))
def test_throttling_ends_with_the_age_of_the_event(age_ms):
    policy, now_ms, tries = EventPolicy(age_ms_max=age_ms), START_MS, 0
    while True:
        decision = decide_throttled(event(throttles=tries), policy, now_ms, is_closed=False)
        if isinstance(decision, GiveUp):
            break
        assert now_ms < decision.due_ms <= START_MS + age_ms
        now_ms, tries = decision.due_ms, tries + 1
        assert tries < 200
    assert decision == GiveUp("EventAgeExceeded")


def test_an_event_is_too_old_one_moment_after_its_age():
    policy = EventPolicy(age_ms_max=MINUTE_MS)
    assert not is_too_old(event(), policy, START_MS + MINUTE_MS)
    assert is_too_old(event(), policy, START_MS + MINUTE_MS + 1)


def test_a_policy_has_the_defaults_for_what_is_not_said():
    assert read_policy({}) == EventPolicy(2, 6 * HOUR_MS)
    zero = read_policy({"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60})
    assert (zero.retries_max, zero.age_ms_max) == (0, MINUTE_MS)
    both = {"OnSuccess": {"Destination": "a"}, "OnFailure": {}}
    assert read_policy({"DestinationConfig": both}) == EventPolicy(on_success="a")


def test_a_record_tells_what_was_asked_and_answered():
    answer = Answer("$LATEST", "Unhandled", b'{"errorMessage":"no"}')
    record = json.loads(invocation_record(event(), ARN, "RetriesExhausted", 3, answer, START_MS + 7))
    assert record == {
        "version": "1.0",
        "timestamp": "2023-11-14T22:13:20.007Z",
        "requestContext": {
            "requestId": "id",
            "functionArn": ARN,
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": {"a": 1},
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "responsePayload": {"errorMessage": "no"},
    }


def test_a_record_of_an_event_that_never_ran_has_no_response():
    record = json.loads(invocation_record(event(), ARN, "EventAgeExceeded", 0, None, START_MS))
    assert "responseContext" not in record
    assert "responsePayload" not in record


def test_a_dead_letter_says_why():
    answer = Answer("$LATEST", "Unhandled", json.dumps({"errorMessage": "x" * 2_000}).encode())
    attributes = dead_letter_attributes(event(), answer, "RetriesExhausted")
    assert attributes["RequestID"] == {"DataType": "String", "StringValue": "id"}
    assert attributes["ErrorCode"] == {"DataType": "Number", "StringValue": "200"}
    assert attributes["ErrorMessage"] == {"DataType": "String", "StringValue": "x" * 1_024}
