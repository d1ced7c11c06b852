"""Part: the caches of stages: answers by what the method says makes a difference, for their TTL on the clock.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from sundog.context import Context
from sundog.protocol.http import HttpResponse
from sundog.service import Part
from sundog.services.apigateway.changes import Changes
from sundog.services.apigateway.execute.access import is_allowed_to_invalidate
from sundog.services.apigateway.execute.call import Call
from sundog.services.apigateway.execute.failures import ACCESS_DENIED, Refusal
from sundog.services.apigateway.execute.program import Integration
from sundog.services.apigateway.execute.stage import Settings
from sundog.services.apigateway.model import Item

ANSWER_BYTES_MAX: Final = 1_048_576
CACHE_BYTES_MAX: Final = 64 * 1024 * 1024
"""Of all stages together: a cache that AWS sizes in gigabytes is not worth a developer's memory."""
OVERHEAD_BYTES: Final = 512
_WARNING: Final = '199 - "Cache invalidation request is not authorized"'


@dataclass(frozen=True, slots=True)
class _Cached:
    response: HttpResponse
    until_ms: int

    @property
    def size(self) -> int:
        return len(self.response.body) + OVERHEAD_BYTES


Key = tuple[str, str, Hashable]
"""API, stage (with its canary's apart), and what the method's parameters make of it."""


class AnswerCache(Part):
    """Bounded by bytes; the oldest answers go first."""

    def __init__(self, ctx: Context) -> None:
        self._clock = ctx.clock
        self._found: OrderedDict[Key, _Cached] = OrderedDict()
        self._bytes = 0
        ctx.part(Changes).listen(self._on_change)

    async def forget(self) -> None:
        self._found.clear()
        self._bytes = 0

    def get(self, key: Key) -> HttpResponse | None:
        cached = self._found.get(key)
        if cached is None:
            return None
        if cached.until_ms <= self._clock.now_ms():
            self._remove(key)
            return None
        return cached.response

    def put(self, key: Key, response: HttpResponse, ttl_ms: int) -> None:
        if ttl_ms <= 0 or response.stream is not None or len(response.body) > ANSWER_BYTES_MAX:
            return
        self._remove(key)
        cached = self._found[key] = _Cached(response, self._clock.now_ms() + ttl_ms)
        self._bytes += cached.size
        while self._bytes > CACHE_BYTES_MAX:
            self._remove(next(iter(self._found)))

    def flush(self, api_id: str, stage: str = "") -> None:
        """Forget the answers of the API, at one stage or at all."""
        for key in [key for key in self._found if key[0] == api_id and stage in ("", key[1].split("\n")[0])]:
            self._remove(key)

    def _remove(self, key: Key) -> None:
        cached = self._found.pop(key, None)
        if cached is not None:
            self._bytes -= cached.size

    def _on_change(self, item: Item | None) -> None:
        if item is None:
            self._found.clear()
            self._bytes = 0
        elif item.kind == "rest_api":
            self.flush(item.id)
        elif item.kind == "cache_flush" and item.id.endswith("/responses"):
            self.flush(item.owner, item.id.rpartition("/")[0])


def settings_for(call: Call) -> Settings | None:
    """The cache settings that hold for the call; None where nothing is cached.

    Only GET is cached unless a method says otherwise by itself.
    """
    if not call.stage.has_cache:
        return None
    method = call.method
    own = call.stage.settings.get((method.path, method.http_method))
    settings = call.settings
    if not settings.is_cached or (own is None and call.http.method != "GET"):
        return None
    return settings


def key_of(call: Call, integration: Integration) -> Key:
    values = tuple(_hashable(source(call, None)) for _, source in integration.cache_keys)
    namespace = integration.cache_namespace or call.method.resource_id
    stage = call.stage.name
    if call.is_canary and call.stage.canary is not None and not call.stage.canary.uses_stage_cache:
        stage += "\ncanary"
    return call.api_id, stage, (namespace, call.http.method, call.method.path, values)


def asks_to_invalidate(call: Call) -> bool:
    """``Cache-Control: max-age=0``."""
    return "max-age=0" in call.http.headers.get("cache-control", "").replace(" ", "").split(",")


def permission(call: Call, settings: Settings) -> tuple[bool, dict[str, str]]:
    """Whether the invalidation is carried out, and headers that say that it was not. Raises `Refusal`."""
    if not settings.invalidation_needs_permission or is_allowed_to_invalidate(call):
        return True, {}
    if settings.invalidation_strategy == "FAIL_WITH_403":
        raise Refusal(ACCESS_DENIED, log="Cache invalidation request is not authorized")
    if settings.invalidation_strategy == "SUCCEED_WITH_RESPONSE_HEADER":
        return False, {"Warning": _WARNING}
    return False, {}


def _hashable(value: str | list[str] | None) -> Hashable:
    return tuple(value) if isinstance(value, list) else value
