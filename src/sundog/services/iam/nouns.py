"""Users, roles and groups: what they have in common, as a table."""

from __future__ import annotations

from dataclasses import dataclass

from sundog.context import Context, Request
from sundog.services.iam import items
from sundog.services.iam.errors import (
    EntityAlreadyExistsException,
    NoSuchEntityException,
    UnmodifiableEntityException,
)
from sundog.services.iam.items import Item
from sundog.store import Transaction

SERVICE_PATH = "/aws-service-role/"
"""Roles below this path are linked to a service of AWS."""


@dataclass(frozen=True, slots=True)
class Noun:
    """``kind`` names rows (``user``, ``user_policy``, ``user_attachment``); ``title`` operations."""

    kind: str
    title: str
    id_prefix: str

    @property
    def parameter(self) -> str:
        return f"{self.title}Name"

    async def load(self, tx: Transaction, ctx: Context, name: str) -> Item:
        item = await items.find(tx, ctx, self.kind, name)
        if item is None:
            raise NoSuchEntityException(noun=self.kind, name=name)
        return item

    async def of(self, tx: Transaction, ctx: Context, request: Request) -> Item:
        """The one the request names."""
        return await self.load(tx, ctx, request[self.parameter])

    async def changeable(self, tx: Transaction, ctx: Context, request: Request) -> Item:
        """The one the request names, unless only AWS may change it."""
        item = await self.of(tx, ctx, request)
        if self.kind == "role" and item.path.startswith(SERVICE_PATH):
            raise UnmodifiableEntityException(name=item.name)
        return item

    async def check_new(self, tx: Transaction, ctx: Context, name: str) -> None:
        if await items.find(tx, ctx, self.kind, name) is not None:
            raise EntityAlreadyExistsException(noun=self.title, name=name)

    def new_id(self, ctx: Context) -> str:
        return self.id_prefix + ctx.ids.upper(17)


USER = Noun("user", "User", "AIDA")
ROLE = Noun("role", "Role", "AROA")
GROUP = Noun("group", "Group", "AGPA")
NOUNS = (USER, ROLE, GROUP)


def arn_of(ctx: Context, kind: str, path: str, name: str) -> str:
    return f"arn:{ctx.scope.partition}:iam::{ctx.scope.account}:{kind}{path}{name}"
