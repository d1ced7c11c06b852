"""Part: the paths of the management API below the addresses of stages."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import unquote

from sundog.context import Context, Principal
from sundog.errors import AwsError, InternalFailure
from sundog.front.caller import NotSigned, signer
from sundog.front.hosts import find_api
from sundog.protocol.http import HttpRequest, HttpResponse
from sundog.protocol.models import Models
from sundog.service import Part
from sundog.services.apigatewaymanagementapi.errors import (
    ForbiddenException,
    MissingAuthenticationTokenException,
)

logger = logging.getLogger(__name__)

SERVICE: Final = "apigatewaymanagementapi"
PREFIX: Final = "/@connections/"
_OPERATIONS: Final = {"POST": "PostToConnection", "GET": "GetConnection", "DELETE": "DeleteConnection"}


@dataclass(frozen=True, slots=True)
class _Spoken:
    operation: str
    labels: Mapping[str, str] = field(default_factory=dict)
    protocol: str = "rest-json"


class ManagementFace(Part):
    """Wants ``/<stage>/@connections/<id>``; must be asked before the face of HTTP APIs."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def wants(self, http: HttpRequest) -> bool:
        if PREFIX not in http.path:
            return False
        reached = find_api(http)
        return reached is not None and not reached.is_rest

    async def answer(self, http: HttpRequest, is_connected: Callable[[], bool]) -> HttpResponse:
        reached = find_api(http)
        assert reached is not None, "wants has found one"
        stage, path = reached.split_stage()
        codec, request_id = self._ctx.part(Models).codec(SERVICE), self._ctx.ids.uuid()
        name = _OPERATIONS.get(http.method)
        if name is None or not path.startswith(PREFIX):
            return codec.write_error("rest-json", MissingAuthenticationTokenException(), request_id)
        try:
            caller = await self._caller(http)
            ctx = replace(
                self._ctx.acting(scope=replace(self._ctx.scope, account=caller.account), principal=caller),
                host=f"{http.host}@{reached.api_id}/{stage}",  # which stage the endpoint is
                source_ip=http.source_ip,
                request_id=request_id,
                protocol="rest-json",
                is_connected=is_connected,
            )
            spoken = _Spoken(name, {"connectionId": unquote(path.removeprefix(PREFIX))})
            result = await ctx.dispatch(SERVICE, name, codec.parse(spoken, http))
            return codec.write_result(name, "rest-json", result, request_id)
        except AwsError as error:
            failure = error
        except Exception:
            logger.exception("%s.%s failed (request %s)", SERVICE, name, request_id)
            failure = InternalFailure()
        return codec.write_error("rest-json", failure, request_id, name)

    async def _caller(self, http: HttpRequest) -> Principal:
        """As everywhere, unsigned requests come from the account itself where IAM is not enforced."""
        try:
            return await signer(self._ctx, http)
        except NotSigned as refusal:
            if refusal.reason == "missing" and self._ctx.config.iam != "enforce":
                return Principal.root(self._ctx.config.account)
            if refusal.reason == "missing":
                raise MissingAuthenticationTokenException from refusal
            raise ForbiddenException(str(refusal) or None) from refusal
