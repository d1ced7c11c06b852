"""One batch on its way: enrichment, then target, each with its transformation, told to the pipe's log.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-logs-execution-steps.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import orjson

from sundog.arn import Arn
from sundog.context import Context, Principal
from sundog.errors import AwsError
from sundog.services.pipes.calling import call, request
from sundog.services.pipes.execution_log import ExecutionLog
from sundog.services.pipes.inputs import join_inputs, write_inputs
from sundog.services.pipes.metrics import Metrics
from sundog.services.pipes.model import Pipe, is_called_over_http
from sundog.services.pipes.receivers import Indices, Job, deliver

T = TypeVar("T")


class Execution:
    """The way of one batch of a pipe."""

    def __init__(self, ctx: Context, pipe: Pipe) -> None:
        principal = Principal.service("pipes.amazonaws.com", pipe.scope.account)
        self._ctx = ctx.acting(scope=pipe.scope, principal=principal)
        self._pipe = pipe
        self._log = ExecutionLog(self._ctx, pipe, ctx.ids.uuid())
        self._count = partial(ctx.part(Metrics).count, (pipe.scope, pipe.name))

    async def run(self, batch: Sequence[Mapping[str, Any]]) -> Indices:
        """Which events of the batch were not taken."""
        started_ms = self._ctx.clock.now_ms()
        payload = orjson.dumps(list(batch)).decode()
        self._begun(len(batch), payload)
        everything = frozenset(range(len(batch)))
        try:
            events = await self._enrich(batch)
            failed = await self._deliver(batch, events) if events else self._skip()
        except AwsError as error:
            self._log.note("EXECUTION_FAILED", error, payload=payload)
            failed = everything
        else:
            step = "SUCCEEDED" if not failed else "PARTIALLY_FAILED" if failed < everything else "FAILED"
            self._log.note(f"EXECUTION_{step}", payload=payload)
        if failed:
            self._count("ExecutionFailed" if failed == everything else "ExecutionPartiallyFailed")
        self._count("Duration", self._ctx.clock.now_ms() - started_ms)
        await self._log.write()
        return failed

    def _begun(self, events: int, payload: str) -> None:
        self._log.note("EXECUTION_STARTED", payload=payload)
        self._count("Invocations")
        self._count("EventCount", events)
        self._count("EventSize", len(payload.encode()))

    def _skip(self) -> Indices:
        """An enrichment that answers nothing leaves nothing for the target."""
        self._log.note("TARGET_STAGE_SKIPPED")
        self._count("TargetStageSkipped")
        return frozenset()

    async def _enrich(self, batch: Sequence[Any]) -> Sequence[Any]:
        arn = self._pipe.enrichment
        if arn is None:
            return batch

        async def enrich(inputs: Sequence[str]) -> Sequence[Any]:
            return await self._call_enrichment(arn, batch, inputs)

        return await self._stage("ENRICHMENT", "EnrichmentParameters", batch, enrich)

    async def _call_enrichment(self, arn: Arn, batch: Sequence[Any], inputs: Sequence[str]) -> Sequence[Any]:
        if is_called_over_http(arn):
            parameters = (self._pipe.body.get("EnrichmentParameters") or {}).get("HttpParameters") or {}
            answer = await request(self._ctx, self._pipe, arn, inputs[0], parameters, batch[0])
        else:
            answer = await call(self._ctx, arn, join_inputs(inputs))
        if isinstance(answer, list):
            return answer
        return [answer] if answer not in (None, "", {}) else []

    async def _deliver(self, batch: Sequence[Mapping[str, Any]], events: Sequence[Any]) -> Indices:
        async def hand_over(inputs: Sequence[str]) -> Indices:
            return await deliver(Job(self._ctx, self._pipe, batch, events, inputs))

        failed: Indices = await self._stage("TARGET", "TargetParameters", events, hand_over)
        if failed:
            self._count("TargetStagePartiallyFailed")
        return failed

    async def _stage(
        self, stage: str, member: str, events: Sequence[Any], invoke: Callable[[Sequence[str]], Awaitable[T]]
    ) -> T:
        """Transform the events and hand them over; the steps are noted, a failure is raised again."""
        note, started_ms = self._log.note, self._ctx.clock.now_ms()
        metric = f"{stage.capitalize()}Stage"
        arn = self._pipe.target if stage == "TARGET" else self._pipe.enrichment
        service = arn.service if arn is not None else ""
        note(f"{stage}_STAGE_ENTERED", payload=orjson.dumps(list(events)).decode())
        parameters = self._pipe.body.get(member) or {}
        inputs = write_inputs(self._pipe, parameters, events, started_ms)
        if parameters.get("InputTemplate"):
            note(f"{stage}_TRANSFORMATION_STARTED")
            note(f"{stage}_TRANSFORMATION_SUCCEEDED", payload=join_inputs(inputs))
        note(f"{stage}_INVOCATION_STARTED", awsRequest=join_inputs(inputs))
        try:
            answer = await invoke(inputs)
        except AwsError as error:
            note(f"{stage}_INVOCATION_FAILED", error, service, awsRequest=join_inputs(inputs))
            note(f"{stage}_STAGE_FAILED", error, service)
            self._count(f"{metric}Failed")
            raise
        finally:
            self._count(f"{metric}Duration", self._ctx.clock.now_ms() - started_ms)
        note(f"{stage}_INVOCATION_SUCCEEDED")
        note(f"{stage}_STAGE_SUCCEEDED")
        return answer
