"""Who may use a route: nobody asks, a JWT, a Lambda authorizer, or a signature (AWS_IAM).

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html
"""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson

from sundog.context import Context
from sundog.front.caller import NotSigned, signer
from sundog.front.http_call import Answer
from sundog.front.jwt import BadToken, IssuerKeys, NoScope, check_scopes, scopes_of
from sundog.front.lambda_call import CallFailed, call_function, function_of
from sundog.front.unfinished import Unfinished
from sundog.service import Part
from sundog.services.apigatewayv2.execute.answers import forbidden, internal_error, unauthorized
from sundog.services.apigatewayv2.execute.authorizer_events import (
    BadVerdict,
    Verdict,
    read_verdict,
    write_question,
)
from sundog.services.apigatewayv2.execute.call import NOBODY, Identity, Routed
from sundog.services.apigatewayv2.execute.expressions import Read, compile_expression
from sundog.services.apigatewayv2.execute.variables import sources_of

logger = logging.getLogger(__name__)

AUTHORIZER_TIMEOUT_MS: Final = 10_000
VERDICTS_MAX: Final = 10_000
_BEARER: Final = re.compile(r"Bearer +(.*)", re.IGNORECASE | re.DOTALL)


class NotAllowed(Exception):
    """The call ends here, with ``answer``; the text is what access logs say of it."""

    def __init__(self, answer: Answer, text: str = "") -> None:
        super().__init__(text)
        self.answer = answer


Authorize = Callable[[Context, Routed], Awaitable[Identity]]
"""Who calls; raises `NotAllowed`."""


class StillAsked(Unfinished):
    """Part: authorizers that requests have stopped waiting for."""


class Verdicts(Part):
    """Part: what Lambda authorizers said, for as long as their TTL on the clock."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._kept: OrderedDict[tuple[str, ...], tuple[int, Verdict]] = OrderedDict()

    async def forget(self) -> None:
        self._kept.clear()

    def find(self, key: tuple[str, ...]) -> Verdict | None:
        kept = self._kept.get(key)
        if kept is None or kept[0] <= self._ctx.clock.now_ms():
            return None
        return kept[1]

    def keep(self, key: tuple[str, ...], verdict: Verdict, ttl_ms: int) -> None:
        self._kept[key] = self._ctx.clock.now_ms() + ttl_ms, verdict
        self._kept.move_to_end(key)
        while len(self._kept) > VERDICTS_MAX:
            self._kept.popitem(last=False)

    def reset(self, api_id: str, stage: str) -> None:
        """Forget those of one stage."""
        for key in [key for key in self._kept if key[:2] == (api_id, stage)]:
            del self._kept[key]


def compile_authorizer(route: Mapping[str, Any], authorizer: Mapping[str, Any] | None) -> Authorize:
    """What lets a caller use ``route``."""
    kind = route.get("AuthorizationType", "NONE")
    if kind == "NONE":
        return _let_all_in
    if kind == "AWS_IAM":
        return _ask_for_signature
    if authorizer is None:
        return _refuse
    if kind == "JWT":
        return _Jwt(authorizer, tuple(route.get("AuthorizationScopes") or ())).authorize
    return _Function(authorizer).authorize


async def _let_all_in(_ctx: Context, _routed: Routed) -> Identity:
    return NOBODY


async def _refuse(_ctx: Context, _routed: Routed) -> Identity:
    raise NotAllowed(internal_error(), "The authorizer of the route does not exist")


async def _ask_for_signature(ctx: Context, routed: Routed) -> Identity:
    try:
        return Identity("iam", await signer(ctx, routed.call.http))
    except NotSigned as refusal:
        raise NotAllowed(forbidden(), str(refusal) or "The request is not signed") from refusal


class _Jwt:
    def __init__(self, authorizer: Mapping[str, Any], scopes: tuple[str, ...]) -> None:
        configuration = authorizer["JwtConfiguration"]
        self._issuer: str = configuration["Issuer"]
        self._audiences = frozenset(configuration["Audience"])
        self._source = compile_expression(authorizer["IdentitySource"][0])
        self._scopes = scopes

    async def authorize(self, ctx: Context, routed: Routed) -> Identity:
        text = self._source(sources_of(routed))
        if not text:
            raise NotAllowed(unauthorized("Bearer"), "There is no token")
        token = match[1] if (match := _BEARER.fullmatch(text.strip())) else text.strip()
        try:
            claims = await ctx.part(IssuerKeys).verify(token, self._issuer, self._audiences)
            check_scopes(claims, self._scopes)
        except BadToken as bad:
            raise NotAllowed(unauthorized(self._challenge("invalid_token", str(bad))), str(bad)) from bad
        except NoScope as refusal:
            challenge = self._challenge("insufficient_scope", "the token does not have a scope of the route")
            raise NotAllowed(forbidden(challenge), "insufficient_scope") from refusal
        return Identity("jwt", claims=claims, scopes=self._granted(claims))

    def _granted(self, claims: Mapping[str, Any]) -> tuple[str, ...] | None:
        """Of the route's scopes those that the token has; None where the route asks for none."""
        if not self._scopes:
            return None
        return tuple(scope for scope in scopes_of(claims) if scope in self._scopes)

    def _challenge(self, error: str, text: str) -> str:
        return f'Bearer scope="{" ".join(self._scopes)}" error="{error}" error_description="{text}"'


class _Function:
    def __init__(self, authorizer: Mapping[str, Any]) -> None:
        self._id: str = authorizer["AuthorizerId"]
        self._uri: str = authorizer["AuthorizerUri"]
        self._role: str = authorizer.get("AuthorizerCredentialsArn") or ""
        self._version: str = authorizer.get("AuthorizerPayloadFormatVersion") or "1.0"
        self._is_simple = bool(authorizer.get("EnableSimpleResponses"))
        self._ttl_ms: int = 1_000 * (authorizer.get("AuthorizerResultTtlInSeconds") or 0)
        self._reads: list[Read] = [compile_expression(one) for one in authorizer.get("IdentitySource") or ()]

    async def authorize(self, ctx: Context, routed: Routed) -> Identity:
        snapshot = routed.call.snapshot
        sources = self._identity(routed)
        key = (snapshot.api_id, snapshot.stage_name, self._id, *sources)
        kept = ctx.part(Verdicts)
        verdict = kept.find(key) if self._ttl_ms else None
        if verdict is None:
            verdict = await self._ask(ctx, routed, sources)
            if self._ttl_ms:
                kept.keep(key, verdict, self._ttl_ms)
        if not verdict.allows(routed.call.route_arn, snapshot.scope.account):
            raise NotAllowed(forbidden(), "The authorizer does not allow it")
        return Identity("lambda", context=verdict.context, principal_id=verdict.principal_id)

    def _identity(self, routed: Routed) -> tuple[str, ...]:
        """The values of the identity sources, all of which must be there."""
        sources = sources_of(routed)
        found = [read(sources) for read in self._reads]
        if any(not value for value in found):
            raise NotAllowed(unauthorized(), "An identity source is missing")
        return tuple(value for value in found if value)

    async def _ask(self, ctx: Context, routed: Routed, sources: tuple[str, ...]) -> Verdict:
        function = function_of(self._uri, routed.call.snapshot.variables)
        question = orjson.dumps(write_question(self._version, routed, sources))
        try:
            if function is None:
                raise BadVerdict(f"{self._uri} names no function")
            asked = call_function(
                ctx, function, question, role_arn=self._role, trace_header=routed.call.trace_header
            )
            answer = await ctx.part(StillAsked).wait(asked, AUTHORIZER_TIMEOUT_MS)
            if answer.is_error:
                raise BadVerdict("the function failed")
            return read_verdict(answer.payload, is_simple=self._is_simple)
        except (BadVerdict, CallFailed, TimeoutError) as failure:
            text = str(failure) or "the authorizer did not answer in time"
            logger.warning("the authorizer of %s: %s", routed.call.route_arn, text)
            raise NotAllowed(internal_error(), text) from failure
