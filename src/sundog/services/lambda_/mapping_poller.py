"""One event source mapping at work: it receives, batches, invokes, and deletes what was taken.

Rules: a message is deleted only after the function has taken it, or when no filter wants it; everything else
comes back by itself when its visibility timeout ends, also when this process is killed.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any

from sundog.arn import parse_arn
from sundog.clock import NEVER_MS
from sundog.compute.contract import Invocation
from sundog.context import Context
from sundog.errors import AwsError
from sundog.services.lambda_ import limits, lineage
from sundog.services.lambda_.catalog import CHANNEL as CATALOG_CHANNEL
from sundog.services.lambda_.errors import NoSuchFunction, TooManyRequestsException
from sundog.services.lambda_.filters import is_wanted, read_filters
from sundog.services.lambda_.mapped_queues import as_poller, find_visibility, queue_url
from sundog.services.lambda_.mapping_metrics import MappingMetrics
from sundog.services.lambda_.mapping_rules import decide_concurrency, read_scaling
from sundog.services.lambda_.model import SourceMapping
from sundog.services.lambda_.names import parse_name
from sundog.services.lambda_.queue_batches import (
    FILTERED,
    Message,
    find_failed,
    message_bytes,
    split_batches,
    trace_headers,
    view,
    write_event,
)
from sundog.services.lambda_.rows import SQL, mapping_values, scope_key, to_mapping
from sundog.services.lambda_.runner import Ran, runner, trace_header
from sundog.store import StoreError
from sundog.work import Schedule

logger = logging.getLogger(__name__)

BACK_OFF = Schedule()
NO_FUNCTION = "PROBLEM: Function not found"
NO_QUEUE = "PROBLEM: Queue not found"
POLL_FAILED = "PROBLEM: The queue could not be polled"


class Poller:
    """Polls from `start` to `stop_polling`; batches that are with the function then go on to their end."""

    def __init__(self, ctx: Context, mapping: SourceMapping) -> None:
        queue = parse_arn(mapping.source_arn)
        assert queue is not None
        body = mapping.body
        self._ctx = ctx.acting(scope=mapping.scope)
        self._mapping, self._queue = mapping, queue
        self._name = parse_name(mapping.scope, mapping.function_arn)
        self._count: int = body["BatchSize"]
        self._window_ms: int = body["MaximumBatchingWindowInSeconds"] * 1_000
        self._scaling = read_scaling(body)
        self._metrics = MappingMetrics(self._ctx, mapping)
        self._filters = read_filters(body.get("FilterCriteria") or {}, FILTERED)
        self._reports_failures = "ReportBatchItemFailures" in body["FunctionResponseTypes"]
        self._problem: str = body.get("LastProcessingResult", "")
        self._failures = 0
        self._batches: set[asyncio.Task[None]] = set()
        self._has_room: asyncio.Future[bool] | None = None
        self._saturated_ms: int | None = None
        self._polling: asyncio.Task[None] | None = None

    @property
    def is_busy(self) -> bool:
        return bool(self._batches)

    def start(self) -> None:
        self._polling = _begin(self._poll())

    async def stop_polling(self) -> None:
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.wait([self._polling])

    async def finish(self, drain_ms: int) -> None:
        """What is with the function gets ``drain_ms`` of real time; the rest comes back later."""
        if self._batches and drain_ms:
            await asyncio.wait(self._batches, timeout=drain_ms / 1_000)
        batches = list(self._batches)
        for batch in batches:
            batch.cancel()
        await asyncio.gather(*batches, return_exceptions=True)

    # Receiving

    async def _poll(self) -> None:
        while True:
            with self._ctx.clock.busy():
                problem = await self._turn()
                self._failures = self._failures + 1 if problem else 0
                if problem != self._problem and self._failures != 1:  # the first may pass by itself
                    await self._note(problem)
            if problem:
                await self._rest()

    async def _note(self, problem: str) -> None:
        try:
            await record_result(self._ctx, self._mapping, problem)
        except StoreError as error:  # the next turn tries again
            logger.warning("the state of %s could not be recorded: %s", self._mapping.uuid, error)
        else:
            self._problem = problem

    async def _rest(self) -> None:
        """Something is missing or failed: look again when functions change, and later and later."""
        async with self._ctx.store.subscribe(CATALOG_CHANNEL) as changes:
            await changes.wait(self._ctx.clock.now_ms() + BACK_OFF.failure_ms(self._failures))

    async def _turn(self) -> str:
        """Receive and hand over what there is; what is wrong, if anything."""
        try:
            await self._wait_for_room()
            await runner(self._ctx).catalog.find(self._name)  # receive nothing that nobody takes
            for batch in split_batches(await self._gather(), self._count):
                self._hand_over(batch)
        except NoSuchFunction:
            return NO_FUNCTION
        except AwsError as error:
            return NO_QUEUE if error.shape_name == "QueueDoesNotExist" else POLL_FAILED
        except Exception:
            logger.exception("%s could not be polled", self._queue)
            return POLL_FAILED
        return ""

    async def _wait_for_room(self) -> None:
        """Until one batch more may be with the function: one ends, or more may run as time goes by."""
        clock = self._ctx.clock
        while self._batches:
            now_ms = clock.now_ms()
            saturated_ms = 0 if self._saturated_ms is None else now_ms - self._saturated_ms
            allowed = decide_concurrency(saturated_ms, self._scaling)
            if len(self._batches) < allowed:
                return
            if self._saturated_ms is None:
                self._saturated_ms = now_ms
            grows = allowed < self._scaling.most
            self._has_room = asyncio.get_running_loop().create_future()
            await clock.wait_for(self._has_room, now_ms + 1_000 if grows else NEVER_MS, is_work=False)
        self._saturated_ms = None

    async def _gather(self) -> list[Message]:
        """The messages of one batch or more; none when none came in a while."""
        messages = await self._receive(self._count, limits.POLL_SECONDS)
        if not messages or not self._window_ms:
            return messages
        end_ms = self._ctx.clock.now_ms() + self._window_ms
        window = _begin(self._ctx.clock.sleep_until(end_ms))  # whoever moves the clock must stop there
        batch = {message["MessageId"]: message for message in messages}
        try:
            size = sum(map(message_bytes, messages))
            while len(batch) < self._count and size < limits.BATCH_BYTES_MAX:
                more, is_over = await self._receive_until(end_ms, self._count - len(batch))
                # One that comes again within a long window is still one message: its last receipt counts.
                batch |= {message["MessageId"]: message for message in more}
                size += sum(map(message_bytes, more))
                if is_over:
                    break
        finally:
            window.cancel()
        return list(batch.values())

    async def _receive_until(self, end_ms: int, count: int) -> tuple[list[Message], bool]:
        """What comes until ``end_ms``, and whether that is reached. SQS waits whole seconds."""
        left_s = (end_ms - self._ctx.clock.now_ms()) // 1_000
        if left_s > 0:
            return await self._receive(count, min(left_s, limits.POLL_SECONDS)), False
        await self._ctx.clock.sleep_until(end_ms)
        return await self._receive(count, 0), True

    async def _receive(self, count: int, wait_s: int) -> list[Message]:
        """The messages that the function is to see; what no filter wants is deleted."""
        request = {
            "QueueUrl": queue_url(self._queue),
            "MaxNumberOfMessages": min(count, limits.RECEIVE_MAX),
            "WaitTimeSeconds": wait_s,
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        }
        answer = await as_poller(self._ctx, self._queue).dispatch("sqs", "ReceiveMessage", request)
        messages: list[Message] = answer.get("Messages") or []
        wanted = [message for message in messages if is_wanted(view(message), self._filters, FILTERED)]
        self._metrics.polled(len(messages), len(messages) - len(wanted))
        if len(wanted) < len(messages):
            kept = {message["MessageId"] for message in wanted}
            await self._delete([message for message in messages if message["MessageId"] not in kept])
        return wanted

    async def _delete(self, messages: Sequence[Message]) -> None:
        for start in range(0, len(messages), limits.RECEIVE_MAX):
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages[start : start + limits.RECEIVE_MAX])
            ]
            request = {"QueueUrl": queue_url(self._queue), "Entries": entries}
            await as_poller(self._ctx, self._queue).dispatch("sqs", "DeleteMessageBatch", request)

    # Invoking

    def _hand_over(self, batch: list[Message]) -> None:
        task = _begin(self._process(batch))
        self._batches.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._batches.discard(task)
        if self._has_room is not None and not self._has_room.done():
            self._has_room.set_result(True)

    async def _process(self, batch: list[Message]) -> None:
        """The whole way of one batch. What fails here leaves its messages in the queue."""
        with self._ctx.clock.busy():
            try:
                ran = await self._invoke(batch)
                taken = self._taken(batch, ran) if ran is not None else []
                self._metrics.deleted(len(taken))
                await self._delete(taken)
            except AwsError as error:
                logger.warning("a batch of %s failed: %s", self._queue, error.message)
            except Exception:
                logger.exception("a batch of %s failed", self._queue)

    async def _invoke(self, batch: list[Message]) -> Ran | None:
        """Run the function, again and again while it is throttled and the messages are still hidden."""
        clock, event = self._ctx.clock, write_event(batch, self._queue)
        header = lineage.deepest(trace_headers(batch)) or trace_header(self._ctx)
        hidden_since_ms = clock.now_ms() - self._window_ms
        delay_ms = limits.BATCH_THROTTLE_MS_MIN
        while True:
            try:
                callee = await runner(self._ctx).catalog.find(self._name)
                invocation = Invocation(self._ctx.ids.uuid(), event, callee.name.arn, header)
                ran = await runner(self._ctx).run(callee, invocation)
                self._metrics.invoked(len(batch), bool(ran.outcome.function_error))
                return ran
            except TooManyRequestsException:
                again_ms = clock.now_ms() + delay_ms
                visibility_s = await find_visibility(self._ctx, self._queue)
                if again_ms >= hidden_since_ms + visibility_s * 1_000:
                    return None
                await clock.sleep_until(again_ms)
                delay_ms = min(2 * delay_ms, limits.BATCH_THROTTLE_MS_MAX)

    def _taken(self, batch: list[Message], ran: Ran) -> list[Message]:
        """The messages that the function is done with."""
        if ran.outcome.function_error:
            return []
        if not self._reports_failures:
            return batch
        ids = frozenset(message["MessageId"] for message in batch)
        failed = find_failed(ran.outcome.payload, ids)
        return [] if failed is None else [message for message in batch if message["MessageId"] not in failed]


async def record_result(ctx: Context, mapping: SourceMapping, problem: str) -> None:
    """Let callers see what is wrong with the mapping, or that it is no more."""
    async with ctx.store.transaction() as tx:
        row = await tx.one(SQL["mapping"], **scope_key(mapping.scope), uuid=mapping.uuid)
        if row is None:
            return
        found = to_mapping(row)
        body = {name: value for name, value in found.body.items() if name != "LastProcessingResult"}
        if problem:
            body["LastProcessingResult"] = problem
        await tx.run(SQL["update_mapping"], **mapping_values(replace(found, body=body)))


def _begin(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """A task that is no part of the work that starts it: the clock counts the two apart."""
    return asyncio.get_running_loop().create_task(work, context=contextvars.Context())
