"""Batches of streams: whatever the function does, every record is taken or given up, once, in order."""

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from sundog.bus.stream_source import StreamRecord
from sundog.compute.contract import Outcome
from sundog.services.lambda_.stream_batches import (
    Again,
    Batch,
    Done,
    GivenUp,
    StreamSettings,
    decide_answered,
    decide_throttled,
    drop_old,
    first_failed,
    lane_of,
)
from sundog.services.lambda_.stream_windows import Waiting, decide_take, next_window


def record(number, time_ms=0, key="k"):
    return StreamRecord(str(number), str(number + 1), key, time_ms, {}, {})


def settings(**changed):
    values = {
        "batch_count_max": 100,
        "window_ms": 0,
        "lanes": 1,
        "retries_max": 2,
        "age_ms_max": None,
        "bisects": False,
        "tumbling_ms": 0,
        "reports_failures": False,
        "on_failure": "",
        "filters": (),
    }
    return StreamSettings(**values | changed)


def outcome(payload=b"null", error=None):
    return Outcome(payload, error, b"", 1.0, 1, 1)


@given(
    st.integers(1, 30),
    st.sets(st.integers(0, 29)),
    st.booleans(),
    st.booleans(),
    st.integers(0, 3),
)
def test_every_record_is_taken_or_given_up_once_and_in_order(count, bad, bisects, reports, retries):
    asked = settings(bisects=bisects, reports_failures=reports, retries_max=retries)
    records = [record(number) for number in range(count)]
    todo, ended, calls = deque([Batch(records)]), [], 0
    while todo:
        batch = todo.popleft()
        calls += 1
        assert calls < 2_000
        failing = [one for one in batch.records if int(one.sequence) in bad]
        if not failing:
            answer = outcome()
        elif reports:
            payload = f'{{"batchItemFailures": [{{"itemIdentifier": "{failing[0].sequence}"}}]}}'
            answer = outcome(payload.encode())
        else:
            answer = outcome(b"{}", "Unhandled")
        steps = decide_answered(batch, asked, answer)
        todo.extendleft(reversed([step.batch for step in steps if isinstance(step, Again)]))
        ended += [
            (int(one.sequence), type(step))
            for step in steps
            if isinstance(step, Done | GivenUp)
            for one in step.records
        ]
    assert [number for number, _ in ended] == list(range(count))
    if bisects:
        assert {number for number, kind in ended if kind is GivenUp} == bad & set(range(count))
    if not bad & set(range(count)):
        assert calls == 1


@given(st.lists(st.integers(0, 300_000), max_size=40), st.integers(1, 5), st.integers(0, 4))
def test_every_window_ends_once_after_all_of_its_records(times, batch_count_max, wait_s):
    asked = settings(tumbling_ms=60_000, batch_count_max=batch_count_max, window_ms=wait_s * 1_000)
    waiting = [record(number, time_ms) for number, time_ms in enumerate(sorted(times))]
    window, now_ms, taken, ended = None, 0, [], []
    for _ in range(1_000):
        is_end = now_ms > 400_000
        take = decide_take(Waiting(waiting[: batch_count_max + 1], 0, 0, is_end), asked, window, now_ms)
        if take is None:
            if is_end:
                break
            now_ms += 7_000
            continue
        records, waiting = waiting[: take.count], waiting[take.count :]
        assert all(one.time_ms < take.window.start_ms + 60_000 for one in records)
        taken += records
        if take.is_last:
            ended.append(take.window.start_ms)
        window = next_window(take, b'{"state": {"n": 1}}')
    assert [int(one.sequence) for one in taken] == list(range(len(times)))
    assert window is None
    assert ended == sorted({time_ms // 60_000 * 60_000 for time_ms in times})


@given(st.lists(st.integers(0, 1_000)), st.integers(0, 1_000), st.integers(1, 1_000))
def test_what_is_too_old_is_given_up_and_nothing_else(times, now_ms, age_ms):
    records = [record(number, time_ms) for number, time_ms in enumerate(times)]
    batch, steps = drop_old(Batch(records, 1, 2), settings(age_ms_max=age_ms), now_ms)
    given_up = [one for step in steps for one in step.records]
    assert sorted(map(id, [*batch.records, *given_up])) == sorted(map(id, records))
    assert all(one.time_ms < now_ms - age_ms for one in given_up)
    assert all(one.time_ms >= now_ms - age_ms for one in batch.records)
    assert (batch.failures, batch.delays) == (1, 2)


def test_waiting_for_a_place_counts_as_no_failure():
    (again,) = decide_throttled(Batch([record(1)], failures=2))
    assert (again.batch.failures, again.batch.delays) == (2, 1)
    assert again.delay_ms > 0


@given(st.text(), st.integers(1, 10))
def test_a_key_keeps_its_lane(key, lanes):
    assert lane_of(key, lanes) == lane_of(key, lanes) < lanes


def test_answers_name_the_first_record_that_failed():
    numbers = ["5", "6", "7"]

    def first(answer):
        return first_failed(answer, numbers)

    for answer in (b"", b"null", b"{}", b'""', b'{"batchItemFailures": []}', b'{"batchItemFailures": null}'):
        assert first(answer) is None, answer
    assert first(b'{"batchItemFailures": [{"itemIdentifier": "7"}, {"itemIdentifier": "6"}]}') == 1
    assert first(b'{"batchItemFailures": [{"itemIdentifier": {"partition": "t-0", "offset": 6}}]}') == 1
    for answer in (
        b"{",
        b"1",
        b'{"batchItemFailures": [{"itemIdentifier": "8"}]}',
        b'{"batchItemFailures": 1}',
    ):
        assert first(answer) == -1, answer
