"""Destinations and delivery destinations, where logs of others would go: stored, described, tagged."""

from __future__ import annotations

from typing import Any

from sundog.arn import Arn, parse_arn
from sundog.context import Context, Request, Result, operation
from sundog.services.logs.documents import (
    DELIVERY_DESTINATION,
    DESTINATION,
    delete_document,
    find_document,
    list_documents,
    put_document,
)
from sundog.services.logs.errors import ResourceNotFoundException, ValidationException
from sundog.services.logs.rules import page, with_token
from sundog.store import Transaction

_TYPES = {"s3": "S3", "logs": "CWL", "firehose": "FH", "xray": "XRAY"}
_DESTINATION_MEMBERS = ("destinationName", "targetArn", "roleArn", "accessPolicy", "arn", "creationTime")
_DELIVERY_MEMBERS = (
    "name",
    "arn",
    "deliveryDestinationType",
    "outputFormat",
    "deliveryDestinationConfiguration",
    "roleArn",
    "tags",
)


class NoDeliveryDestination(ResourceNotFoundException):
    """Requested Delivery Destination does not exist in this account."""

    @property
    def shape_name(self) -> str:
        return "ResourceNotFoundException"


@operation("logs", "PutDestination")
async def put_destination(ctx: Context, request: Request) -> Result:
    name = request["destinationName"]
    async with ctx.store.transaction() as tx:
        known = await find_document(tx, ctx, DESTINATION, name) or {
            "destinationName": name,
            "arn": ctx.arn("logs", f"destination:{name}"),
            "creationTime": ctx.clock.now_ms(),
            "tags": {},
        }
        document = {**known, "targetArn": request["targetArn"], "roleArn": request["roleArn"]}
        document["tags"] = {**known["tags"], **request.get("tags", {})}
        await put_document(tx, ctx, DESTINATION, name, document)
    return {"destination": _members(document, _DESTINATION_MEMBERS)}


@operation("logs", "PutDestinationPolicy")
async def put_destination_policy(ctx: Context, request: Request) -> Result | None:
    name = request["destinationName"]
    async with ctx.store.transaction() as tx:
        document = await _destination(tx, ctx, name)
        await put_document(tx, ctx, DESTINATION, name, {**document, "accessPolicy": request["accessPolicy"]})
    return None


@operation("logs", "DescribeDestinations")
async def describe_destinations(ctx: Context, request: Request) -> Result:
    prefix = request.get("DestinationNamePrefix", "")
    async with ctx.store.transaction() as tx:
        documents = await list_documents(tx, ctx, DESTINATION)
    wanted = [_members(d, _DESTINATION_MEMBERS) for d in documents if d["destinationName"].startswith(prefix)]
    items, token = page(wanted, request)
    return with_token({"destinations": items}, token)


@operation("logs", "DeleteDestination")
async def delete_destination(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        await _destination(tx, ctx, request["destinationName"])
        await delete_document(tx, ctx, DESTINATION, request["destinationName"])
    return None


@operation("logs", "PutDeliveryDestination")
async def put_delivery_destination(ctx: Context, request: Request) -> Result:
    name = request["name"]
    async with ctx.store.transaction() as tx:
        known = await find_document(tx, ctx, DELIVERY_DESTINATION, name) or {"name": name}
        document = known | {key: request[key] for key in _DELIVERY_MEMBERS if key in request}
        document["arn"] = ctx.arn("logs", f"delivery-destination:{name}")
        document["deliveryDestinationType"] = _type(request)
        await put_document(tx, ctx, DELIVERY_DESTINATION, name, document)
    return {"deliveryDestination": _members(document, _DELIVERY_MEMBERS)}


@operation("logs", "GetDeliveryDestination")
async def get_delivery_destination(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        document = await _delivery_destination(tx, ctx, request["name"])
    return {"deliveryDestination": _members(document, _DELIVERY_MEMBERS)}


@operation("logs", "DescribeDeliveryDestinations")
async def describe_delivery_destinations(ctx: Context, request: Request) -> Result:
    names = request.get("names")
    async with ctx.store.transaction() as tx:
        documents = await list_documents(tx, ctx, DELIVERY_DESTINATION)
    wanted = [_members(d, _DELIVERY_MEMBERS) for d in documents if not names or d["name"] in names]
    items, token = page(wanted, request)
    return with_token({"deliveryDestinations": items}, token)


@operation("logs", "DeleteDeliveryDestination")
async def delete_delivery_destination(ctx: Context, request: Request) -> Result | None:
    async with ctx.store.transaction() as tx:
        await _delivery_destination(tx, ctx, request["name"])
        await delete_document(tx, ctx, DELIVERY_DESTINATION, request["name"])
    return None


@operation("logs", "PutDeliveryDestinationPolicy")
async def put_delivery_destination_policy(ctx: Context, request: Request) -> Result:
    name, policy = request["deliveryDestinationName"], request["deliveryDestinationPolicy"]
    async with ctx.store.transaction() as tx:
        document = await _delivery_destination(tx, ctx, name)
        await put_document(tx, ctx, DELIVERY_DESTINATION, name, {**document, "policy": policy})
    return {"policy": {"deliveryDestinationPolicy": policy}}


@operation("logs", "GetDeliveryDestinationPolicy")
async def get_delivery_destination_policy(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        document = await _delivery_destination(tx, ctx, request["deliveryDestinationName"])
    return {"policy": {"deliveryDestinationPolicy": document["policy"]} if "policy" in document else {}}


@operation("logs", "DeleteDeliveryDestinationPolicy")
async def delete_delivery_destination_policy(ctx: Context, request: Request) -> Result | None:
    name = request["deliveryDestinationName"]
    async with ctx.store.transaction() as tx:
        document = await _delivery_destination(tx, ctx, name)
        document.pop("policy", None)
        await put_document(tx, ctx, DELIVERY_DESTINATION, name, document)
    return None


async def _destination(tx: Transaction, ctx: Context, name: str) -> dict[str, Any]:
    document = await find_document(tx, ctx, DESTINATION, name)
    if document is None:
        raise ResourceNotFoundException(what="destination")
    return document


async def _delivery_destination(tx: Transaction, ctx: Context, name: str) -> dict[str, Any]:
    document = await find_document(tx, ctx, DELIVERY_DESTINATION, name)
    if document is None:
        raise NoDeliveryDestination
    return document


def _type(request: Request) -> str:
    """Given, or read from the ARN of the resource."""
    text = request.get("deliveryDestinationConfiguration", {}).get("destinationResourceArn", "")
    arn: Arn | None = parse_arn(text)
    kind = request.get("deliveryDestinationType") or (_TYPES.get(arn.service) if arn else None)
    if kind is None:
        raise ValidationException(message="The delivery destination resource is not valid.")
    return str(kind)


def _members(document: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: document[name] for name in names if document.get(name)}
