"""Operations on connections.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sundog.context import Context, Request, Result, operation
from sundog.front.sockets import Reachable, Sockets
from sundog.services.apigatewaymanagementapi.errors import (
    BadRequestException,
    ForbiddenException,
    GoneException,
    PayloadTooLargeException,
)

MESSAGE_BYTES_MAX: Final = 128 * 1024
NORMAL_CLOSURE: Final = 1000
CLOSED_NORMALLY: Final = "Connection Closed Normally"
_ID: Final = re.compile(r"[A-Za-z0-9_-]{15}=")


@operation("apigatewaymanagementapi", "PostToConnection")
async def post_to_connection(ctx: Context, request: Request) -> Result | None:
    connection = await _find(ctx, request)
    data: bytes = request["Data"]
    if len(data) > MESSAGE_BYTES_MAX:
        raise PayloadTooLargeException
    with _gone():
        await connection.send(data)
    return None


@operation("apigatewaymanagementapi", "GetConnection")
async def get_connection(ctx: Context, request: Request) -> Result:
    connection = await _find(ctx, request)
    peer = connection.peer
    with _gone():
        last_active_ms = await connection.last_active_ms()
    return {
        "ConnectedAt": peer.connected_ms,
        "Identity": {"SourceIp": peer.source_ip, "UserAgent": peer.user_agent},
        "LastActiveAt": last_active_ms,
    }


@operation("apigatewaymanagementapi", "DeleteConnection")
async def delete_connection(ctx: Context, request: Request) -> Result | None:
    connection = await _find(ctx, request)
    with _gone():
        await connection.close(NORMAL_CLOSURE, CLOSED_NORMALLY)
    return None


@contextmanager
def _gone() -> Iterator[None]:
    """A client that goes away meanwhile is gone as well."""
    try:
        yield
    except ConnectionError as error:
        raise GoneException from error


async def _find(ctx: Context, request: Request) -> Reachable:
    """Connections of other accounts, and of other stages than the endpoint's, are nobody's business."""
    id = request["ConnectionId"]
    if not _ID.fullmatch(id):
        raise BadRequestException(connection_id=id)
    connection = await ctx.part(Sockets).reach(id)
    if connection is None:
        raise GoneException
    peer = connection.peer
    if peer.scope.account != ctx.scope.account:
        raise ForbiddenException
    _, at, stage = ctx.host.rpartition("@")
    if at and stage != f"{peer.api_id}/{peer.stage}":
        raise ForbiddenException
    return connection
