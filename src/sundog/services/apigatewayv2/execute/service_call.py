"""Integrations with AWS services (subtypes): parameters filled in, the operation called as the role.

The request is made and the answer written as the service itself has them on the wire, so what a client sees
is what the service answers: JSON of EventBridge, Step Functions and Kinesis, XML of SQS.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import orjson

from sundog.arn import parse_arn
from sundog.context import Context
from sundog.errors import AwsError, UnsupportedOperation
from sundog.front.http_call import Answer
from sundog.front.lambda_call import acting_as, fill_variables
from sundog.protocol.codec import ServiceCodec
from sundog.protocol.common_errors import spoken
from sundog.protocol.http import HttpRequest, HttpResponse
from sundog.protocol.models import Models
from sundog.protocol.routing import Route
from sundog.scope import Scope
from sundog.services.apigatewayv2.execute.answers import message
from sundog.services.apigatewayv2.execute.call import Routed
from sundog.services.apigatewayv2.execute.expressions import Read, Sources, compile_expression
from sundog.services.apigatewayv2.execute.variables import sources_of
from sundog.services.apigatewayv2.subtypes import SUBTYPES, Subtype

_HEADERS: Final = {"content-type": "application/x-amz-json-1.0"}
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")
_ANSWERED_IN: Final = {"sqs": "query"}
"""The protocol of the answer, where it is not the one the service is asked in."""


def compile_service(integration: Mapping[str, Any]) -> Callable[[Context, Routed], Awaitable[Answer]]:
    subtype = SUBTYPES[integration["IntegrationSubtype"]]
    reads = {
        name: compile_expression(text) for name, text in (integration.get("RequestParameters") or {}).items()
    }
    role: str = integration.get("CredentialsArn") or ""

    async def run(ctx: Context, routed: Routed) -> Answer:
        values = fill_parameters(reads, sources_of(routed))
        region = values.pop("Region", "") or ctx.scope.region
        arn = parse_arn(fill_variables(role, routed.call.snapshot.variables))
        account = arn.account if arn is not None else ctx.scope.account
        caller = replace(acting_as(ctx, role), scope=Scope(account, region))
        try:
            request = write_parameters(subtype, values)
        except ValueError as error:
            return message(400, str(error))
        return await _perform(caller, subtype, request)

    return run


def fill_parameters(reads: Mapping[str, Read], sources: Sources) -> dict[str, str]:
    """The parameters that there is a value for."""
    found = {name: read(sources) for name, read in reads.items()}
    return {name: value for name, value in found.items() if value is not None}


def write_parameters(subtype: Subtype, values: Mapping[str, str]) -> dict[str, Any]:
    """The operation's request as JSON values. Raises ValueError where a text is not what it has to be."""
    request: dict[str, Any] = {}
    for name, value in values.items():
        if name in subtype.numbers:
            if not _NUMBER.fullmatch(value):
                raise ValueError(f"{name} is not a number")
            request[name] = int(value)
        elif name in subtype.structured:
            request[name] = _structure(name, value)
        else:
            request[name] = value
    if subtype.operation == "PutEvents":
        return {"Entries": [request]}
    if subtype.service == "stepfunctions":
        return {name[:1].lower() + name[1:]: value for name, value in request.items()}
    return request


def _structure(name: str, text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"{name} is not JSON") from error


async def _perform(ctx: Context, subtype: Subtype, request: Mapping[str, Any]) -> Answer:
    try:
        codec = ctx.part(Models).codec(subtype.service)
        route = Route(subtype.service, subtype.operation, "json")
        return await _answered(ctx, codec, route, request)
    except UnsupportedOperation as error:
        return message(error.status, error.message)


async def _answered(ctx: Context, codec: ServiceCodec, route: Route, request: Mapping[str, Any]) -> Answer:
    spoken_in = _ANSWERED_IN.get(route.service, route.protocol)
    try:
        if not ctx.part(Models).get(route.service).metadata["protocol"].startswith("rest"):
            request = codec.parse(route, HttpRequest("POST", "/", "", _HEADERS, orjson.dumps(request)))
        result = await ctx.dispatch(route.service, route.operation, request)
    except UnsupportedOperation:
        raise
    except AwsError as error:
        failure = spoken(error, spoken_in)
        return _answer(codec.write_error(spoken_in, failure, ctx.request_id, route.operation))
    return _answer(codec.write_result(route.operation, spoken_in, result, ctx.request_id))


def _answer(response: HttpResponse) -> Answer:
    return Answer(response.status, tuple(response.headers.items()), response.body)
