"""Operations on platform applications and the endpoints of devices: mobile push."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sundog.arn import Arn
from sundog.context import Context, Request, Result, operation
from sundog.protocol.validation import ValidationFailed
from sundog.services.sns import limits
from sundog.services.sns.devices import application_of, tell_application
from sundog.services.sns.documents import delete_document, find_document, list_documents, put_document
from sundog.services.sns.errors import NotFoundException, invalid
from sundog.services.sns.names import read_arn
from sundog.services.sns.tokens import read_token, with_token
from sundog.store import Transaction

PLATFORMS: Final = (
    "ADM",
    "APNS",
    "APNS_SANDBOX",
    "APNS_VOIP",
    "APNS_VOIP_SANDBOX",
    "BAIDU",
    "FCM",
    "GCM",
    "MACOS",
    "MACOS_SANDBOX",
    "MPNS",
    "WNS",
)
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+")
_APPLICATION: Final = frozenset(
    {
        "PlatformCredential",
        "PlatformPrincipal",
        "EventEndpointCreated",
        "EventEndpointDeleted",
        "EventEndpointUpdated",
        "EventDeliveryFailure",
        "SuccessFeedbackRoleArn",
        "FailureFeedbackRoleArn",
        "SuccessFeedbackSampleRate",
        "ApplePlatformTeamID",
        "ApplePlatformBundleID",
        "Enabled",
    }
)
_TOPIC: Final = re.compile(r"|arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[^:]+")
_ROLE: Final = re.compile(r"|arn:[a-z-]+:iam::[0-9]{12}:role/.+")
_ALLOWED: Final[Mapping[str, re.Pattern[str]]] = {
    "Enabled": re.compile("true|false", re.IGNORECASE),
    "SuccessFeedbackSampleRate": re.compile(r"[0-9]{1,2}|100"),
    "SuccessFeedbackRoleArn": _ROLE,
    "FailureFeedbackRoleArn": _ROLE,
    "EventEndpointCreated": _TOPIC,
    "EventEndpointDeleted": _TOPIC,
    "EventEndpointUpdated": _TOPIC,
    "EventDeliveryFailure": _TOPIC,
}
_SECRET: Final = frozenset({"PlatformCredential", "PlatformPrincipal"})
_ENDPOINT: Final = frozenset({"CustomUserData", "Enabled", "Token"})
USER_DATA_BYTES_MAX: Final = 2_048
_NO_ATTRIBUTES: Final = (
    "1 validation error detected: Value null at 'attributes' failed to satisfy constraint: Member must "
    "not be null"
)


@operation("sns", "CreatePlatformApplication")
async def create_platform_application(ctx: Context, request: Request) -> Result:
    name, platform = request["Name"], request["Platform"]
    _check_name(name)
    attributes = _application_attributes(request["Attributes"])
    if platform not in PLATFORMS:
        raise invalid(f"Platform Reason: {platform} is not supported")
    if "PlatformCredential" not in attributes:
        raise invalid("Attributes Reason: PlatformCredential attribute is required")
    if "PlatformPrincipal" not in attributes and platform not in ("GCM", "FCM"):
        raise invalid("Attributes Reason: PlatformCredential attribute provided without PlatformPrincipal")
    arn = Arn.of("sns", ctx.scope, f"app/{platform}/{name}")
    async with ctx.store.transaction() as tx:
        known = await find_document(tx, ctx.scope, "application", arn.resource) or {"Enabled": "true"}
        await put_document(tx, ctx.scope, "application", arn.resource, known | attributes)
    return {"PlatformApplicationArn": str(arn)}


@operation("sns", "GetPlatformApplicationAttributes")
async def get_platform_application_attributes(ctx: Context, request: Request) -> Result:
    arn = _arn(request, "PlatformApplicationArn")
    async with ctx.store.transaction() as tx:
        have = await _load_application(tx, arn)
    return {"Attributes": {name: value for name, value in have.items() if name not in _SECRET}}


@operation("sns", "SetPlatformApplicationAttributes")
async def set_platform_application_attributes(ctx: Context, request: Request) -> Result | None:
    arn = _arn(request, "PlatformApplicationArn")
    if not request.get("Attributes"):  # an empty map is not written by the query protocol at all
        raise ValidationFailed("ValidationError", _NO_ATTRIBUTES)
    async with ctx.store.transaction() as tx:
        have = await _load_application(tx, arn)
        changes = _application_attributes(request["Attributes"])
        await put_document(tx, arn.scope, "application", arn.resource, have | changes)
    return None


@operation("sns", "ListPlatformApplications")
async def list_platform_applications(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        found = await list_documents(tx, ctx.scope, "application", read_token(request), limits.PAGE + 1)
    shown = [
        {
            "PlatformApplicationArn": str(Arn.of("sns", ctx.scope, name)),
            "Attributes": {key: value for key, value in have.items() if key not in _SECRET},
        }
        for name, have in found[: limits.PAGE]
    ]
    place = found[limits.PAGE - 1][0] if len(found) > limits.PAGE else None
    return with_token({"PlatformApplications": shown}, place)


@operation("sns", "DeletePlatformApplication")
async def delete_platform_application(ctx: Context, request: Request) -> Result | None:
    """Its endpoints stay: they cannot be listed any more, but still be read and deleted."""
    arn = _arn(request, "PlatformApplicationArn")
    async with ctx.store.transaction() as tx:
        await delete_document(tx, arn.scope, "application", arn.resource)
    return None


@operation("sns", "CreatePlatformEndpoint")
async def create_platform_endpoint(ctx: Context, request: Request) -> Result:
    """The same token again is the same endpoint, if nothing else about it differs."""
    arn, token = _arn(request, "PlatformApplicationArn"), request["Token"]
    given = {"Enabled": "true", "Token": token, **_endpoint_attributes(request.get("Attributes") or {})}
    if request.get("CustomUserData"):
        given |= _endpoint_attributes({"CustomUserData": request["CustomUserData"]})
    prefix = arn.resource.replace("app/", "endpoint/", 1)
    async with ctx.store.transaction() as tx:
        application = await _load_application(tx, arn)
        known = await find_document(tx, arn.scope, "token", _token_key(arn, token))
        if known is not None:
            return await _known_endpoint(tx, Arn.of("sns", arn.scope, known["endpoint"]), given)
        name = f"{prefix}/{ctx.ids.uuid()}"
        await put_document(tx, arn.scope, "endpoint", name, given)
        await put_document(tx, arn.scope, "token", _token_key(arn, token), {"endpoint": name})
        made = Arn.of("sns", arn.scope, name)
        await tell_application(ctx, tx, application, made, "EndpointCreated")
    return {"EndpointArn": str(made)}


@operation("sns", "GetEndpointAttributes")
async def get_endpoint_attributes(ctx: Context, request: Request) -> Result:
    arn = _arn(request, "EndpointArn")
    async with ctx.store.transaction() as tx:
        have = await _load_endpoint(tx, arn)
    return {"Attributes": have}


@operation("sns", "SetEndpointAttributes")
async def set_endpoint_attributes(ctx: Context, request: Request) -> Result | None:
    arn = _arn(request, "EndpointArn")
    async with ctx.store.transaction() as tx:
        have = await _load_endpoint(tx, arn)
        changes = _endpoint_attributes(request["Attributes"])
        await put_document(tx, arn.scope, "endpoint", arn.resource, have | changes)
        if changes.get("Token", have["Token"]) != have["Token"]:
            await _forget_token(tx, arn, have["Token"])
            key = _token_key(application_of(arn), changes["Token"])
            await put_document(tx, arn.scope, "token", key, {"endpoint": arn.resource})
        await _tell(ctx, tx, arn, "EndpointUpdated")
    return None


@operation("sns", "DeleteEndpoint")
async def delete_endpoint(ctx: Context, request: Request) -> Result | None:
    arn = _arn(request, "EndpointArn")
    async with ctx.store.transaction() as tx:
        have = await find_document(tx, arn.scope, "endpoint", arn.resource)
        if have is not None:
            await delete_document(tx, arn.scope, "endpoint", arn.resource)
            await _forget_token(tx, arn, have["Token"])
            await _tell(ctx, tx, arn, "EndpointDeleted")
    return None


@operation("sns", "ListEndpointsByPlatformApplication")
async def list_endpoints_by_platform_application(ctx: Context, request: Request) -> Result:
    arn = _arn(request, "PlatformApplicationArn")
    async with ctx.store.transaction() as tx:
        await _load_application(tx, arn)
        found = await _endpoints(tx, arn, read_token(request), limits.PAGE + 1)
    shown = [
        {"EndpointArn": str(Arn.of("sns", arn.scope, name)), "Attributes": have}
        for name, have in found[: limits.PAGE]
    ]
    return with_token({"Endpoints": shown}, found[limits.PAGE - 1][0] if len(found) > limits.PAGE else None)


def _check_name(name: str) -> None:
    if not name:
        raise invalid("Name Reason: cannot be empty")
    if len(name) > limits.NAME_LENGTH_MAX:
        raise invalid(f"{name} Reason: must be at most {limits.NAME_LENGTH_MAX} characters long")
    if not _NAME.fullmatch(name):
        raise invalid(
            f"{name} Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'"
        )


def _application_attributes(given: Mapping[str, str]) -> dict[str, str]:
    for name in given:
        if name not in _APPLICATION:
            raise invalid(f"Attributes Reason: Invalid attribute name: {name}")
    if "PlatformPrincipal" in given and "PlatformCredential" not in given:
        raise invalid("Attributes Reason: PlatformPrincipal attribute provided without PlatformCredential")
    for name, allowed in _ALLOWED.items():
        if name in given and not allowed.fullmatch(given[name]):
            raise invalid(f"Attributes Reason: Invalid value for attribute: {name}: {given[name]}")
    return {name: value.lower() if name == "Enabled" else value for name, value in given.items()}


def _endpoint_attributes(given: Mapping[str, str]) -> dict[str, str]:
    for name, value in given.items():
        if name not in _ENDPOINT:
            raise invalid(f"Attributes Reason: Invalid attribute name: {name}")
        if name == "CustomUserData" and len(value.encode()) > USER_DATA_BYTES_MAX:
            raise invalid(
                f"Attributes Reason: Invalid value for attribute: {name}: must be at most "
                f"{USER_DATA_BYTES_MAX} "
                "bytes long in UTF-8 encoding"
            )
        if name == "Enabled" and value.lower() not in ("true", "false"):
            raise invalid(f"Attributes Reason: Invalid value for attribute: {name}: must be true or false")
    return {name: value.lower() if name == "Enabled" else value for name, value in given.items()}


def _arn(request: Request, parameter: str) -> Arn:
    _, partition, service, region, account, resource = read_arn(request.get(parameter), parameter)
    return Arn(service, region, account, resource, partition)


def _token_key(application: Arn, token: str) -> str:
    return f"{application.resource}/{token}"


async def _forget_token(tx: Transaction, endpoint: Arn, token: str) -> None:
    """If it is this endpoint's still: another one may have been given the same token since."""
    key = _token_key(application_of(endpoint), token)
    known = await find_document(tx, endpoint.scope, "token", key)
    if known is not None and known["endpoint"] == endpoint.resource:
        await delete_document(tx, endpoint.scope, "token", key)


async def _known_endpoint(tx: Transaction, existing: Arn, given: Mapping[str, str]) -> Result:
    if await _load_endpoint(tx, existing) != given:
        raise invalid(
            f"Token Reason: Endpoint {existing} already exists with the same Token, but different attributes."
        )
    return {"EndpointArn": str(existing)}


async def _tell(ctx: Context, tx: Transaction, endpoint: Arn, event: str) -> None:
    application = await find_document(tx, endpoint.scope, "application", application_of(endpoint).resource)
    if application is not None:
        await tell_application(ctx, tx, application, endpoint, event)


async def _load_application(tx: Transaction, arn: Arn) -> dict[str, str]:
    have = await find_document(tx, arn.scope, "application", arn.resource)
    if have is None:
        raise NotFoundException(what="PlatformApplication")
    return have


async def _load_endpoint(tx: Transaction, arn: Arn) -> dict[str, str]:
    have = await find_document(tx, arn.scope, "endpoint", arn.resource)
    if have is None:
        raise NotFoundException(what="Endpoint")
    return have


async def _endpoints(
    tx: Transaction, arn: Arn, after: str = "", count: int = 1_000_000
) -> list[tuple[str, dict[str, str]]]:
    """The endpoints of an application stand side by side, in the order of their names."""
    prefix = arn.resource.replace("app/", "endpoint/", 1) + "/"
    found = await list_documents(tx, arn.scope, "endpoint", after or prefix, count)
    return [(name, have) for name, have in found if name.startswith(prefix)]
