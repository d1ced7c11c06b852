"""Part: health checks of targets, on the clock; what they have found lives in memory and begins anew.

Only groups that a load balancer uses are checked. Every node checks for itself, as every node of a load
balancer does on AWS.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from sundog.bus import HttpClient, HttpFailure
from sundog.clock import NEVER_MS
from sundog.context import Context
from sundog.front.http_call import Outgoing, call_http
from sundog.front.lambda_call import CallFailed, call_function
from sundog.scope import Scope
from sundog.services.elbv2 import attributes
from sundog.services.elbv2.directory import CHANNEL
from sundog.services.elbv2.lambda_messages import BadAnswer, read_answer, write_check
from sundog.services.elbv2.model import Resource, Target
from sundog.services.elbv2.rows import SQL, list_targets, to_resource
from sundog.services.elbv2.uses import find_uses
from sundog.work.worker import Worker

SERVICE: Final = "elasticloadbalancing.amazonaws.com"
USER_AGENT: Final = "ELB-HealthChecker/2.0"
CHECKS_AT_ONCE: Final = 64
IN_VAIN_MAX: Final = 10
HASTE_MS: Final = 1_000
"""Real time between checks, below which the clock is being moved: the shortest interval is 5 s."""

State = Literal["initial", "healthy", "unhealthy"]
_Key = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a check failed, as AWS says it."""

    reason: str
    description: str


TIMED_OUT: Final = Failure("Target.Timeout", "Request timed out")
FAILED: Final = Failure("Target.FailedHealthChecks", "Health checks failed")


@dataclass(frozen=True, slots=True)
class Condition:
    """How a target is: ``streak`` checks in a row ended as the last one did, ``failure`` None when well."""

    state: State = "initial"
    streak: int = 0
    failure: Failure | None = None
    next_ms: int = 0


def after_check(before: Condition, group: Resource, failure: Failure | None, now_ms: int) -> Condition:
    """The first check that succeeds makes a new target healthy; later it takes the threshold."""
    shape = group.shape
    is_same = (failure is None) == (before.failure is None) and before.streak > 0
    streak = before.streak + 1 if is_same else 1
    state: State = before.state
    if failure is None and (state == "initial" or streak >= shape["HealthyThresholdCount"]):
        state = "healthy"
    elif failure is not None and streak >= shape["UnhealthyThresholdCount"]:
        state = "unhealthy"
    return Condition(state, streak, failure, now_ms + 1_000 * shape["HealthCheckIntervalSeconds"])


class Health:
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._known: dict[_Key, Condition] = {}
        self._slots = asyncio.Semaphore(CHECKS_AT_ONCE)
        self._in_vain, self._ended_wall_ms = 0, 0
        self._worker = Worker(
            "elbv2 health",
            ctx.clock,
            ctx.store,
            self._step,
            channel=CHANNEL,
            is_recurring=True,
            may_be_late=self._has_no_news,
        )

    async def start(self) -> None:
        await self._worker.start()

    async def stop(self) -> None:
        await self._worker.stop()

    async def forget(self) -> None:
        self._known.clear()

    def of(self, group: Resource, target: Target) -> Condition | None:
        """None before the first check."""
        return self._known.get((group.arn, target.id, target.port))

    def serving(self, group: Resource, targets: tuple[Target, ...]) -> list[Target]:
        """Those that get requests: the healthy ones; all of them where too few are, as AWS does."""
        if not group.shape["HealthCheckEnabled"]:
            return list(targets)
        well = [one for one in targets if (found := self.of(group, one)) and found.state == "healthy"]
        return well if len(well) >= healthy_min(group, len(targets)) else list(targets)

    async def _step(self) -> int:
        """Check what is due; when the next is."""
        now_ms = self._ctx.clock.now_ms()
        wanted = await self._wanted()
        for key in self._known.keys() - wanted.keys():
            del self._known[key]
        due = [key for key in wanted if (found := self._known.get(key)) is None or found.next_ms <= now_ms]
        if due:
            await self._check_all({key: wanted[key] for key in due})
        return min((self._known[key].next_ms for key in wanted), default=NEVER_MS)

    async def _check_all(self, due: dict[_Key, tuple[Resource, Target]]) -> None:
        clock, before = self._ctx.clock, {key: self._known.get(key) for key in due}
        if clock.wall_ms() - self._ended_wall_ms >= HASTE_MS:
            self._in_vain = 0
        await asyncio.gather(*(self._check(key, *about) for key, about in due.items()))
        is_news = any(_said(self._known[key]) != _said(before[key]) for key in due)
        self._in_vain = 0 if is_news else self._in_vain + 1
        self._ended_wall_ms = clock.wall_ms()

    def _has_no_news(self) -> bool:
        """Targets live in real time: while the clock is moved by a day, they are asked a few times and at the
        end, not each half minute."""
        return not self._known or self._in_vain >= IN_VAIN_MAX

    async def _wanted(self) -> dict[_Key, tuple[Resource, Target]]:
        """The targets that are checked: enabled groups that some load balancer uses."""
        wanted: dict[_Key, tuple[Resource, Target]] = {}
        async with self._ctx.store.transaction() as tx:
            groups = [to_resource(row) for row in await tx.all(SQL["all_of_kind"], kind="targetgroup")]
            groups = [group for group in groups if group.shape["HealthCheckEnabled"]]
            uses: dict[Scope, dict[str, list[str]]] = {}
            for scope in dict.fromkeys(group.scope for group in groups):
                uses[scope] = await find_uses(tx, scope)
            for group in groups:
                if group.arn in uses[group.scope]:
                    for target in await list_targets(tx, group):
                        if not target.drained_ms:
                            wanted[group.arn, target.id, target.port] = group, target
        return wanted

    async def _check(self, key: _Key, group: Resource, target: Target) -> None:
        """One check; where the clock was moved over some, as many of those as a change of state takes."""
        condition = self._known.get(key, Condition())
        missed = self._missed(condition, group)
        check = _check_function if group.shape["TargetType"] == "lambda" else _check_server
        while True:
            async with self._slots:
                failure = await check(self._ctx, group, target)
            condition = after_check(condition, group, failure, self._ctx.clock.now_ms())
            self._known[key] = condition
            if not missed or condition.state == ("unhealthy" if failure else "healthy"):
                return
            missed -= 1

    def _missed(self, condition: Condition, group: Resource) -> int:
        late_ms = self._ctx.clock.now_ms() - condition.next_ms
        return late_ms // (1_000 * int(group.shape["HealthCheckIntervalSeconds"])) if condition.next_ms else 0


def _said(condition: Condition | None) -> tuple[State, bool] | None:
    return None if condition is None else (condition.state, condition.failure is None)


def healthy_min(group: Resource, count: int) -> int:
    """How many of ``count`` targets must be healthy for the others to be left out."""
    prefix = "target_group_health.unhealthy_state_routing.minimum_healthy_targets"
    number = int(attributes.value_of(group, f"{prefix}.count"))
    share = attributes.value_of(group, f"{prefix}.percentage")
    return max(number, 0 if share == "off" else math.ceil(int(share) * count / 100))


Check = Callable[[Context, Resource, Target], Awaitable[Failure | None]]


async def _check_server(ctx: Context, group: Resource, target: Target) -> Failure | None:
    shape = group.shape
    port = target.port if shape["HealthCheckPort"] == "traffic-port" else shape["HealthCheckPort"]
    host = f"[{target.id}]" if ":" in target.id else target.id
    url = f"{shape['HealthCheckProtocol'].lower()}://{host}:{port}{shape['HealthCheckPath']}"
    pairs = (("Host", f"{host}:{port}"), ("User-Agent", USER_AGENT), ("Accept-Encoding", "gzip, compressed"))
    timeout_ms = 1_000 * shape["HealthCheckTimeoutSeconds"]
    try:
        answer = await call_http(
            ctx.part(HttpClient), Outgoing("GET", url, pairs), timeout_ms=timeout_ms, verify_tls=False
        )
    except HttpFailure as failure:
        return TIMED_OUT if failure.reason == "timeout" else FAILED
    return judge(group, answer.status)


async def _check_function(ctx: Context, group: Resource, target: Target) -> Failure | None:
    event = write_check(group)
    caller = ctx.acting(scope=group.scope)
    try:
        async with asyncio.timeout(group.shape["HealthCheckTimeoutSeconds"]):
            answer = await call_function(caller, target.id, event, service=SERVICE)
        if answer.is_error:
            return FAILED
        return judge(group, read_answer(group, answer.payload).status)
    except TimeoutError:
        return TIMED_OUT
    except (CallFailed, BadAnswer):
        return FAILED


def judge(group: Resource, status: int) -> Failure | None:
    """``200,202`` and ``200-299`` are the codes of a healthy target."""
    for part in group.shape["Matcher"]["HttpCode"].split(","):
        low, _, high = part.partition("-")
        if int(low) <= status <= int(high or low):
            return None
    return Failure("Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]")


def describe(group: Resource, target: Target, condition: Condition | None, is_used: bool) -> dict[str, Any]:
    """One entry of DescribeTargetHealth."""
    shown: dict[str, Any] = {"Target": target.shape}
    if target.port:
        port = group.shape["HealthCheckPort"]
        shown["HealthCheckPort"] = str(target.port) if port == "traffic-port" else port
    return {**shown, "TargetHealth": _state(group, target, condition, is_used)}


def _state(group: Resource, target: Target, condition: Condition | None, is_used: bool) -> dict[str, str]:
    if target.drained_ms:
        return _unwell("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
    if not is_used:
        return _unwell(
            "unused",
            "Target.NotInUse",
            "Target group is not configured to receive traffic from the load balancer",
        )
    if not group.shape["HealthCheckEnabled"]:
        return _unwell(
            "unavailable", "Target.HealthCheckDisabled", "Health checks are disabled for this target group"
        )
    if condition is None:
        return _unwell("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
    if condition.state == "initial":
        return _unwell("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
    if condition.state == "healthy":
        return {"State": "healthy"}
    failure = condition.failure or FAILED  # it has begun to recover
    return _unwell("unhealthy", failure.reason, failure.description)


def _unwell(state: str, reason: str, description: str) -> dict[str, str]:
    return {"State": state, "Reason": reason, "Description": description}
