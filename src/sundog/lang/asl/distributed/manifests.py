"""Data sets of many objects: the manifest of an S3 inventory, or of an Athena UNLOAD."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sundog.lang.asl.distributed.items import ItemReaderFailed


@dataclass(frozen=True, slots=True)
class Manifest:
    """``files`` are buckets and keys, in order. ``headers`` name the columns of an inventory's files, which
    are CSV without a header row; None where the files are of the reader's ``InputType``."""

    files: tuple[tuple[str, str], ...]
    headers: tuple[str, ...] | None = None


def read_manifest(content: bytes, config: Mapping[str, Any]) -> Manifest:
    """Raises `ItemReaderFailed`."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ItemReaderFailed("The manifest is not encoded in UTF-8.") from None
    if config.get("ManifestType") == "ATHENA_DATA":
        return Manifest(tuple(_s3_uri(line.strip()) for line in text.splitlines() if line.strip()))
    return _inventory(text)


def _s3_uri(line: str) -> tuple[str, str]:
    bucket, _, key = line.strip('"').removeprefix("s3://").partition("/")
    if not line.strip('"').startswith("s3://") or not bucket or not key:
        raise ItemReaderFailed("The manifest lists something that is no S3 object.")
    return bucket, key


def _inventory(text: str) -> Manifest:
    try:
        found = json.loads(text)
        bucket = str(found["destinationBucket"]).removeprefix("arn:aws:s3:::")
        headers = tuple(name.strip() for name in str(found["fileSchema"]).split(","))
        files = tuple((bucket, str(file["key"])) for file in found["files"])
        file_format = found["fileFormat"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ItemReaderFailed("The object is not a valid S3 inventory manifest.") from None
    if file_format != "CSV":
        raise ItemReaderFailed(f"S3 inventory reports of the format {file_format} are not supported.")
    return Manifest(files, headers)
