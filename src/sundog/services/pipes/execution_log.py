"""The log records of one execution, written to the pipe's log group when it ends.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-logs.html
"""

from __future__ import annotations

import logging
from typing import Any, Final

import orjson

from sundog.arn import parse_arn
from sundog.context import Context, Principal
from sundog.errors import AwsError
from sundog.services.pipes import limits
from sundog.services.pipes.model import Pipe

logger = logging.getLogger(__name__)
_RANKS: Final = {"OFF": 0, "ERROR": 1, "INFO": 2, "TRACE": 3}
_INFO: Final = ("EXECUTION_", "_STAGE_")
"""Steps are told at INFO; invocations and transformations, which lie inside them, at TRACE."""


class ExecutionLog:
    """Collects what the pipe's level lets through; `write` never raises for what the log group does."""

    def __init__(self, ctx: Context, pipe: Pipe, execution_id: str) -> None:
        logs = pipe.body.get("LogConfiguration") or {}
        self._ctx, self._pipe, self._id = ctx, pipe, execution_id
        self._rank = _RANKS[logs.get("Level") or "OFF"]
        self._has_data = "ALL" in (logs.get("IncludeExecutionData") or ())
        self._group_arn = (logs.get("CloudwatchLogsLogDestination") or {}).get("LogGroupArn") or ""
        self._records: list[tuple[int, str]] = []

    def note(self, step: str, error: AwsError | None = None, service: str = "", **data: str) -> None:
        """One step. ``data`` are payload, awsRequest and awsResponse, shown where the pipe includes them."""
        level = _level(step)
        if _RANKS[level] > self._rank:
            return
        now_ms = self._ctx.clock.now_ms()
        record: dict[str, Any] = {
            "resourceArn": self._pipe.arn,
            "timestamp": now_ms,
            "executionId": self._id,
            "messageType": step,
            "logLevel": level,
        }
        if self._has_data:
            record |= _shown(data)
        if error is not None:
            record["error"] = _error(error, service)
        self._records.append((now_ms, orjson.dumps(record).decode()))

    async def write(self) -> None:
        if not self._records or not self._group_arn:
            return
        arn = parse_arn(self._group_arn)
        assert arn is not None, "the model's pattern has checked it"
        writer = self._ctx.acting(
            scope=arn.scope, principal=Principal.service("delivery.logs.amazonaws.com", arn.account)
        )
        names = {
            "logGroupName": arn.resource.removeprefix("log-group:").removesuffix(":*"),
            "logStreamName": self._pipe.name,
        }
        events = [{"timestamp": at_ms, "message": text} for at_ms, text in self._records]
        try:
            await _ensure_stream(writer, names)
            await writer.dispatch("logs", "PutLogEvents", {**names, "logEvents": events})
        except AwsError as error:
            logger.warning("the log of %s could not be written: %s", self._pipe.arn, error.message)


async def _ensure_stream(ctx: Context, names: dict[str, str]) -> None:
    try:
        await ctx.dispatch("logs", "CreateLogStream", names)
    except AwsError as error:
        if error.shape_name != "ResourceAlreadyExistsException":
            raise


def _level(step: str) -> str:
    if step.endswith(("FAILED", "THROTTLED", "TIMEOUT")):
        return "ERROR"
    return "INFO" if any(part in step for part in _INFO) else "TRACE"


def _shown(data: dict[str, str]) -> dict[str, Any]:
    shown: dict[str, Any] = {name: text[: limits.LOG_PAYLOAD_MAX] for name, text in data.items()}
    cut = [name for name, text in data.items() if len(text) > limits.LOG_PAYLOAD_MAX]
    return shown | ({"truncatedFields": cut} if cut else {})


def _error(error: AwsError, service: str) -> dict[str, Any]:
    return {
        "httpStatusCode": error.status,
        "message": error.message,
        "details": error.wire_code,
        "awsService": service,
    }
