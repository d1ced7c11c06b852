"""The lines Lambda itself writes around an invocation, as text and as JSON.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html and observed logs.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sundog.compute.contract import FunctionSpec
from sundog.compute.outcomes import Ending

Level = Literal["DEBUG", "INFO", "WARN"]
_ORDER: dict[str, int] = {"DEBUG": 0, "INFO": 1, "WARN": 2}


@dataclass(frozen=True, slots=True)
class PlatformEvent:
    """One thing the platform has to say. ``text`` is empty for what text logs do not show."""

    time_ms: int
    type: str
    record: dict[str, Any]
    level: Level
    text: str = ""

    def document(self) -> dict[str, Any]:
        return {"time": iso_time(self.time_ms), "type": self.type, "record": self.record}

    def json_line(self) -> str:
        return json.dumps(self.document(), separators=(",", ":")) + "\n"


def is_shown(event: PlatformEvent, spec: FunctionSpec) -> bool:
    """Whether the function's log shows it, by its format and system log level."""
    if spec.log_format == "Text":
        return bool(event.text)
    return _ORDER[event.level] >= _ORDER.get(spec.system_log_level or "INFO", 1)


def iso_time(time_ms: int) -> str:
    text = datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{time_ms % 1000:03d}Z"


def stream_name(time_ms: int, version: str, hex_id: str) -> str:
    day = datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y/%m/%d")
    return f"{day}/[{version}]{hex_id}"


def _runtime_version(spec: FunctionSpec, note: str) -> tuple[str, str]:
    """AWS numbers its runtime builds; ours is build 1, and ``note`` says what really runs."""
    language = spec.runtime.replace("nodejs", "nodejs:").removesuffix(".x").replace("python", "python:")
    version = f"{language}.v1" + (f" ({note})" if note else "")
    digest = hashlib.sha256(spec.runtime.encode()).hexdigest()
    return version, f"arn:aws:lambda:{spec.region}::runtime:{digest}"


def init_start(spec: FunctionSpec, time_ms: int, phase: str, note: str) -> PlatformEvent:
    """Text logs leave it out: its line names a build of AWS's runtime, and there is none here to name."""
    version, arn = _runtime_version(spec, note)
    record = {
        "initializationType": spec.init_type,
        "phase": phase,
        "runtimeVersion": version,
        "runtimeVersionArn": arn,
        "functionName": spec.name,
        "functionVersion": spec.version,
        "instanceMaxMemory": spec.memory_mb * 1024 * 1024,
    }
    if spec.image is not None:  # which has no runtime of AWS's
        del record["runtimeVersion"], record["runtimeVersionArn"]
    return PlatformEvent(time_ms, "platform.initStart", record, "INFO")


def init_runtime_done(
    spec: FunctionSpec, time_ms: int, phase: str, ending: Ending, error: str
) -> PlatformEvent:
    record = {"initializationType": spec.init_type, "phase": phase, "status": ending}
    if error:
        record["errorType"] = error
    return PlatformEvent(
        time_ms, "platform.initRuntimeDone", record, "DEBUG" if ending == "success" else "WARN"
    )


def init_report(
    spec: FunctionSpec, time_ms: int, phase: str, duration_ms: float, ending: Ending, error: str
) -> PlatformEvent:
    """Text logs show it for an init that failed only."""
    record: dict[str, Any] = {
        "initializationType": spec.init_type,
        "phase": phase,
        "status": ending,
        "metrics": {"durationMs": round(duration_ms, 3)},
    }
    if error:
        record["errorType"] = error
    if ending == "success":
        level: Level = "DEBUG" if spec.init_type == "on-demand" else "INFO"
        text = f"INIT_REPORT Init Duration: {duration_ms:.2f} ms\n" if phase == "snap-start" else ""
        return PlatformEvent(time_ms, "platform.initReport", record, level, text)
    status = "timeout" if ending == "timeout" else "error"
    kind = f"\tError Type: {error}" if error and status == "error" else ""
    text = f"INIT_REPORT Init Duration: {duration_ms:.2f} ms\tPhase: {phase}\tStatus: {status}{kind}\n"
    return PlatformEvent(time_ms, "platform.initReport", record, "WARN", text)


def start(spec: FunctionSpec, time_ms: int, request_id: str, trace: str) -> PlatformEvent:
    record: dict[str, Any] = {"requestId": request_id, "version": spec.version}
    if trace:
        record["tracing"] = _tracing(trace)
    return PlatformEvent(time_ms, "platform.start", record, "INFO", start_text(spec, request_id))


def start_text(spec: FunctionSpec, request_id: str) -> str:
    return f"START RequestId: {request_id} Version: {spec.version}\n"


@dataclass(frozen=True, slots=True)
class RuntimeDone:
    """The runtime's part of one invocation."""

    request_id: str
    duration_ms: float
    produced: int
    ending: Ending
    error_type: str
    spans: Sequence[dict[str, Any]]
    trace: str = ""


def runtime_done(time_ms: int, done: RuntimeDone) -> PlatformEvent:
    metrics = {"durationMs": round(done.duration_ms, 3), "producedBytes": done.produced}
    record: dict[str, Any] = {"requestId": done.request_id, "status": done.ending, "metrics": metrics}
    if done.error_type:
        record["errorType"] = done.error_type
    if done.spans:
        record["spans"] = list(done.spans)
    if done.trace:
        record["tracing"] = _tracing(done.trace)
    return PlatformEvent(
        time_ms, "platform.runtimeDone", record, "DEBUG" if done.ending == "success" else "WARN"
    )


def _tracing(trace: str) -> dict[str, str]:
    return {"type": "X-Amzn-Trace-Id", "value": trace}


def restore_start(spec: FunctionSpec, time_ms: int, note: str) -> PlatformEvent:
    """Text logs leave it out, as they do INIT_START."""
    version, arn = _runtime_version(spec, note)
    record = {
        "runtimeVersion": version,
        "runtimeVersionArn": arn,
        "functionName": spec.name,
        "functionVersion": spec.version,
        "instanceMaxMemory": spec.memory_mb * 1024 * 1024,
    }
    return PlatformEvent(time_ms, "platform.restoreStart", record, "INFO")


def restore_runtime_done(time_ms: int, ending: Ending, error: str) -> PlatformEvent:
    record = {"status": ending} | ({"errorType": error} if error else {})
    return PlatformEvent(
        time_ms, "platform.restoreRuntimeDone", record, "DEBUG" if ending == "success" else "WARN"
    )


def restore_report(time_ms: int, duration_ms: float, ending: Ending, error: str) -> PlatformEvent:
    record: dict[str, Any] = {"status": ending, "metrics": {"durationMs": round(duration_ms, 3)}}
    text = f"RESTORE_REPORT Restore Duration: {duration_ms:.2f} ms"
    if error:
        record["errorType"] = error
    if ending != "success":
        status = "timeout" if ending == "timeout" else "error"
        text += f" Status: {status}" + (f" Error Type: {error}" if status == "error" else "")
    level: Level = "INFO" if ending == "success" else "WARN"
    return PlatformEvent(time_ms, "platform.restoreReport", record, level, f"{text}\n")


def logs_dropped(time_ms: int, records: int, size: int) -> PlatformEvent:
    record = {
        "droppedBytes": size,
        "droppedRecords": records,
        "reason": "Some logs were dropped because the downstream consumer is slower than the logs "
        "production rate",
    }
    return PlatformEvent(time_ms, "platform.logsDropped", record, "WARN")


def timed_out(time_ms: int, request_id: str, timeout_s: float) -> str:
    """The line a timeout leaves in the log, in either format."""
    return f"{iso_time(time_ms)} {request_id} Task timed out after {timeout_s:.2f} seconds\n\n"


def extension(time_ms: int, name: str, state: str, events: Iterable[str], error: str = "") -> PlatformEvent:
    """Observed: ``EXTENSION\tName: cloudwatch_lambda_agent\tState: Ready\tEvents: [INVOKE, SHUTDOWN]``."""
    record: dict[str, Any] = {"name": name, "state": state, "events": list(events)}
    text = f"EXTENSION\tName: {name}\tState: {state}\tEvents: [{', '.join(record['events'])}]"
    if error:
        record["errorType"] = error
        text += f"\tError Type: {error}"
    return PlatformEvent(time_ms, "platform.extension", record, "INFO", text + "\n")


def subscribed(time_ms: int, name: str, api: str, types: Sequence[str]) -> PlatformEvent:
    """Observed: ``LOGS\tName: cloudwatch_lambda_agent\tState: Subscribed\tTypes: [Platform]``."""
    record = {"name": name, "state": "Subscribed", "types": list(types)}
    kind = "logsSubscription" if api == "logs" else "telemetrySubscription"
    shown = ", ".join(word.capitalize() for word in types)
    text = f"{api.upper()}\tName: {name}\tState: Subscribed\tTypes: [{shown}]\n"
    return PlatformEvent(time_ms, f"platform.{kind}", record, "INFO", text)


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one invocation."""

    request_id: str
    duration_ms: float
    billed_ms: int
    memory_used_mb: int
    init_ms: float | None
    ending: Ending
    error_type: str
    trace: str = ""
    restore_ms: float | None = None


def end(request_id: str) -> str:
    return f"END RequestId: {request_id}\n"


def report(spec: FunctionSpec, time_ms: int, figures: Report) -> PlatformEvent:
    """END and REPORT are two events of a text log; JSON has platform.report alone."""
    metrics: dict[str, Any] = {
        "durationMs": round(figures.duration_ms, 3),
        "billedDurationMs": figures.billed_ms,
        "memorySizeMB": spec.memory_mb,
        "maxMemoryUsedMB": figures.memory_used_mb,
    }
    if figures.init_ms is not None:
        metrics["initDurationMs"] = round(figures.init_ms, 3)
    if figures.restore_ms is not None:
        metrics["restoreDurationMs"] = round(figures.restore_ms, 3)
    record: dict[str, Any] = {"requestId": figures.request_id, "metrics": metrics, "status": figures.ending}
    if figures.error_type and figures.ending != "success":
        record["errorType"] = figures.error_type
    if figures.trace:
        record["tracing"] = _tracing(figures.trace)
    level: Level = "INFO" if figures.ending == "success" else "WARN"
    return PlatformEvent(time_ms, "platform.report", record, level, report_text(spec, figures))


def report_text(spec: FunctionSpec, figures: Report) -> str:
    fields = [
        f"REPORT RequestId: {figures.request_id}",
        f"Duration: {figures.duration_ms:.2f} ms",
        f"Billed Duration: {figures.billed_ms} ms",
        f"Memory Size: {spec.memory_mb} MB",
        f"Max Memory Used: {figures.memory_used_mb} MB",
    ]
    if figures.init_ms is not None:
        fields.append(f"Init Duration: {figures.init_ms:.2f} ms")
    if figures.restore_ms is not None:
        fields.append(f"Restore Duration: {figures.restore_ms:.2f} ms")
        fields.append(f"Billed Restore Duration: {math.ceil(figures.restore_ms)} ms")
    if figures.trace:
        root = figures.trace.partition("Root=")[2].partition(";")[0]
        parent = figures.trace.partition("Parent=")[2].partition(";")[0]
        fields += [f"XRAY TraceId: {root}", f"SegmentId: {parent}", "Sampled: true"]
    if figures.ending == "timeout":
        fields.append("Status: timeout")
    elif figures.ending == "failure":
        fields += ["Status: error", f"Error Type: {figures.error_type}"]
    return "\t".join(fields) + "\t\n"
