"""Traces tell what became of an event, and stay small."""

import pytest

from sundog.bus import Considered, Traces
from sundog.bus.traces import BYTES_MAX, STEPS_MAX, TRACES_MAX
from sundog.clock import Clock
from sundog.protocol.http import HttpRequest

BUS = "arn:aws:events:us-east-1:000000000000:event-bus/default"


@pytest.fixture
def traces():
    return Traces(Clock(frozen_at_ms=1_000))


def begin(traces, id="e1", size=10, considered=()):
    traces.begin(id, "events", BUS, size, lambda: list(considered))


def test_a_trace_tells_who_was_considered_and_what_followed(traces):
    begin(traces, considered=[Considered("rule a", False, "detail.x: found nothing")])
    traces.note("e1", "queue", "delivered", attempt=1)
    assert traces.read("e1") == {
        "id": "e1",
        "kind": "events",
        "source_arn": BUS,
        "at_ms": 1_000,
        "considered": [{"subject": "rule a", "matched": False, "reason": "detail.x: found nothing"}],
        "steps": [{"at_ms": 1_000, "subject": "queue", "outcome": "delivered", "detail": {"attempt": 1}}],
    }


def test_nobody_is_considered_until_somebody_looks(traces):
    asked = []
    traces.begin("e1", "events", BUS, 10, lambda: asked.append(1) or [])
    assert asked == []
    traces.read("e1")
    assert asked == [1]


def test_a_note_on_an_event_without_a_trace_is_forgotten(traces):
    traces.note("", "queue", "delivered")
    assert traces.read("") is None


def test_the_oldest_are_forgotten_beyond_the_number_kept(traces):
    for number in range(TRACES_MAX + 1):
        begin(traces, f"e{number}")
    assert traces.read("e0") is None
    assert traces.read("e1") is not None


def test_the_oldest_are_forgotten_beyond_the_bytes_kept(traces):
    for number in range(3):
        begin(traces, f"e{number}", size=BYTES_MAX // 2)
    assert [trace["id"] for trace in traces.recent(9)] == ["e2", "e1"]


def test_the_newest_event_is_kept_however_large(traces):
    begin(traces, "small")
    begin(traces, "large", size=BYTES_MAX + 1)
    assert [trace["id"] for trace in traces.recent(9)] == ["large"]


def test_only_the_last_steps_of_an_event_are_kept(traces):
    begin(traces)
    for number in range(STEPS_MAX + 5):
        traces.note("e1", "queue", "retrying", attempt=number)
    assert len(traces.read("e1")["steps"]) == STEPS_MAX


async def test_a_reset_forgets_them_all(traces):
    begin(traces)
    await traces.forget()
    assert traces.recent(9) == []


async def test_the_page_of_an_unknown_event_says_so(traces):
    page = traces.pages()["GET", "/_sundog/trace/"]
    answer = await page(HttpRequest("GET", "/_sundog/trace/none", "", {}, b""))
    assert answer.status == 404
    assert b"no trace of none" in answer.body
