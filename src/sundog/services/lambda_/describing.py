"""Versions as AWS shows them, and the ways in which Lambda writes times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sundog.context import Context
from sundog.services.lambda_.bundles import watched_folder
from sundog.services.lambda_.images import is_image, location
from sundog.services.lambda_.model import Version
from sundog.services.lambda_.names import LATEST, function_arn

_CREATING = "The function is being created."
_NOT_LISTED = ("RuntimeVersionConfig",)


def write_time(ms: int) -> str:
    """``2026-11-24T14:00:00.000+0000``"""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}+0000"


def write_micros(ms: int) -> str:
    """``2026-11-24T14:00:00.000000Z``, as function URLs have it."""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}000Z"


def write_seconds(ms: int) -> str:
    """``2026-11-24T14:00:00+0000``, as provisioned concurrency has it."""
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}+0000"


def describe(version: Version, qualifier: str = "") -> dict[str, Any]:
    """FunctionConfiguration; ``qualifier`` is the one the caller used, an alias perhaps."""
    shown = qualifier or ("" if version.is_latest else version.version)
    described = {
        **version.settings,
        "FunctionName": version.name,
        "FunctionArn": function_arn(version.scope, version.name, shown),
        "Version": version.version,
        "LastModified": write_time(version.modified_ms),
        "RevisionId": version.revision,
        "State": version.state,
    }
    if version.state == "Pending":
        described |= {"StateReason": _CREATING, "StateReasonCode": "Creating"}
    if version.update_status:
        described["LastUpdateStatus"] = version.update_status
    code = "InvalidImage" if is_image(version.code) else "FunctionError"
    if version.state == "Failed":
        described |= {"StateReason": version.failure, "StateReasonCode": code}
    if version.update_status == "Failed":
        described |= {"LastUpdateStatusReason": version.failure, "LastUpdateStatusReasonCode": code}
    if version.update_status == "InProgress":
        described |= {"LastUpdateStatusReason": _CREATING, "LastUpdateStatusReasonCode": "Creating"}
    return described


def describe_in_list(version: Version, *, qualified: bool = False) -> dict[str, Any]:
    """As lists show it: without states and runtime version (recorded)."""
    described = {k: v for k, v in version.settings.items() if k not in _NOT_LISTED}
    shown = version.version if qualified or not version.is_latest else ""
    return {
        **described,
        "FunctionName": version.name,
        "FunctionArn": function_arn(version.scope, version.name, shown),
        "Version": version.version or LATEST,
        "LastModified": write_time(version.modified_ms),
        "RevisionId": version.revision,
    }


def code_location(ctx: Context, key: str) -> dict[str, str]:
    """FunctionCodeLocation"""
    if is_image(key):
        return location(key)
    return {"RepositoryType": "S3", "Location": bundle_url(ctx, key)}


def bundle_url(ctx: Context, key: str) -> str:
    """Where a bundle (its name is its hash and cannot be guessed) or a watched folder is."""
    if (folder := watched_folder(key)) is not None:
        return folder.as_uri()
    return f"http://{ctx.host}/_aws/lambda/bundles/{key}"
