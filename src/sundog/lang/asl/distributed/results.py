"""Results of child executions as ResultWriter exports them: result objects and their manifest.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Transformation = Literal["NONE", "COMPACT", "FLATTEN"]
Outcome = Literal["SUCCEEDED", "FAILED", "PENDING"]


@dataclass(frozen=True, slots=True)
class ChildResult:
    """One child execution. ``record`` is all that is known of it, as exported unchanged (wire names:
    ExecutionArn, Input, Name, Output, StartDate, Status, ...); ``output`` is its output as a value."""

    outcome: Outcome
    record: Mapping[str, Any]
    output: Any = None


def transformed(results: Iterable[ChildResult], transformation: Transformation) -> list[Any]:
    """What goes into the state's output or into an object. Failed and pending children stay as they are."""
    values: list[Any] = []
    for result in results:
        if transformation == "NONE" or result.outcome != "SUCCEEDED":
            values.append(dict(result.record))
        elif transformation == "FLATTEN" and isinstance(result.output, list):
            values += result.output
        else:
            values.append(result.output)
    return values


def result_object(values: Iterable[Any], output_type: Literal["JSON", "JSONL"]) -> bytes:
    """The content of ``SUCCEEDED_0.json`` and its like."""
    texts = [json.dumps(value, separators=(",", ":"), ensure_ascii=False) for value in values]
    text = "\n".join(texts) if output_type == "JSONL" else f"[{','.join(texts)}]"
    return text.encode("utf-8", "surrogatepass")


def manifest(bucket: str, map_run_arn: str, files: Mapping[Outcome, Iterable[tuple[str, int]]]) -> bytes:
    """The content of ``manifest.json``; ``files`` are keys and sizes by outcome."""
    listed = {
        outcome: [{"Key": key, "Size": size} for key, size in files.get(outcome, ())]
        for outcome in ("FAILED", "PENDING", "SUCCEEDED")
    }
    content = {"DestinationBucket": bucket, "MapRunArn": map_run_arn, "ResultFiles": listed}
    return json.dumps(content, separators=(",", ":")).encode()
