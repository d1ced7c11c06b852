"""Which stage does a request mean, and what of its path is left for the routes?

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from sundog.context import Context
from sundog.front.hosts import Reached, domain_of, find_api
from sundog.protocol.http import HttpRequest
from sundog.services.apigatewayv2.domains import Domains, Target
from sundog.services.apigatewayv2.snapshots import Snapshot, Snapshots

DEFAULT: Final = "$default"


@dataclass(frozen=True, slots=True)
class Place:
    """A stage. ``path`` is what the client asked for, ``route_path`` what is left for the routes, both raw.

    ``base_path``: the key of the API mapping that led here.
    """

    snapshot: Snapshot
    path: str
    route_path: str
    domain: str
    base_path: str = ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A stage of a REST API, which a domain name of ours leads to."""

    api_id: str
    stage: str
    path: str


async def find_place(ctx: Context, http: HttpRequest) -> Place | Elsewhere | None:
    """None where nothing answers: no such API, stage or mapping, or an endpoint that is disabled."""
    reached = find_api(http)
    if reached is None:
        return await _by_domain(ctx, http)
    place = await _stage(ctx, reached, domain_of(http))
    if place is None or (reached.region and reached.region != place.snapshot.scope.region):
        return None
    return None if place.snapshot.api.get("DisableExecuteApiEndpoint") else place


async def _stage(ctx: Context, reached: Reached, domain: str) -> Place | None:
    """The stage that the path begins with, else ``$default``, which has no place in the path."""
    stages = await ctx.part(Snapshots).stages(reached.api_id)
    path, default = reached.path, stages.get(DEFAULT)
    if reached.stage != DEFAULT:
        path = f"/{quote(reached.stage)}{path}" if reached.stage else path
        name, _, rest = path.removeprefix("/").partition("/")
        snapshot = stages.get(unquote(name))
        if snapshot is not None and snapshot is not default:
            return Place(snapshot, path, f"/{rest}", _domain(snapshot, reached, domain))
    return Place(default, path, path, _domain(default, reached, domain)) if default else None


def _domain(snapshot: Snapshot, reached: Reached, domain: str) -> str:
    """A client that named the API by a path only has reached the host that AWS would have."""
    if reached.region:
        return domain
    return f"{snapshot.api_id}.execute-api.{snapshot.scope.region}.amazonaws.com"


async def _by_domain(ctx: Context, http: HttpRequest) -> Place | Elsewhere | None:
    host = domain_of(http)
    name = ctx.part(Domains).name_of(host)
    domain = await ctx.part(Domains).find(name) if name is not None else None
    target = domain.find(http) if domain is not None else None
    if target is None:
        return None
    if target.api_id[-1].isalpha():
        return Elsewhere(target.api_id, target.stage, target.path)
    return await _mapped(ctx, http, host, target)


async def _mapped(ctx: Context, http: HttpRequest, host: str, target: Target) -> Place | None:
    snapshot = await ctx.part(Snapshots).find(target.api_id, target.stage)
    if snapshot is None:
        return None
    return Place(snapshot, http.path, target.path, host, target.base)
