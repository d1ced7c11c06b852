"""What a stage is made of and what it must be like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sundog.arn import parse_arn
from sundog.services.apigateway import limits
from sundog.services.apigateway.errors import BadRequestException
from sundog.services.apigateway.loading import said
from sundog.services.apigateway.model import Body

CACHE_SIZES: Final = ("0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237")
_NAME: Final = re.compile(r"[a-zA-Z0-9_\-]{1,128}|\$default")
_VARIABLE_NAME: Final = re.compile(r"[A-Za-z0-9_]+")
_VARIABLE_VALUE: Final = re.compile(r"[A-Za-z0-9\-._~:/?#&=, ]+")
_LOG_SERVICES: Final = ("logs", "firehose")


def new_stage(name: str, deployment_id: str, asked: Mapping[str, Any], now_ms: int) -> Body:
    """A stage as Get answers it; ``asked`` has the members of CreateStage."""
    check_stage_name(name)
    body: Body = {
        "deploymentId": deployment_id,
        "stageName": name,
        **said(asked, "description", "cacheClusterSize", "variables", "documentationVersion", "tags"),
        "cacheClusterEnabled": bool(asked.get("cacheClusterEnabled")),
        "cacheClusterStatus": "NOT_AVAILABLE",
        "methodSettings": {},
        "tracingEnabled": bool(asked.get("tracingEnabled")),
        "createdDate": now_ms,
        "lastUpdatedDate": now_ms,
    }
    if (canary := asked.get("canarySettings")) is not None:
        body["canarySettings"] = canary_settings(canary, canary.get("deploymentId") or deployment_id)
    return body


def canary_settings(asked: Mapping[str, Any], deployment_id: str) -> Body:
    return {
        "percentTraffic": float(asked.get("percentTraffic") or 0),
        "deploymentId": deployment_id,
        **said(asked, "stageVariableOverrides"),
        "useStageCache": bool(asked.get("useStageCache")),
    }


def clustered(body: Body) -> Body:
    """With the cache that its settings ask for. Ours is there at once, AWS's after some minutes."""
    if not body["cacheClusterEnabled"]:
        return {**body, "cacheClusterStatus": "NOT_AVAILABLE"}
    return {"cacheClusterSize": CACHE_SIZES[0], **body, "cacheClusterStatus": "AVAILABLE"}


def check_stage_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise BadRequestException("Stage name only allows a-zA-Z0-9_-")


def check_stage(body: Mapping[str, Any]) -> None:
    _check_variables(body.get("variables", {}))
    if body.get("cacheClusterSize") not in (None, *CACHE_SIZES):
        raise BadRequestException(
            f"Invalid cache cluster size specified. Must be one of: [{', '.join(CACHE_SIZES)}]"
        )
    canary = body.get("canarySettings")
    if canary is not None:
        if not 0 <= canary["percentTraffic"] <= 100:
            raise BadRequestException("Percent traffic must be between 0.0 and 100.0")
        _check_variables(canary.get("stageVariableOverrides", {}))
    if (access := body.get("accessLogSettings")) is not None:
        _check_access_log(access)


def _check_variables(variables: Mapping[str, str]) -> None:
    """In AWS's words, with its two blanks (https://github.com/serverless/serverless/issues/6133)."""
    for name, value in variables.items():
        if not _VARIABLE_NAME.fullmatch(name) or len(name) > limits.STAGE_VARIABLE_NAME_MAX:
            raise BadRequestException(
                f"Invalid stage variable name: {name}.  Please use names with only word characters."
            )
        if not _VARIABLE_VALUE.fullmatch(value) or len(value) > limits.STAGE_VARIABLE_VALUE_MAX:
            raise BadRequestException(
                f"Invalid stage variable value: {value}.  Please use values with alphanumeric characters and"
                " the symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','."
            )


def _check_access_log(access: Mapping[str, Any]) -> None:
    text = access.get("destinationArn")
    if text is not None:
        arn = parse_arn(text)
        if arn is None or arn.service not in _LOG_SERVICES:
            raise BadRequestException("Invalid ARN specified in the request")
    if "\n" in access.get("format", "").rstrip("\n"):
        raise BadRequestException(
            "Access Log format must be single line, new line character is allowed only at end of the format."
            " Please remove invalid new line characters from the provided log format."
        )
