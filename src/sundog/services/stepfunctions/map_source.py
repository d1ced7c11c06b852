"""Items of a distributed Map that are in S3: objects, lines or rows of objects, listings, manifests.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from sundog.context import Context
from sundog.errors import AwsError
from sundog.lang.asl.distributed import ItemReaderFailed, listed_item, read_items, read_manifest
from sundog.lang.asl.distributed.items import ITEMS_MAX

_OBJECT_PARAMETERS: Final = ("Bucket", "Key", "VersionId", "ExpectedBucketOwner")
_LISTING_PARAMETERS: Final = ("Bucket", "Prefix", "Delimiter", "ExpectedBucketOwner", "StartAfter")

Item = dict[str, Any]


async def read_source(ctx: Context, reader: Mapping[str, Any]) -> list[Item]:
    """``Value`` and ``Source`` of every item. Raises `ItemReaderFailed`, and the AwsError of S3."""
    most = min(reader["max_items"] or ITEMS_MAX, ITEMS_MAX)
    found: list[Item] = []
    async for source, values in _portions(ctx, reader, most):
        found += [{"Value": value, "Source": source} for value in values[: most - len(found)]]
        if len(found) >= most:
            break
    return found


async def _portions(
    ctx: Context, reader: Mapping[str, Any], most: int
) -> AsyncIterator[tuple[str, list[Any]]]:
    """Where items come from, and which they are."""
    parameters, config = reader["parameters"], reader["config"]
    if not isinstance(parameters, dict) or not isinstance(parameters.get("Bucket"), str):
        raise ItemReaderFailed("The name of a bucket is required.")
    bucket = parameters["Bucket"]
    if reader["action"] == "listObjectsV2":
        flattens = config.get("Transformation") == "LOAD_AND_FLATTEN"
        async for entries in _listings(ctx, parameters):
            if not flattens:
                yield f"S3://{bucket}", [listed_item(entry) for entry in entries]
                continue
            for entry in entries:
                content = await _get(ctx, {**parameters, "Key": entry["Key"]})
                yield f"S3://{bucket}/{entry['Key']}", read_items(content, config, most)
        return
    content = await _get(ctx, parameters)
    if config.get("InputType") != "MANIFEST" and "ManifestType" not in config:
        yield f"S3://{bucket}/{parameters.get('Key')}", read_items(content, config, most)
        return
    manifest = read_manifest(content, config)
    for of_bucket, key in manifest.files:
        content = await _get(ctx, {**parameters, "Bucket": of_bucket, "Key": key, "VersionId": None})
        yield f"S3://{of_bucket}/{key}", read_items(content, config, most, manifest.headers)


async def _listings(ctx: Context, parameters: Mapping[str, Any]) -> AsyncIterator[list[dict[str, Any]]]:
    request = _chosen(parameters, _LISTING_PARAMETERS)
    while True:
        page = await ctx.dispatch("s3", "ListObjectsV2", request)
        yield page.get("Contents") or []
        if not page.get("IsTruncated"):
            return
        request = {**request, "ContinuationToken": page["NextContinuationToken"]}


async def _get(ctx: Context, parameters: Mapping[str, Any]) -> bytes:
    if not isinstance(parameters.get("Key"), str):
        raise ItemReaderFailed("The key of an object is required.")
    answer = await ctx.dispatch("s3", "GetObject", _chosen(parameters, _OBJECT_PARAMETERS))
    content: bytes = answer["Body"]
    return content


def _chosen(parameters: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: parameters[name] for name in names if parameters.get(name) is not None}


def told(error: AwsError, request_id: str) -> str:
    """The cause of a failure of S3, as the SDK words it."""
    return f"{error.message} (Service: S3, Status Code: {error.status}, Request ID: {request_id})"
