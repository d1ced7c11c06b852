"""Part: what is deployed to each stage, as the data planes need it, remembered from one request to the next.

Every transaction that changes an API drops what is remembered of its stages when it commits, on this node at
once and on others by a wake of the channel. A stage that has not changed is the same object each time, so a
data plane may keep what it compiles of one for as long as it gets that one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from sundog.context import Context
from sundog.scope import Scope
from sundog.services.apigatewayv2 import limits
from sundog.services.apigatewayv2.nouns import API, STAGE
from sundog.services.apigatewayv2.rows import SQL, scope_key
from sundog.services.apigatewayv2.watching import Watch
from sundog.store import Transaction

CHANNEL = "apigatewayv2.apis"


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One stage and the deployment it points to. Everything has the shape that the Get operations answer.

    ``routes`` come in no order that matters. ``stage`` is as it is now, all else as it was deployed.
    """

    scope: Scope
    api: Mapping[str, Any]
    stage: Mapping[str, Any]
    routes: tuple[Mapping[str, Any], ...]
    integrations: Mapping[str, Mapping[str, Any]]
    """By IntegrationId."""
    authorizers: Mapping[str, Mapping[str, Any]]
    """By AuthorizerId."""
    models: Mapping[str, Mapping[str, Any]]
    """By Name."""
    route_responses: Mapping[str, tuple[Mapping[str, Any], ...]]
    """By RouteId."""
    integration_responses: Mapping[str, tuple[Mapping[str, Any], ...]]
    """By IntegrationId."""

    @property
    def api_id(self) -> str:
        return str(self.api["ApiId"])

    @property
    def stage_name(self) -> str:
        return str(self.stage["StageName"])

    @property
    def deployment_id(self) -> str:
        return str(self.stage["DeploymentId"])

    @property
    def is_websocket(self) -> bool:
        return bool(self.api["ProtocolType"] == "WEBSOCKET")

    @property
    def variables(self) -> Mapping[str, str]:
        return self.stage.get("StageVariables") or {}


class Snapshots:
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._found: dict[str, dict[str, Snapshot]] = {}
        self._epoch = 0
        self._watch = Watch(ctx, CHANNEL, self.forget)

    async def start(self) -> None:
        self._watch.start()

    async def stop(self) -> None:
        await self._watch.stop()

    async def forget(self) -> None:
        self._epoch += 1
        self._found.clear()

    def changed(self, tx: Transaction, api_id: str) -> None:
        """Call in every transaction that changes the API or anything below it."""
        tx.after_commit(lambda: self._forget(api_id))
        tx.wake(CHANNEL)

    def get(self, api_id: str) -> Mapping[str, Snapshot] | None:
        """The stages of an API, as far as they are remembered, without asking the store."""
        return self._found.get(api_id)

    async def find(self, api_id: str, stage: str) -> Snapshot | None:
        """What the stage answers with; None where there is no such API or stage, or nothing is deployed."""
        return (await self.stages(api_id)).get(stage)

    async def stages(self, api_id: str) -> Mapping[str, Snapshot]:
        """The stages of an API that something is deployed to; none where there is no such API."""
        known = self._found.get(api_id)
        return known if known is not None else await self._load(api_id)

    async def knows(self, api_id: str) -> bool:
        """Whether there is such an API, deployed or not."""
        await self.stages(api_id)
        return api_id in self._found

    async def _load(self, api_id: str) -> Mapping[str, Snapshot]:
        epoch = self._epoch
        async with self._ctx.store.transaction() as tx:
            found = await _read(tx, api_id)
        if found is None:
            return {}
        if epoch == self._epoch:  # else it may have changed while we read
            if len(self._found) >= limits.REMEMBERED_MAX:
                del self._found[next(iter(self._found))]  # the one known for longest
            self._found[api_id] = found
        return found

    def _forget(self, api_id: str) -> None:
        self._epoch += 1
        self._found.pop(api_id, None)


async def _read(tx: Transaction, api_id: str) -> dict[str, Snapshot] | None:
    row = await tx.one(SQL["root"], root=api_id, kind=API.kind)
    if row is None:
        return None
    scope = Scope(row["account"], row["region"])
    key = scope_key(scope)
    found: dict[str, Snapshot] = {}
    for stage_row in await tx.all(SQL["items"], **key, kind=STAGE.kind, parent=api_id, after="", count=1_000):
        stage = orjson.loads(stage_row["body"])
        deployment_id = stage.get("DeploymentId", "")
        document = await tx.one(SQL["snapshot"], **key, api_id=api_id, deployment_id=deployment_id)
        if document is not None:
            found[stage["StageName"]] = read_document(scope, orjson.loads(document["document"]), stage)
    return found


def read_document(scope: Scope, document: Mapping[str, Any], stage: Mapping[str, Any]) -> Snapshot:
    """A deployment's document (see `deploying`) and a stage that points to it."""
    return Snapshot(
        scope,
        document["api"],
        stage,
        tuple(document["routes"]),
        {one["IntegrationId"]: one for one in document["integrations"]},
        {one["AuthorizerId"]: one for one in document["authorizers"]},
        {one["Name"]: one for one in document["models"]},
        _grouped(document["routeResponses"], "RouteId"),
        _grouped(document["integrationResponses"], "IntegrationId"),
    )


def _grouped(items: list[dict[str, Any]], member: str) -> dict[str, tuple[dict[str, Any], ...]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        found.setdefault(item[member], []).append(item)
    return {id: tuple(items) for id, items in found.items()}
