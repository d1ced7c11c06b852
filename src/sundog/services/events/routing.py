"""Part: the rules of each bus, compiled, and the way of an event from the bus to the targets.

Every transaction that changes a bus, a rule or a target drops what is remembered of the bus when it commits,
on this node at once and on others by a wake of the channel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from sundog import bus
from sundog.arn import parse_arn
from sundog.bus import Considered, Delivery, RetryPolicy
from sundog.context import Context
from sundog.lang.event_pattern import Pattern, RuleIndex, compile_pattern
from sundog.lang.input_path import MISSING, parse_path, select
from sundog.lang.input_transformer import Facts
from sundog.scope import Scope
from sundog.services.events import limits
from sundog.services.events.inputs import MakeInput, compile_input
from sundog.services.events.loading import find_bus, list_rules, list_targets_of_bus
from sundog.services.events.metrics import Metrics
from sundog.services.events.model import Bus, Event, Rule, RuleTarget
from sundog.store import Transaction

CHANNEL: Final = "events.buses"
REMEMBERED_MAX: Final = 2_000
SERVICE: Final = "events.amazonaws.com"
DAY_MS: Final = 24 * 3_600_000
_FOREVER_MS: Final = 36_500 * DAY_MS
_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Outlet:
    """A target, ready to be delivered to."""

    target: RuleTarget
    make_input: MakeInput
    retry: RetryPolicy
    dead_letter_arn: str


@dataclass(frozen=True, slots=True)
class BusView:
    """A bus as events meet it. ``index`` holds the enabled rules that have a pattern."""

    bus: Bus
    rules: Mapping[str, Rule]
    patterns: Mapping[str, Pattern]
    outlets: Mapping[str, tuple[Outlet, ...]]
    index: RuleIndex


@dataclass(frozen=True, slots=True)
class Passage:
    """An event on its way through a bus. ``hops`` counts the buses before this one."""

    event: Event
    text: str
    trace_header: str = ""
    hops: int = 0

    @property
    def id(self) -> str:
        id: str = self.event["id"]
        return id


class Router:
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._views: dict[_Key, BusView | None] = {}
        self._epoch = 0
        self._listener: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._listener = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener

    async def forget(self) -> None:
        self._forget_all()

    def changed(self, tx: Transaction, scope: Scope, name: str) -> None:
        """Call in every transaction that changes the bus, its rules or their targets."""
        tx.after_commit(lambda: self._forget((scope.account, scope.region, name)))
        tx.wake(CHANNEL)

    async def find(self, scope: Scope, name: str) -> BusView | None:
        key = scope.account, scope.region, name
        if key in self._views:
            return self._views[key]
        epoch = self._epoch
        view = await self._load(scope, name)
        if epoch == self._epoch:  # else it may have changed while we read
            if len(self._views) >= REMEMBERED_MAX:
                self._views.clear()
            self._views[key] = view
        return view

    async def _load(self, scope: Scope, name: str) -> BusView | None:
        async with self._ctx.store.transaction() as tx:
            found = await find_bus(tx, scope, name)
            rules = await list_rules(tx, scope, name) if found else []
            targets = await list_targets_of_bus(tx, scope, name) if found else []
        return build_view(found, rules, targets) if found else None

    def _forget(self, key: _Key) -> None:
        self._epoch += 1
        self._views.pop(key, None)

    def _forget_all(self) -> None:
        self._epoch += 1
        self._views.clear()

    async def _listen(self) -> None:
        async with self._ctx.store.subscribe(CHANNEL) as changes:
            while True:
                await changes.wait(self._ctx.clock.now_ms() + _FOREVER_MS)
                if self._ctx.store.is_shared:  # else our own transactions have said which bus
                    self._forget_all()


def build_view(found: Bus, rules: Sequence[Rule], targets: Sequence[RuleTarget]) -> BusView:
    outlets: dict[str, list[Outlet]] = {}
    for target in targets:
        outlets.setdefault(target.rule, []).append(make_outlet(target))
    patterns = {rule.name: compile_pattern(rule.pattern) for rule in rules if rule.pattern}
    index = RuleIndex()
    for rule in rules:
        if rule.is_enabled and rule.pattern:
            index.add(rule.name, patterns[rule.name])
    return BusView(
        found,
        {rule.name: rule for rule in rules},
        patterns,
        {name: tuple(each) for name, each in outlets.items()},
        index,
    )


def make_outlet(target: RuleTarget) -> Outlet:
    given = target.body.get("RetryPolicy") or {}
    retry = RetryPolicy(
        given.get("MaximumRetryAttempts", 185), given.get("MaximumEventAgeInSeconds", DAY_MS // 1_000) * 1_000
    )
    dead_letters = (target.body.get("DeadLetterConfig") or {}).get("Arn") or ""
    return Outlet(target, compile_input(target.body), retry, dead_letters)


# An event on a bus


def matching(view: BusView, event: Event) -> list[Rule]:
    """The enabled rules that the event satisfies, by name."""
    return [view.rules[name] for name in sorted(view.index.match(event))]


async def enter(
    ctx: Context, tx: Transaction, view: BusView, passage: Passage, rules: Sequence[Rule]
) -> None:
    """Write the deliveries to the targets of ``rules``."""
    await bus.send_all(ctx, tx, deliveries_of(ctx, view, passage, rules))


def deliveries_of(
    ctx: Context, view: BusView, passage: Passage, rules: Sequence[Rule]
) -> list[tuple[Scope, Delivery]]:
    """What goes to the targets of ``rules``, each as the rule's account, and the figures of it."""
    count, now = ctx.part(Metrics).count, write_time(ctx.clock.now_ms())
    deliveries: list[tuple[Scope, Delivery]] = []
    for rule in rules:
        outlets = view.outlets.get(rule.name, ())
        subject = rule.scope, view.bus.name, rule.name
        count(subject, "MatchedEvents")
        if outlets:
            count(subject, "TriggeredRules")
        facts = Facts(rule.arn, rule.name, now)
        for outlet in outlets:
            deliveries.append((rule.scope, make_delivery(facts, outlet, passage)))
            count(subject, "InvocationsCreated")
    return deliveries


def make_delivery(rule: Facts, outlet: Outlet, passage: Passage) -> Delivery:
    target, text = outlet.target, outlet.make_input(passage.event, passage.text, rule)
    return Delivery(
        target_arn=target.arn,
        body=passage.text if text is None else text,
        source_arn=rule.rule_arn,
        service=SERVICE,
        role_arn=target.body.get("RoleArn") or "",
        parameters=parameters_of(target.body, passage),
        retry=outlet.retry,
        dead_letter_arn=outlet.dead_letter_arn,
        trace_header=passage.trace_header,
        trace_id=passage.id,
    )


def parameters_of(target: Mapping[str, Any], passage: Passage) -> dict[str, Any]:
    """What the target's service needs beside the body."""
    arn = parse_arn(target["Arn"])
    service = arn.service if arn else ""
    if service == "sqs":
        group = (target.get("SqsParameters") or {}).get("MessageGroupId")
        is_fifo = target["Arn"].endswith(".fifo")
        return ({"MessageGroupId": group} if group else {}) | (
            {"MessageDeduplicationId": passage.id} if is_fifo else {}
        )
    if service == "kinesis":
        path = (target.get("KinesisParameters") or {}).get("PartitionKeyPath")
        key = select(parse_path(path), passage.event) if path else passage.id
        return {"PartitionKey": passage.id if key is MISSING else str(key)}
    if service == "events":
        return {"Hops": passage.hops + 1, **{k: target[k] for k in ("HttpParameters",) if k in target}}
    return {k: target[k] for k in ("HttpParameters",) if target.get(k)}


def write_time(ms: int) -> str:
    """``2026-11-24T14:00:00Z``: events have no finer time."""
    return datetime.fromtimestamp(ms // 1_000, UTC).isoformat()[:19] + "Z"


def write_event(event: Event) -> str:
    return orjson.dumps(event).decode()


def begin_trace(ctx: Context, view: BusView, passage: Passage) -> None:
    """So that somebody can ask why nothing happened; costs little until they do."""
    event = passage.event
    ctx.part(bus.Traces).begin(
        passage.id, "events", view.bus.arn, len(passage.text), lambda: explain(view, event)
    )


def explain(view: BusView, event: Event) -> list[Considered]:
    """Every rule of the bus, and what in the event its pattern did not find."""
    considered = []
    for name, rule in view.rules.items():
        pattern = view.patterns.get(name)
        if pattern is None:
            continue  # it has a schedule only: events do not concern it
        mismatch = pattern.explain(event)
        reason = str(mismatch) if mismatch else "" if rule.is_enabled else "the rule is disabled"
        if not reason and not view.outlets.get(name):
            reason = "the rule has no targets"
        considered.append(Considered(rule.arn, mismatch is None and rule.is_enabled, reason))
    return considered


def is_too_far(passage: Passage) -> bool:
    return passage.hops > limits.HOPS_MAX
