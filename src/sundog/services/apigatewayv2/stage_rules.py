"""What a stage may be, and what it is where a request does not say.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sundog.arn import parse_arn
from sundog.context import Context
from sundog.errors import UnsupportedOperation
from sundog.services.apigatewayv2 import limits
from sundog.services.apigatewayv2.errors import BadRequestException
from sundog.services.apigatewayv2.items import now_s_ms
from sundog.services.apigatewayv2.model import Item

MEMBERS: Final = {
    "AccessLogSettings": "set",
    "AutoDeploy": "keep",
    "ClientCertificateId": "set",
    "DefaultRouteSettings": "merge",
    "DeploymentId": "keep",
    "Description": "set",
    "RouteSettings": "merge",
    "StageVariables": "map",
}
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,128}|\$default")
_VARIABLE: Final = re.compile(r"\w+", re.ASCII)
_VALUE: Final = re.compile(r"[A-Za-z0-9\-._~:/?#&=,]+")


def new_stage(ctx: Context, api: Item, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a stage: ``asked``, checked, and the defaults of its kind."""
    now_ms = now_s_ms(ctx.clock)
    defaults = {"DetailedMetricsEnabled": False}
    if api.body["ProtocolType"] == "WEBSOCKET":
        defaults = {"DataTraceEnabled": False, **defaults, "LoggingLevel": "OFF"}  # type: ignore[dict-item]
    body = {
        "CreatedDate": now_ms,
        "RouteSettings": {},
        "StageVariables": {},
        "Tags": {},
        **asked,
        "DefaultRouteSettings": {**defaults, **(asked.get("DefaultRouteSettings") or {})},
        "LastUpdatedDate": now_ms,
    }
    check_stage(api, body)
    return body


def check_stage(api: Item, body: Mapping[str, Any]) -> None:
    is_http = api.body["ProtocolType"] == "HTTP"
    if not _NAME.fullmatch(body["StageName"]) or (body["StageName"] == "$default" and not is_http):
        raise BadRequestException(
            "Stage name only allows a-zA-Z0-9_- characters, or must be $default for HTTP APIs"
        )
    for settings in (body["DefaultRouteSettings"], *body["RouteSettings"].values()):
        _check_settings(settings, is_http=is_http)
    _check_variables(body["StageVariables"])
    if (log := body.get("AccessLogSettings")) is not None:
        _check_access_log(log)
    if body.get("ClientCertificateId") and is_http:
        raise BadRequestException("Client certificates are not supported on protocolType HTTP")


def _check_settings(settings: Mapping[str, Any], *, is_http: bool) -> None:
    if is_http and settings.get("LoggingLevel", "OFF") != "OFF":
        raise BadRequestException("Execution logs are not supported on protocolType HTTP")
    if is_http and settings.get("DataTraceEnabled"):
        raise BadRequestException("Data tracing is not supported on protocolType HTTP")
    if settings.get("ThrottlingBurstLimit", 0) < 0 or settings.get("ThrottlingRateLimit", 0) < 0:
        raise BadRequestException("Throttling rate limit and burst limit must not be negative")


def _check_variables(variables: Mapping[str, str]) -> None:
    if len(variables) > limits.STAGE_VARIABLES_MAX:
        raise BadRequestException(f"A stage can have at most {limits.STAGE_VARIABLES_MAX} variables")
    for name, value in variables.items():
        if not _VARIABLE.fullmatch(name) or len(name) > limits.VARIABLE_NAME_MAX:
            raise BadRequestException(
                "Stage variable names can only have alphanumeric and underscore characters"
            )
        if not _VALUE.fullmatch(value) or len(value) > limits.VARIABLE_VALUE_MAX:
            raise BadRequestException(
                "Stage variable value for " + name + " must match [A-Za-z0-9-._~:/?#&=,]+"
            )


def _check_access_log(log: Mapping[str, Any]) -> None:
    arn = parse_arn(log.get("DestinationArn") or "")
    if arn is None or arn.service not in ("logs", "firehose"):
        raise BadRequestException(
            "Invalid ARN specified in the request. It must be that of a log group or delivery stream"
        )
    if arn.service == "firehose":
        raise UnsupportedOperation(what="access logs to Firehose", remedy="Name a log group instead.")
    text = log.get("Format") or ""
    if "$context.requestId" not in text and "$context.extendedRequestId" not in text:
        raise BadRequestException(
            "Access Log format must be single line, new line character is allowed only at end of the format"
            " and must contain atleast $context.requestId or $context.extendedRequestId"
        )
