"""Part: which target group and which of its targets gets a request, and the cookies that make it stick.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any, Final

from sundog.context import Context
from sundog.service import Part
from sundog.services.elbv2 import attributes
from sundog.services.elbv2.directory import Group
from sundog.services.elbv2.matching import Incoming
from sundog.services.elbv2.model import Target

TARGET_COOKIE, GROUP_COOKIE = "AWSALB", "AWSALBTG"
COUNTED_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class Sticky:
    """A cookie to set: its name, what it stands for, and how long."""

    name: str
    value: str
    duration_s: int


class Chooser(Part):
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._turns: Counter[str] = Counter()
        self._outstanding: Counter[tuple[str, str, int]] = Counter()

    async def forget(self) -> None:
        self._turns.clear()

    def group(self, config: Mapping[str, Any], incoming: Incoming) -> tuple[str, Sticky | None]:
        """The ARN of a target group, by weight, or the one that the client's cookie names; empty for none."""
        weights = {one["TargetGroupArn"]: one["Weight"] for one in config["TargetGroups"]}
        sticky = config["TargetGroupStickinessConfig"]
        by_mark = {_mark(arn): arn for arn, weight in weights.items() if weight}
        chosen = by_mark.get(_cookie(incoming, GROUP_COOKIE), "") if sticky["Enabled"] else ""
        chosen = chosen or self._weighted(weights)
        if not sticky["Enabled"] or not chosen:
            return chosen, None
        return chosen, Sticky(GROUP_COOKIE, _mark(chosen), sticky["DurationSeconds"])

    def _weighted(self, weights: Mapping[str, int]) -> str:
        if len(weights) == 1:
            arn, weight = next(iter(weights.items()))
            return arn if weight else ""
        place = self._ctx.ids.random() * sum(weights.values())
        for arn, weight in weights.items():
            place -= weight
            if place < 0:
                return arn
        return ""

    def target(
        self, group: Group, serving: Sequence[Target], incoming: Incoming
    ) -> tuple[Target, Sticky | None]:
        """One of ``serving``, which is not empty."""
        resource = group.resource
        if attributes.value_of(resource, "stickiness.enabled") != "true":
            return self._by_algorithm(group, serving), None
        by_mark = {_mark(f"{one.id}:{one.port}"): one for one in serving}
        target = by_mark.get(_cookie(incoming, TARGET_COOKIE)) or self._by_algorithm(group, serving)
        duration_s = int(attributes.value_of(resource, "stickiness.lb_cookie.duration_seconds"))
        return target, Sticky(TARGET_COOKIE, _mark(f"{target.id}:{target.port}"), duration_s)

    def _by_algorithm(self, group: Group, serving: Sequence[Target]) -> Target:
        arn = group.resource.arn
        algorithm = attributes.value_of(group.resource, "load_balancing.algorithm.type")
        if algorithm == "weighted_random":
            return serving[int(self._ctx.ids.random() * len(serving))]
        if len(self._turns) >= COUNTED_MAX:
            self._turns.clear()
        self._turns[arn] += 1
        turn = self._turns[arn] % len(serving)
        ordered = [*serving[turn:], *serving[:turn]]
        if algorithm == "least_outstanding_requests":
            return min(ordered, key=lambda one: self._outstanding[arn, one.id, one.port])
        return ordered[0]

    @contextmanager
    def outstanding(self, group: Group, target: Target) -> Iterator[None]:
        """The target works on a request as long as this is open."""
        key = group.resource.arn, target.id, target.port
        self._outstanding[key] += 1
        try:
            yield
        finally:
            self._outstanding[key] -= 1
            if not self._outstanding[key]:
                del self._outstanding[key]


def _mark(text: str) -> str:
    """What a cookie says: opaque to clients."""
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _cookie(incoming: Incoming, name: str) -> str:
    for line in incoming.values("cookie"):
        for part in line.split(";"):
            found, _, value = part.strip().partition("=")
            if found == name:
                return value
    return ""


def write_cookies(stickies: Sequence[Sticky | None], now_ms: int, scheme: str) -> list[tuple[str, str]]:
    """Each comes twice: a second one, with CORS in its name, is for requests across sites."""
    lines = []
    for sticky in stickies:
        if sticky is not None:
            expires = formatdate(now_ms / 1_000 + sticky.duration_s, usegmt=True)
            head = f"={sticky.value}; Expires={expires}; Path=/"
            lines.append(("Set-Cookie", f"{sticky.name}{head}"))
            if scheme == "https":
                lines.append(("Set-Cookie", f"{sticky.name}CORS{head}; SameSite=None; Secure"))
    return lines
