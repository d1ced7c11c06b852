"""Service-linked roles: made for one service, with its policy, under /aws-service-role/."""

from __future__ import annotations

import json
from pathlib import Path

from sundog.context import Context, Request, Result, operation
from sundog.services.iam import items
from sundog.services.iam.errors import InvalidInputException, NoSuchEntityException
from sundog.services.iam.nouns import ROLE, SERVICE_PATH
from sundog.services.iam.roles import write_new_role

SERVICES: dict[str, list[str]] = json.loads(Path(__file__).with_name("service_roles.json").read_text())
"""By service: the role's name, the policy's name and, where AWS sets one, the role's description."""
_SUFFIX_ALLOWED = ("autoscaling.amazonaws.com", "connect.amazonaws.com", "lexv2.amazonaws.com")


def _trust(service: str) -> str:
    principal = {"Service": service}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


@operation("iam", "CreateServiceLinkedRole")
async def create_service_linked_role(ctx: Context, request: Request) -> Result:
    service, suffix = request["AWSServiceName"], request.get("CustomSuffix")
    if suffix and service not in _SUFFIX_ALLOWED:
        raise InvalidInputException(reason=f"Custom suffix is not allowed for {service}")
    if service not in SERVICES:
        raise InvalidInputException(reason=f"Service {service} is not supported for service-linked roles.")
    name, policy, *description = SERVICES[service]
    name = f"{name}_{suffix}" if suffix else name
    body: dict[str, object] = {"trust": _trust(service)}
    text = request.get("Description") or (description[0] if description else "")
    if text:
        body["description"] = text
    path = f"{SERVICE_PATH}{service}/"
    async with ctx.store.transaction() as tx:
        if await items.find(tx, ctx, "role", name):
            raise InvalidInputException(
                reason=f"Service role name {name} has been taken in this account, "
                "please try a different suffix."
            )
        item = await items.insert(tx, ctx, "role", name, body, path=path, unique_id=ROLE.new_id(ctx))
        arn = f"arn:{ctx.scope.partition}:iam::aws:policy{SERVICE_PATH}{policy}"
        await items.insert(tx, ctx, "role_attachment", arn, owner=name, path=SERVICE_PATH)
    return {"Role": write_new_role(ctx, item)}


@operation("iam", "DeleteServiceLinkedRole")
async def delete_service_linked_role(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        item = await ROLE.of(tx, ctx, request)
        if not item.path.startswith(SERVICE_PATH):
            raise NoSuchEntityException(noun="role", name=item.name)
        task = f"task{item.path}{item.name}/{ctx.ids.uuid()}"
        for attached in await items.owned(tx, ctx, "role_attachment", item.name):
            await items.delete(tx, attached)
        await items.delete(tx, item)
        await items.insert(tx, ctx, "deletion_task", task)
    return {"DeletionTaskId": task}


@operation("iam", "GetServiceLinkedRoleDeletionStatus")
async def get_service_linked_role_deletion_status(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        if await items.find(tx, ctx, "deletion_task", request["DeletionTaskId"]) is None:
            raise NoSuchEntityException(f"Deletion task {request['DeletionTaskId']} cannot be found.")
    return {"Status": "SUCCEEDED"}
