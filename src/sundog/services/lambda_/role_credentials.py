"""Temporary credentials of execution roles, shared by the environments of a function for a while."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sundog.compute.contract import Credentials, FunctionSpec
from sundog.context import Context, Principal
from sundog.errors import AwsError
from sundog.scope import Scope
from sundog.services.lambda_.errors import AccessDeniedException
from sundog.services.lambda_.names import session_name

DURATION_S_MAX, DURATION_S_DEFAULT = 43_200, 3_600
REMEMBERED_MAX = 10_000


@dataclass(frozen=True, slots=True)
class _Session:
    credentials: Credentials
    renew_ms: int


class RoleCredentials:
    """A CredentialsSource: assumes the role as Lambda does, again when half of the time has passed."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._sessions: dict[tuple[str, str], _Session] = {}
        self._assuming: dict[tuple[str, str], asyncio.Lock] = {}

    async def __call__(self, spec: FunctionSpec) -> Credentials:
        key = spec.arn, spec.role_arn
        async with self._assuming.setdefault(key, asyncio.Lock()):
            session = self._sessions.get(key)
            if session is None or session.renew_ms <= self._ctx.clock.now_ms():
                session = await self._assume(spec)
                if len(self._sessions) >= REMEMBERED_MAX:
                    self._sessions.clear()
                self._sessions[key] = session
        self._assuming.pop(key, None)
        return session.credentials

    async def _assume(self, spec: FunctionSpec) -> _Session:
        """For as long as Lambda's own sessions last, or as long as the role allows."""
        service = self._ctx.acting(
            scope=Scope(spec.account, spec.region),
            principal=Principal.service("lambda.amazonaws.com", spec.account),
        )
        request = {"RoleArn": spec.role_arn, "RoleSessionName": session_name(spec.name)}
        duration_s = DURATION_S_MAX
        try:
            answer = await service.dispatch("sts", "AssumeRole", request | {"DurationSeconds": duration_s})
        except AwsError as error:
            if error.shape_name != "ValidationError":
                raise AccessDeniedException from error
            duration_s = DURATION_S_DEFAULT
            answer = await service.dispatch("sts", "AssumeRole", request | {"DurationSeconds": duration_s})
        found = answer["Credentials"]
        credentials = Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
        return _Session(credentials, self._ctx.clock.now_ms() + duration_s * 1000 // 2)
