"""Operations on connections.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

from __future__ import annotations

import re
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
    try:
        await connection.send(data)
    except ConnectionError as error:
        raise GoneException from error
    return None


@operation("apigatewaymanagementapi", "GetConnection")
async def get_connection(ctx: Context, request: Request) -> Result:
    connection = await _find(ctx, request)
    peer = connection.peer
    identity = {"SourceIp": peer.source_ip, "UserAgent": peer.user_agent}
    return {
        "ConnectedAt": peer.connected_ms,
        "Identity": identity,
        "LastActiveAt": connection.last_active_ms,
    }


@operation("apigatewaymanagementapi", "DeleteConnection")
async def delete_connection(ctx: Context, request: Request) -> Result | None:
    connection = await _find(ctx, request)
    await connection.close(NORMAL_CLOSURE, CLOSED_NORMALLY)
    return None


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
