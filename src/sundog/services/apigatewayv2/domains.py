"""Part: custom domain names and where their paths lead, in memory until they change.

The names are always there, so that a request is known by its host without asking the store; what belongs to a
name is read when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sundog.context import Context
from sundog.protocol.http import HttpRequest
from sundog.scope import Scope
from sundog.services.apigatewayv2 import limits
from sundog.services.apigatewayv2.model import Item
from sundog.services.apigatewayv2.nouns import API_MAPPING, DOMAIN_NAME, ROUTING_RULE
from sundog.services.apigatewayv2.rows import SQL, scope_key, to_item
from sundog.services.apigatewayv2.watching import Watch
from sundog.store import Transaction

CHANNEL = "apigatewayv2.domains"


@dataclass(frozen=True, slots=True)
class Target:
    """A stage that a domain name leads to; ``base`` is the part of the path that led there, without slashes.

    ``path`` is what is left for the stage.
    """

    api_id: str
    stage: str
    base: str
    path: str


@dataclass(frozen=True, slots=True)
class Domain:
    """``mappings``: (key, API, stage), the longest key first. ``rules``: the first that matches counts."""

    scope: Scope
    name: str
    mode: str
    mappings: tuple[tuple[str, str, str], ...]
    rules: tuple[Mapping[str, Any], ...]

    def find(self, http: HttpRequest) -> Target | None:
        """Rules go before mappings, as far as the routing mode lets them."""
        target = None
        if self.mode != "API_MAPPING_ONLY":
            target = next((found for rule in self.rules if (found := _apply(rule, http))), None)
        if target is None and self.mode != "ROUTING_RULE_ONLY":
            target = _mapped(self.mappings, http.path)
        return target


class Domains:
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._names: set[str] = set()
        self._known: dict[str, Domain] = {}
        self._epoch = 0
        self._watch = Watch(ctx, CHANNEL, self._read_names)

    async def start(self) -> None:
        await self._read_names()
        self._watch.start()

    async def stop(self) -> None:
        await self._watch.stop()

    async def forget(self) -> None:
        self._epoch += 1
        self._names.clear()
        self._known.clear()

    def changed(self, tx: Transaction, name: str, *, is_gone: bool = False) -> None:
        """Call in every transaction that changes the domain name, its mappings or rules."""
        tx.after_commit(lambda: self._change(name, is_gone=is_gone))
        tx.wake(CHANNEL)

    def name_of(self, host: str) -> str | None:
        """The domain name that ``host`` (lower case, no port) is for; ``*.a.com`` takes any first label."""
        if host in self._names:
            return host
        wildcard = f"*.{host.partition('.')[2]}"
        return wildcard if wildcard in self._names else None

    async def find(self, name: str) -> Domain | None:
        known = self._known.get(name)
        if known is not None:
            return known
        epoch = self._epoch
        async with self._ctx.store.transaction() as tx:
            found = await _read(tx, name)
        if found is not None and epoch == self._epoch:
            if len(self._known) >= limits.REMEMBERED_MAX:
                del self._known[next(iter(self._known))]
            self._known[name] = found
        return found

    def _change(self, name: str, *, is_gone: bool) -> None:
        self._epoch += 1
        self._known.pop(name, None)
        if is_gone:
            self._names.discard(name)
        else:
            self._names.add(name)

    async def _read_names(self) -> None:
        self._epoch += 1
        self._known.clear()
        async with self._ctx.store.transaction() as tx:
            rows = await tx.all(SQL["roots"], kind=DOMAIN_NAME.kind)
        self._names = {row["root"] for row in rows}


async def _read(tx: Transaction, name: str) -> Domain | None:
    row = await tx.one(SQL["root"], root=name, kind=DOMAIN_NAME.kind)
    if row is None:
        return None
    scope, items = Scope(row["account"], row["region"]), list[Item]()
    for one in await tx.all(SQL["items_of_root"], **scope_key(scope), root=name):
        items.append(to_item(one))
    mappings = [
        (item.name, item.body["ApiId"], item.body["Stage"]) for item in items if item.noun is API_MAPPING
    ]
    rules = [item.body for item in items if item.noun is ROUTING_RULE]
    return Domain(
        scope,
        name,
        to_item(row).body.get("RoutingMode") or "API_MAPPING_ONLY",
        tuple(sorted(mappings, key=lambda mapping: -len(mapping[0]))),
        tuple(sorted(rules, key=lambda rule: int(rule["Priority"]))),
    )


def _mapped(mappings: tuple[tuple[str, str, str], ...], path: str) -> Target | None:
    for key, api_id, stage in mappings:
        if (rest := _below(path, key)) is not None:
            return Target(api_id, stage, key, rest)
    return None


def _below(path: str, base: str) -> str | None:
    """What of ``path`` is left below ``base``; None where it is not below it."""
    if not base:
        return path
    if path == f"/{base}":
        return "/"
    return path.removeprefix(f"/{base}") if path.startswith(f"/{base}/") else None


def _apply(rule: Mapping[str, Any], http: HttpRequest) -> Target | None:
    """Where a rule leads whose conditions all hold; one without conditions takes everything."""
    base = ""
    for condition in rule["Conditions"]:
        if (paths := condition.get("MatchBasePaths")) is not None:
            fitting = [one for one in paths["AnyOf"] if _below(http.path, one.strip("/")) is not None]
            if not fitting:
                return None
            base = max(fitting, key=len).strip("/")
        if (headers := condition.get("MatchHeaders")) is not None and not any(
            _has(http, one) for one in headers["AnyOf"]
        ):
            return None
    call = rule["Actions"][0]["InvokeApi"]
    rest = _below(http.path, base) if call.get("StripBasePath") else http.path
    return Target(call["ApiId"], call["Stage"], base, rest or "/")


def _has(http: HttpRequest, wanted: Mapping[str, str]) -> bool:
    value = http.headers.get(wanted["Header"].lower())
    return value is not None and fnmatchcase(value, wanted["ValueGlob"])
