"""Results of a map run: in the output of its state, or as objects in S3.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import orjson

from sundog.context import Context
from sundog.lang.asl.distributed import ChildResult, manifest, result_object, transformed
from sundog.lang.asl.distributed.results import Outcome
from sundog.scope import Scope
from sundog.services.stepfunctions.children import describe_child
from sundog.services.stepfunctions.model import Started
from sundog.store import Row


def read_result(row: Row) -> ChildResult:
    """A row of the statement ``results``: an item, and the execution it has got."""
    if row["arn"] is None:
        record = {"Input": row["payload"], "InputDetails": {"Included": True}, "Status": "PENDING"}
        return ChildResult("PENDING", record)
    child = Started(
        Scope(row["account"], row["region"]),
        row["machine"],
        row["name"],
        row["arn"],
        row["status"],
        row["started_ms"],
        row["stopped_ms"],
        orjson.loads(row["body"]),
        "",
    )
    record = describe_child(child, parses_output=False)
    if child.status == "SUCCEEDED":
        return ChildResult("SUCCEEDED", record, orjson.loads(child.body["output"]))
    return ChildResult("FAILED", record)


def state_output(rows: Sequence[Row], writer: Mapping[str, Any] | None) -> list[Any]:
    """What the Map answers: the outputs of what succeeded, or as ``WriterConfig`` says."""
    if writer is None:
        return [orjson.loads(row["payload"]) for row in rows if row["status"] == "SUCCEEDED"]
    return transformed(map(read_result, rows), writer["config"].get("Transformation", "COMPACT"))


async def write_results(
    ctx: Context, arn: str, rows: Sequence[Row], writer: Mapping[str, Any]
) -> dict[str, Any]:
    """Write the objects and their manifest; where they are. Raises the AwsError of S3."""
    parameters, config = writer["parameters"], writer["config"]
    bucket, prefix = str(parameters.get("Bucket", "")), str(parameters.get("Prefix") or "").strip("/")
    folder = f"{prefix}/{arn.rpartition(':')[2]}" if prefix else arn.rpartition(":")[2]
    results = [read_result(row) for row in rows]
    files: dict[Outcome, list[tuple[str, int]]] = {}
    for outcome in get_args(Outcome):
        chosen = [result for result in results if result.outcome == outcome]
        if chosen:
            values = transformed(chosen, config.get("Transformation", "NONE"))
            content = result_object(values, config.get("OutputType", "JSON"))
            key = f"{folder}/{outcome}_0.json"
            await _put(ctx, bucket, key, content, parameters)
            files[outcome] = [(key, len(content))]
    key = f"{folder}/manifest.json"
    await _put(ctx, bucket, key, manifest(bucket, arn, files), parameters)
    return {"MapRunArn": arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}}


async def _put(ctx: Context, bucket: str, key: str, content: bytes, parameters: Mapping[str, Any]) -> None:
    request = {"Bucket": bucket, "Key": key, "Body": content, "ContentType": "application/json"}
    if parameters.get("ExpectedBucketOwner"):
        request["ExpectedBucketOwner"] = parameters["ExpectedBucketOwner"]
    await ctx.dispatch("s3", "PutObject", request)
