"""Part: one invocation from its name to its outcome, whoever asks: a caller, an event, a queue, a URL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from sundog.compute.contract import EngineError, FunctionSpec, Invocation, Outcome, RuntimeMissing
from sundog.context import Context
from sundog.service import Part
from sundog.services.lambda_ import limits, lineage
from sundog.services.lambda_.admission import Admission, Place
from sundog.services.lambda_.catalog import Callee, Catalog, provisioned_spec
from sundog.services.lambda_.compute import Compute
from sundog.services.lambda_.errors import (
    InvalidRuntimeException,
    RecursiveInvocationException,
    ServiceException,
    SnapStartException,
    SnapStartTimeoutException,
    TooManyRequestsException,
)
from sundog.services.lambda_.metrics import Executed, Metrics
from sundog.services.lambda_.rates import Rates


@dataclass(frozen=True, slots=True)
class Ran:
    outcome: Outcome
    version: str


class Runner(Part):
    """Nothing on this way touches the disk: a synchronous invocation is not durable on AWS either."""

    def __init__(self, ctx: Context) -> None:
        self._clock, self._ids = ctx.clock, ctx.ids
        self._compute, self._metrics = ctx.part(Compute), ctx.part(Metrics)
        self.catalog = ctx.part(Catalog)
        self._admission = Admission()
        self._rates = None if ctx.config.limits == "relaxed" else Rates(ctx.clock)

    async def forget(self) -> None:
        self._admission = Admission()

    def choose(self, callee: Callee) -> FunctionSpec:
        """The version that the next invocation runs."""
        return callee.route(self._ids.random()) if len(callee.routes) > 1 else callee.routes[0].spec

    def admit(self, callee: Callee) -> None:
        """Somebody calls and will wait for the answer: not more often than the concurrency allows."""
        if self._rates is None:
            return
        try:
            self._rates.enter(callee)
        except TooManyRequestsException:
            self._metrics.count(callee.name, "Throttles")
            raise

    async def run(self, callee: Callee, invocation: Invocation, spec: FunctionSpec | None = None) -> Ran:
        """Raises TooManyRequests-, RecursiveInvocation-, InvalidRuntime-, SnapStart- or ServiceException."""
        name = callee.name
        spec = spec or self.choose(callee)
        invocation = self._traced(callee, spec, invocation)
        try:
            with self._admission.enter(callee) as place:
                self._metrics.count(name, "ConcurrentExecutions", place.running)
                self._count_account(callee, place)
                if callee.provisioned:
                    self._count_provisioned(callee, place)
                if place.in_provisioned:
                    spec = provisioned_spec(spec)
                outcome = await self._compute.engine.invoke(spec, invocation)
        except TooManyRequestsException:
            self._metrics.count(name, "Throttles")
            raise
        except RuntimeMissing as error:
            raise InvalidRuntimeException(reason=f"{spec.runtime} cannot run here: {error}") from error
        except EngineError as error:
            raise ServiceException(reason=str(error)) from error
        if outcome.has_failed_restore:
            raise SnapStartTimeoutException if outcome.status == "timeout" else SnapStartException
        executed = Executed(name, spec.version)
        self._metrics.count(executed, "Invocations")
        self._metrics.count(executed, "Errors", 1.0 if outcome.function_error else 0.0)
        self._metrics.count(executed, "Duration", round(outcome.duration_ms, 2))
        return Ran(outcome, spec.version)

    def _traced(self, callee: Callee, spec: FunctionSpec, invocation: Invocation) -> Invocation:
        """With the function in its lineage, sampled where nobody has decided and the function traces.

        Refused where the chain of requests is a loop.
        """
        header, loops = lineage.enter(invocation.trace_header, callee.function.arn)
        if loops >= lineage.LOOPS_MAX and callee.function.recursion == "Terminate":
            self._metrics.count(callee.name, "RecursiveInvocationsDropped")
            raise RecursiveInvocationException
        return replace(invocation, trace_header=lineage.decided(header, spec.tracing_active))

    def _count_account(self, callee: Callee, place: Place) -> None:
        """What runs in unreserved concurrency, and what of the account's is claimed with it."""
        if place.unreserved:
            scope = callee.name.scope
            self._metrics.count(scope, "UnreservedConcurrentExecutions", place.unreserved)
            claimed = limits.CONCURRENCY_MAX - callee.on_demand_max + place.unreserved
            self._metrics.count(scope, "ClaimedAccountConcurrency", claimed)

    def _count_provisioned(self, callee: Callee, place: Place) -> None:
        count = partial(self._metrics.count, callee.name)
        if place.in_provisioned:
            count("ProvisionedConcurrencyInvocations")
            count("ProvisionedConcurrentExecutions", place.in_provisioned)
            count("ProvisionedConcurrencyUtilization", place.in_provisioned / callee.provisioned)
        else:
            count("ProvisionedConcurrencySpilloverInvocations")


def runner(ctx: Context) -> Runner:
    return ctx.part(Runner)


def trace_header(ctx: Context) -> str:
    """The caller's trace, or a new one of which nobody has said yet whether it is sampled."""
    if ctx.trace_header:
        return ctx.trace_header
    return f"Root=1-{ctx.clock.now_ms() // 1000:08x}-{ctx.ids.hex(24)};Parent={ctx.ids.hex(16)}"
