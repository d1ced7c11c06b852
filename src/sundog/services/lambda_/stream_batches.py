"""Batches of a stream as values: what a mapping asks for, what follows from an answer, what failures tell.

https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-errors.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from sundog.bus.stream_source import StreamRecord, write_moment
from sundog.compute.contract import Outcome
from sundog.services.lambda_ import limits
from sundog.services.lambda_.filters import Filter, read_filters

Condition = Literal["RetryAttemptsExhausted", "RecordAgeExceeded"]


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """What a mapping of a stream asks for. Limits of -1 are None here."""

    batch_count_max: int
    window_ms: int
    lanes: int
    retries_max: int | None
    age_ms_max: int | None
    bisects: bool
    tumbling_ms: int
    reports_failures: bool
    on_failure: str
    filters: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that go to the function together. ``failures`` count against the retries."""

    records: Sequence[StreamRecord]
    failures: int = 0
    delays: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """The function has taken these."""

    records: Sequence[StreamRecord]


@dataclass(frozen=True, slots=True)
class GivenUp:
    """These will not be tried again; the on-failure destination is told."""

    records: Sequence[StreamRecord]
    condition: Condition


@dataclass(frozen=True, slots=True)
class Again:
    """To be tried again, after a rest where ``delay_ms`` says so."""

    batch: Batch
    delay_ms: int = 0


Step = Done | GivenUp | Again


def read_settings(body: Mapping[str, Any], filtered: str) -> StreamSettings:
    destination = (body.get("DestinationConfig") or {}).get("OnFailure") or {}
    window_s = body.get("MaximumBatchingWindowInSeconds")
    window_ms = limits.KAFKA_WINDOW_MS if window_s is None else window_s * 1_000
    retries, age_s = body.get("MaximumRetryAttempts", -1), body.get("MaximumRecordAgeInSeconds", -1)
    return StreamSettings(
        batch_count_max=body["BatchSize"],
        window_ms=window_ms,
        lanes=body.get("ParallelizationFactor", 1),
        retries_max=None if retries < 0 else retries,
        age_ms_max=None if age_s < 0 else age_s * 1_000,
        bisects=bool(body.get("BisectBatchOnFunctionError")),
        tumbling_ms=body.get("TumblingWindowInSeconds", 0) * 1_000,
        reports_failures="ReportBatchItemFailures" in body["FunctionResponseTypes"],
        on_failure=destination.get("Destination") or "",
        filters=read_filters(body.get("FilterCriteria") or {}, filtered),
    )


def lane_of(key: str, lanes: int) -> int:
    """Records of one key go the same lane, one after another."""
    return int.from_bytes(hashlib.md5(key.encode(), usedforsecurity=False).digest()[:4], "big") % lanes


def drop_old(batch: Batch, settings: StreamSettings, now_ms: int) -> tuple[Batch, list[Step]]:
    """What of the batch is young enough, and that the rest is given up."""
    if settings.age_ms_max is None:
        return batch, []
    oldest_ms = now_ms - settings.age_ms_max
    old = [record for record in batch.records if record.time_ms < oldest_ms]
    if not old:
        return batch, []
    young = [record for record in batch.records if record.time_ms >= oldest_ms]
    return Batch(young, batch.failures, batch.delays), [GivenUp(old, "RecordAgeExceeded")]


def decide_answered(batch: Batch, settings: StreamSettings, outcome: Outcome) -> list[Step]:
    """What follows from the function's answer, in the order in which it is to be done."""
    if outcome.function_error:
        return decide_failed(batch, settings)
    if not settings.reports_failures:
        return [Done(batch.records)]
    first = first_failed(outcome.payload, [record.sequence for record in batch.records])
    if first is None:
        return [Done(batch.records)]
    if first < 0:
        return decide_failed(batch, settings)
    done, rest = batch.records[:first], batch.records[first:]
    if not done:
        return decide_failed(batch, settings)
    if settings.bisects:  # the batch is split at the lowest number reported
        return [Done(done), Again(Batch(rest, batch.failures))]
    return [Done(done), *decide_failed(Batch(rest, batch.failures), settings)]


def decide_failed(batch: Batch, settings: StreamSettings) -> list[Step]:
    """Halves are new batches to the function, but no new retries."""
    if settings.bisects and len(batch.records) > 1:
        middle = len(batch.records) // 2
        halves = batch.records[:middle], batch.records[middle:]
        return [Again(Batch(half, batch.failures)) for half in halves]
    failures = batch.failures + 1
    if settings.retries_max is not None and failures > settings.retries_max:
        return [GivenUp(batch.records, "RetryAttemptsExhausted")]
    return [Again(Batch(batch.records, failures), back_off_ms(failures))]


def decide_throttled(batch: Batch) -> list[Step]:
    """No place for it now: that is no failure of the function and counts against no limit but age."""
    delays = batch.delays + 1
    return [Again(Batch(batch.records, batch.failures, delays), back_off_ms(delays))]


def back_off_ms(count: int) -> int:
    return min(limits.STREAM_RETRY_MS_MAX, limits.STREAM_RETRY_MS_MIN << min(count - 1, 20))


def first_failed(answer: bytes, sequences: Sequence[str]) -> int | None:
    """Index of the first record that the function could not take: None for none, -1 where all have failed.

    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
    """
    try:
        document = orjson.loads(answer)
    except orjson.JSONDecodeError:
        return -1 if answer else None
    if not document:
        return None
    if not isinstance(document, dict):
        return -1
    items = document.get("batchItemFailures")
    if not items:
        return None
    if not isinstance(items, list):
        return -1
    named = [_identifier(item) for item in items]
    if not all(isinstance(one, str) and one in sequences for one in named):
        return -1
    return min(sequences.index(one) for one in named)


def _identifier(item: Any) -> Any:
    """A sequence number; of Kafka an object that has the offset."""
    identifier = item.get("itemIdentifier") if isinstance(item, dict) else None
    return str(identifier.get("offset")) if isinstance(identifier, dict) else identifier


def failure_record(
    condition: Condition,
    members: Mapping[str, Any],
    *,
    request_id: str,
    function_arn: str,
    invoke_count: int,
    answered: tuple[str, str] | None,
    now_ms: int,
) -> str:
    """What an on-failure destination is told. ``members`` describe the batch.

    ``answered``: version and error of the last invocation.
    https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
    """
    record: dict[str, Any] = {
        "requestContext": {
            "requestId": request_id,
            "functionArn": function_arn,
            "condition": condition,
            "approximateInvokeCount": invoke_count,
        },
    }
    if answered is not None:
        version, error = answered
        record["responseContext"] = {"statusCode": 200, "executedVersion": version} | (
            {"functionError": error} if error else {}
        )
    record |= {"version": "1.0", "timestamp": write_moment(now_ms), **members}
    return orjson.dumps(record).decode()
