"""What an operation is and what it may use. There is no other way to reach the outside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from sundog.arn import Arn
from sundog.clock import Clock
from sundog.config import Config
from sundog.ids import Ids
from sundog.scope import Scope
from sundog.store import Store

Request = Mapping[str, Any]
"""Parameters as the model names them; already validated. Times are integer milliseconds, blobs bytes."""

Result = dict[str, Any]
"""Members of the output shape as the model names them; times are integer milliseconds, blobs bytes."""

T = TypeVar("T")
PrincipalKind = Literal["root", "user", "role", "federated", "service", "anonymous"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls. ``user_id`` is AWS's unique id (``AIDA...``, ``AROA...:session``, the account for root)."""

    kind: PrincipalKind
    account: str
    arn: str
    user_id: str
    access_key_id: str = ""

    @classmethod
    def root(cls, account: str) -> Principal:
        return cls("root", account, str(Arn("iam", "", account, "root")), account)

    @classmethod
    def service(cls, name: str, account: str) -> Principal:
        """An AWS service acting by itself, e.g. ``lambda.amazonaws.com``."""
        return cls("service", account, name, name)


@dataclass(frozen=True, slots=True)
class KnownKey:
    """An access key somebody was given: who it stands for, and until when (sundog's time)."""

    principal: Principal
    secret_key: str
    session_token: str = ""
    expires_ms: int | None = None


class Endpoint:
    """Where this server answers. Known once it listens; functions get it as AWS_ENDPOINT_URL."""

    def __init__(self, url: str = "") -> None:
        self.url = url


class Parts:
    """What services build for themselves (pools, caches), found by its class. Only app.py fills it."""

    def __init__(self) -> None:
        self._parts: dict[type, object] = {}

    def add(self, part: object) -> None:
        assert type(part) not in self._parts, f"{type(part).__name__} is built twice"
        self._parts[type(part)] = part

    def get(self, kind: type[T]) -> T:
        part = self._parts[kind]
        assert isinstance(part, kind)
        return part

    def with_method(self, name: str) -> list[Any]:
        """Every part that has a method of this name, in the order they were built."""
        return [part for part in self._parts.values() if callable(getattr(part, name, None))]


def _always() -> bool:
    return True


Dispatch = Callable[["Context", str, str, Request], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Context:
    """One caller's view of the server, valid for one request or one piece of work."""

    clock: Clock
    ids: Ids
    store: Store
    config: Config
    parts: Parts
    scope: Scope
    principal: Principal
    request_id: str
    dispatcher: Dispatch
    host: str = ""
    """The authority the caller used (``localhost:4566``); in-process callers have the server's own."""
    source_ip: str = "127.0.0.1"
    trace_header: str = ""
    """The caller's X-Amzn-Trace-Id, empty if none."""
    protocol: str = ""
    """The wire protocol of this request as the model names it (``json``, ``query``, ...), "" in process."""
    is_connected: Callable[[], bool] = _always
    """False once the caller has hung up: a long poll must not hand anything to them."""

    def part(self, kind: type[T]) -> T:
        """The part of this class, e.g. ``ctx.part(Pool)``."""
        return self.parts.get(kind)

    async def dispatch(self, service: str, operation: str, request: Request) -> Result:
        """Call another operation as this principal, in process, through authorize, validate and record.

        ``service`` is botocore's name (``sqs``, ``lambda``, ``logs``). Raises the operation's `AwsError`.
        """
        return await self.dispatcher(self, service, operation, request)

    def acting(self, *, scope: Scope | None = None, principal: Principal | None = None) -> Context:
        """The same context in another scope or as somebody else, under a new request id."""
        return replace(
            self,
            scope=scope or self.scope,
            principal=principal or self.principal,
            request_id=self.ids.uuid(),
            protocol="",
        )

    def arn(self, service: str, resource: str) -> str:
        return str(Arn.of(service, self.scope, resource))


Handler = Callable[[Context, Request], Awaitable[Result | None]]


@dataclass(frozen=True, slots=True)
class Operation:
    service: str
    name: str
    handler: Handler


def operation(service: str, name: str) -> Callable[[Handler], Operation]:
    """Mark a function as the answer to one AWS operation. It registers nothing."""
    return lambda handler: Operation(service, name, handler)
