"""What a pipe's target gets: one call for all events of a batch, or as few as its service allows.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sundog.arn import Arn
from sundog.context import Context
from sundog.errors import AwsError
from sundog.services.pipes.calling import call, request
from sundog.services.pipes.errors import ValidationException
from sundog.services.pipes.inputs import join_inputs, resolve
from sundog.services.pipes.limits import TARGET_BATCH_MAX
from sundog.services.pipes.model import Pipe, is_called_over_http

Indices = frozenset[int]
NONE: Final[Indices] = frozenset()


@dataclass(frozen=True, slots=True)
class Job:
    """A batch at its target: ``inputs[n]`` is what ``events[n]`` became; ``batch`` is what came in."""

    ctx: Context
    pipe: Pipe
    batch: Sequence[Mapping[str, Any]]
    events: Sequence[Any]
    inputs: Sequence[str]

    def parameters(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = (self.pipe.body.get("TargetParameters") or {}).get(name) or {}
        return found

    def source_indices(self, failed: Iterable[int]) -> Indices:
        """What of the batch failed when these events did: all, where an enrichment made others of them."""
        found = frozenset(failed)
        if not found or len(self.events) == len(self.batch):
            return found
        return frozenset(range(len(self.batch)))


async def deliver(job: Job) -> Indices:
    """Hand the events over; which of the batch were not taken. Raises AwsError when none was."""
    target = job.pipe.target
    if is_called_over_http(target):
        return await _over_http(job)
    return await _RECEIVERS[target.service](job, target)


async def _to_function(job: Job, target: Arn) -> Indices:
    kind = job.parameters("LambdaFunctionParameters").get("InvocationType") or ""
    return _reported(job, await call(job.ctx, target, join_inputs(job.inputs), kind))


async def _to_state_machine(job: Job, target: Arn) -> Indices:
    kind = job.parameters("StepFunctionStateMachineParameters").get("InvocationType") or ""
    return _reported(job, await call(job.ctx, target, join_inputs(job.inputs), kind))


def _reported(job: Job, answer: Any) -> Indices:
    """What a partial answer names as failed; an id that nobody knows fails the whole batch.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
    """
    items = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not items:
        return NONE
    places = {_id(event): at for at, event in enumerate(job.batch)}
    if not isinstance(items, list):
        return frozenset(range(len(job.batch)))
    named = [str(item.get("itemIdentifier")) if isinstance(item, dict) else "" for item in items]
    if not all(name in places for name in named):
        return frozenset(range(len(job.batch)))
    return frozenset(places[name] for name in named)


def _id(event: Mapping[str, Any]) -> str:
    """How a partial answer names an event: by its message id, sequence number or event id."""
    names = ("messageId", "sequenceNumber", "eventID")
    return str(next((event[name] for name in names if event.get(name)), ""))


async def _to_queue(job: Job, target: Arn) -> Indices:
    parameters = job.parameters("SqsQueueParameters")
    entries = [
        {
            "Id": str(at),
            "MessageBody": text,
            **_resolved(parameters, ("MessageGroupId", "MessageDeduplicationId"), event),
        }
        for at, (text, event) in enumerate(zip(job.inputs, job.events, strict=True))
    ]
    queue = {"QueueUrl": f"/{target.account}/{target.resource}"}
    return await _in_batches(job, target, "SendMessageBatch", queue, "Entries", entries)


async def _to_topic(job: Job, target: Arn) -> Indices:
    entries = [{"Id": str(at), "Message": text} for at, text in enumerate(job.inputs)]
    topic = {"TopicArn": str(target)}
    return await _in_batches(job, target, "PublishBatch", topic, "PublishBatchRequestEntries", entries)


async def _in_batches(
    job: Job, target: Arn, operation: str, names: Mapping[str, Any], member: str, entries: Sequence[Any]
) -> Indices:
    """Batch operations that answer which entries failed, by the ids that we gave them."""
    failed: set[int] = set()
    for part in _parts(target, entries):
        answer = await job.ctx.acting(scope=target.scope).dispatch(
            target.service, operation, {**names, member: part}
        )
        failed |= {int(entry["Id"]) for entry in answer.get("Failed") or ()}
    return job.source_indices(failed)


async def _to_bus(job: Job, target: Arn) -> Indices:
    parameters = job.parameters("EventBridgeEventBusParameters")
    entries = [
        _entry(job.pipe, target, parameters, text, event)
        for text, event in zip(job.inputs, job.events, strict=True)
    ]
    return await _put(job, target, "PutEvents", {}, "Entries", entries)


def _entry(pipe: Pipe, target: Arn, parameters: Mapping[str, Any], text: str, event: Any) -> dict[str, Any]:
    defaults = {"Source": f"Pipe {pipe.name}", "DetailType": f"Event from aws:{pipe.source.service}"}
    resources = [resolve(one, event) for one in parameters.get("Resources") or ()]
    return {
        **defaults,
        **_resolved(parameters, ("Source", "DetailType"), event),
        **({"Resources": resources} if resources else {}),
        **_time(parameters.get("Time"), "Time", event),
        "EventBusName": str(target),
        "Detail": text,
    }


async def _to_stream(job: Job, target: Arn) -> Indices:
    key = job.parameters("KinesisStreamParameters")["PartitionKey"]
    entries = [
        {"Data": text.encode(), "PartitionKey": resolve(key, event)}
        for text, event in zip(job.inputs, job.events, strict=True)
    ]
    return await _put(job, target, "PutRecords", {"StreamARN": str(target)}, "Records", entries)


async def _put(
    job: Job, target: Arn, operation: str, names: Mapping[str, Any], member: str, entries: Sequence[Any]
) -> Indices:
    """Batch operations that answer entry for entry, with an error code where one failed."""
    failed, at = set(), 0
    for part in _parts(target, entries):
        answer = await job.ctx.acting(scope=target.scope).dispatch(
            target.service, operation, {**names, member: part}
        )
        failed |= {at + n for n, entry in enumerate(answer[member]) if entry.get("ErrorCode")}
        at += len(part)
    return job.source_indices(failed)


async def _to_log_group(job: Job, target: Arn) -> Indices:
    parameters = job.parameters("CloudWatchLogsParameters")
    now_ms = job.ctx.clock.now_ms()
    streams: dict[str, list[dict[str, Any]]] = {}
    for text, event in zip(job.inputs, job.events, strict=True):
        name = resolve(parameters.get("LogStreamName") or job.pipe.name, event)
        at_ms = _time(parameters.get("Timestamp"), "timestamp", event).get("timestamp", now_ms)
        streams.setdefault(name, []).append({"timestamp": at_ms, "message": text})
    group = target.resource.removeprefix("log-group:").removesuffix(":*")
    logs = job.ctx.acting(scope=target.scope)
    for name, events in streams.items():
        names = {"logGroupName": group, "logStreamName": name}
        if not parameters.get("LogStreamName"):
            await _ensure_stream(logs, names)
        events.sort(key=lambda event: int(event["timestamp"]))
        await logs.dispatch("logs", "PutLogEvents", {**names, "logEvents": events})
    return NONE


async def _ensure_stream(ctx: Context, names: Mapping[str, str]) -> None:
    try:
        await ctx.dispatch("logs", "CreateLogStream", names)
    except AwsError as error:
        if error.shape_name != "ResourceAlreadyExistsException":
            raise


async def _over_http(job: Job) -> Indices:
    """One request an event: it has the event when it answers well."""
    parameters = job.parameters("HttpParameters")
    for text, event in zip(job.inputs, job.events, strict=True):
        await request(job.ctx, job.pipe, job.pipe.target, text, parameters, event)
    return NONE


def _parts(target: Arn, entries: Sequence[Any]) -> list[Sequence[Any]]:
    most = TARGET_BATCH_MAX[target.service]
    return [entries[start : start + most] for start in range(0, len(entries), most)]


def _resolved(parameters: Mapping[str, Any], names: Sequence[str], event: Any) -> dict[str, str]:
    return {name: resolve(parameters[name], event) for name in names if parameters.get(name)}


def _time(path: str | None, name: str, event: Any) -> dict[str, int]:
    """A moment in the event: milliseconds since the epoch."""
    if not path:
        return {}
    text = resolve(path, event)
    if not text.isascii() or not text.isdecimal():
        raise ValidationException(f"{path} is not a time in milliseconds.")
    return {name: int(text)}


_RECEIVERS: Final[Mapping[str, Callable[[Job, Arn], Awaitable[Indices]]]] = {
    "events": _to_bus,
    "kinesis": _to_stream,
    "lambda": _to_function,
    "logs": _to_log_group,
    "sns": _to_topic,
    "sqs": _to_queue,
    "states": _to_state_machine,
}
