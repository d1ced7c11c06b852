"""What people read about an event that went nowhere."""

import pytest

from sundog.cli.why import NoTrace, describe, describe_recent, describe_trace

TRACE = {"id": "e1", "kind": "events", "source_arn": "bus", "at_ms": 1_000, "considered": [], "steps": []}


def lines(trace):
    return [line.plain for line in describe_trace(TRACE | trace)]


def test_a_bus_without_rules_is_said_to_have_none():
    assert lines({}) == [
        "00:00:01.000 the event came to bus",
        "  There is no rule there, so nothing happened.",
    ]


def test_a_rule_that_did_not_match_tells_the_field():
    considered = [{"subject": "paid", "matched": False, "reason": "detail.status: expected one of ['paid']"}]
    assert lines({"considered": considered})[1:] == [
        "  no match  rule paid\n            detail.status: expected one of ['paid']",
        "  No rule matched, so nothing happened.",
    ]


def test_deliveries_and_retries_are_told_in_order():
    considered = [{"subject": "paid", "matched": True, "reason": ""}]
    steps = [
        {"at_ms": 1_000, "subject": "queue", "outcome": "retrying", "detail": {"code": "X", "due_ms": 3_000}},
        {"at_ms": 3_000, "subject": "queue", "outcome": "delivered", "detail": {"attempt": 2, "role": ""}},
    ]
    assert lines({"considered": considered, "steps": steps})[1:] == [
        "  matched   rule paid",
        "  00:00:01.000 retrying  queue  code X  next 00:00:03.000",
        "  00:00:03.000 delivered  queue  attempt 2",
    ]


def test_a_message_is_asked_of_subscriptions():
    assert lines({"kind": "sns"})[1] == "  There is no subscription there, so nothing happened."


def test_the_newest_are_listed_by_time_id_and_place():
    assert [line.plain for line in describe_recent([TRACE])] == ["00:00:01.000 e1  bus"]
    assert "No event" in next(describe_recent([])).plain


def test_an_unknown_id_is_an_error_in_the_words_of_the_server():
    class Remote:
        def get(self, _path):
            return {"error": "no trace of e2"}

    with pytest.raises(NoTrace, match="no trace of e2"):
        list(describe(Remote(), "e2"))
