"""Names and ARNs of registries, schemas and discoverers, and the keys of their rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from sundog.arn import Arn, parse_arn
from sundog.context import Context
from sundog.errors import UnsupportedOperation
from sundog.scope import Scope
from sundog.services.schemas import limits
from sundog.services.schemas.errors import BadRequestException, ForbiddenException

Kind = Literal["registry", "schema", "discoverer"]

AWS_REGISTRY = "aws.events"
"""AWS's own registry: known by name; sundog has no copy of what is in it."""
DISCOVERED = "discovered-schemas"
_NAME = re.compile(r"[0-9A-Za-z_.\-]+")
_SCHEMA_NAME = re.compile(r"[0-9A-Za-z_.\-@]+")


@dataclass(frozen=True, slots=True)
class Resource:
    """What an ARN of this service names. ``name`` is the schema's or the discoverer's id."""

    kind: Kind
    registry: str = ""
    name: str = ""


def check_registry_name(name: str) -> None:
    """Raises for a name that nobody may give a registry of their own."""
    if not _NAME.fullmatch(name) or len(name) > limits.REGISTRY_NAME_MAX:
        raise BadRequestException(
            f"Registry name must be at most {limits.REGISTRY_NAME_MAX} characters of letters, numbers, "
            "periods, hyphens and underscores."
        )
    if name.startswith("aws.") or name == DISCOVERED:
        raise ForbiddenException(f"Registry name {name} is reserved.")


def check_schema_name(name: str) -> None:
    if not _SCHEMA_NAME.fullmatch(name) or len(name) > limits.SCHEMA_NAME_MAX:
        raise BadRequestException(
            f"Schema name must be at most {limits.SCHEMA_NAME_MAX} characters of letters, numbers, periods, "
            "hyphens, underscores and at signs."
        )


def refuse_aws_registry(name: str) -> None:
    """Say so where the request is about the schemas that AWS itself publishes."""
    if name == AWS_REGISTRY:
        raise UnsupportedOperation(
            what=f"the schemas of the registry {AWS_REGISTRY}",
            remedy="Start a discoverer, or create the schemas you need in a registry of your own.",
        )


def registry_arn(ctx: Context, name: str) -> str:
    if name == AWS_REGISTRY:
        return str(Arn("schemas", ctx.scope.region, "", f"registry/{name}", ctx.scope.partition))
    return ctx.arn("schemas", f"registry/{name}")


def schema_arn(ctx: Context, registry: str, name: str) -> str:
    return ctx.arn("schemas", f"schema/{registry}/{name}")


def discoverer_arn(ctx: Context, id: str) -> str:
    return ctx.arn("schemas", f"discoverer/{id}")


def parse_resource(ctx: Context, text: str) -> Resource:
    """The registry, schema or discoverer of the caller's account and region that an ARN names."""
    arn = parse_arn(text)
    if arn is not None and arn.service == "schemas" and arn.scope == ctx.scope:
        kind, *names = arn.resource.split("/")
        if kind == "registry" and len(names) == 1:
            return Resource("registry", names[0])
        if kind == "schema" and len(names) == 2:
            return Resource("schema", *names)
        if kind == "discoverer" and len(names) == 1:
            return Resource("discoverer", name=names[0])
    raise BadRequestException(f"The resource ARN {text} is not valid.")


def key(scope: Scope) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region}


def schema_key(scope: Scope, registry: str, name: str) -> dict[str, str]:
    return {**key(scope), "registry": registry, "name": name}
