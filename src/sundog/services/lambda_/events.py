"""Asynchronous events: durable rows, invoked at least once, retried, then told to destinations and DLQs."""

from __future__ import annotations

from dataclasses import asdict, replace

import orjson

from sundog import bus, work
from sundog.bus import Delivery
from sundog.compute.contract import Invocation
from sundog.context import Context
from sundog.services.lambda_ import lineage
from sundog.services.lambda_.catalog import Callee
from sundog.services.lambda_.errors import (
    InvalidRuntimeException,
    RecursiveInvocationException,
    ResourceNotFoundException,
    ServiceException,
    TooManyRequestsException,
)
from sundog.services.lambda_.event_rules import (
    Answer,
    Condition,
    Event,
    EventPolicy,
    GiveUp,
    Retry,
    dead_letter_attributes,
    decide_failed,
    decide_throttled,
    invocation_record,
    is_too_old,
    read_policy,
)
from sundog.services.lambda_.loading import find_setting, load_version
from sundog.services.lambda_.metrics import Metrics
from sundog.services.lambda_.names import LATEST, FunctionName
from sundog.services.lambda_.runner import Ran, runner, trace_header
from sundog.store import Transaction
from sundog.work import WorkItem

INVOKE = "lambda.invoke"


async def enqueue(ctx: Context, name: FunctionName, payload: str, client_context: str) -> None:
    """Take an event in: once this returns it will be invoked."""
    event = Event(
        name.name,
        name.qualifier,
        ctx.request_id,
        payload,
        client_context,
        trace_header(ctx),
        ctx.clock.now_ms(),
    )
    async with ctx.store.transaction() as tx:
        await work.put(tx, INVOKE, asdict(event), scope=name.scope, due_ms=event.received_ms)
    ctx.part(Metrics).count(name, "AsyncEventsReceived")


async def invoke_event(ctx: Context, item: WorkItem) -> None:
    """One attempt at an event."""
    event = Event(**item.payload)
    name = FunctionName(item.scope, event.name, event.qualifier)
    try:
        callee = await runner(ctx).catalog.find(name)
    except ResourceNotFoundException:  # deleted since: nobody is left to tell
        ctx.part(Metrics).count(name, "AsyncEventsDropped")
        return
    policy = await _policy(ctx, name)
    now_ms = ctx.clock.now_ms()
    if event.failures + event.throttles == 0:
        ctx.part(Metrics).count(name, "AsyncEventAge", now_ms - event.received_ms)
    if is_too_old(event, policy, now_ms):
        await _give_up(ctx, item, event, policy, GiveUp("EventAgeExceeded"), None)
        return
    try:
        answer = _answer(await runner(ctx).run(callee, _invocation(event, callee)))
    except (TooManyRequestsException, ServiceException) as error:
        places = callee.on_demand_max + callee.provisioned
        decision = decide_throttled(
            event, policy, now_ms, is_closed=isinstance(error, TooManyRequestsException) and places <= 0
        )
        await _again(ctx, item, replace(event, throttles=event.throttles + 1), policy, decision, None)
        return
    except RecursiveInvocationException:
        await _give_up(ctx, item, event, policy, GiveUp("RecursiveInvocation"), None)
        return
    except InvalidRuntimeException as error:
        text = orjson.dumps({"errorMessage": error.message, "errorType": "InvalidRuntimeException"})
        answer = Answer(event.qualifier or LATEST, "Unhandled", text)
    if answer.function_error is None:
        await _succeeded(ctx, item, event, policy, answer)
        return
    decision = decide_failed(event, policy, ctx.clock.now_ms())
    await _again(ctx, item, replace(event, failures=event.failures + 1), policy, decision, answer)


async def _policy(ctx: Context, name: FunctionName) -> EventPolicy:
    async with ctx.store.transaction() as tx:
        setting = await find_setting(tx, name, "event_invoke", name.qualifier or LATEST)
    return read_policy(setting.body) if setting else EventPolicy()


def _invocation(event: Event, callee: Callee) -> Invocation:
    return Invocation(
        event.request_id, event.payload.encode(), callee.name.arn, event.trace_header, event.client_context
    )


def _answer(ran: Ran) -> Answer:
    return Answer(ran.version, ran.outcome.function_error, ran.outcome.payload)


async def _succeeded(ctx: Context, item: WorkItem, event: Event, policy: EventPolicy, answer: Answer) -> None:
    if not policy.on_success:
        return
    async with ctx.store.transaction() as tx:
        await _tell(ctx, tx, item, event, policy.on_success, "Success", answer)
        await work.finish(tx, item)


async def _again(
    ctx: Context,
    item: WorkItem,
    event: Event,
    policy: EventPolicy,
    decision: Retry | GiveUp,
    answer: Answer | None,
) -> None:
    if isinstance(decision, GiveUp):
        await _give_up(ctx, item, event, policy, decision, answer)
        return
    async with ctx.store.transaction() as tx:
        await work.postpone(tx, item, decision.due_ms, asdict(event))


async def _give_up(
    ctx: Context, item: WorkItem, event: Event, policy: EventPolicy, decision: GiveUp, answer: Answer | None
) -> None:
    """The event goes to the on-failure destination and to the dead-letter queue, where there are any."""
    name = FunctionName(item.scope, event.name, event.qualifier)
    async with ctx.store.transaction() as tx:
        version = await load_version(tx, name)
        dead_letter_arn = version.settings.get("DeadLetterConfig", {}).get("TargetArn", "")
        if dead_letter_arn:
            attributes = dead_letter_attributes(event, answer, decision.condition)
            delivery = replace(
                _delivery(name, dead_letter_arn, event.payload, version.settings["Role"], event),
                parameters={"MessageAttributes": attributes},
            )
            await bus.send(ctx, tx, delivery)
        if policy.on_failure:
            await _tell(ctx, tx, item, event, policy.on_failure, decision.condition, answer)
        await work.finish(tx, item)
    ctx.part(Metrics).count(name, "AsyncEventsDropped")  # told of or not, as on AWS


async def _tell(
    ctx: Context,
    tx: Transaction,
    item: WorkItem,
    event: Event,
    destination: str,
    condition: Condition,
    answer: Answer | None,
) -> None:
    name = FunctionName(item.scope, event.name, event.qualifier)
    qualified = FunctionName(item.scope, event.name, event.qualifier or LATEST).arn
    count = event.failures + (1 if condition == "Success" else 0)
    record = invocation_record(event, qualified, condition, count, answer, ctx.clock.now_ms())
    version = await load_version(tx, name)
    delivery = _delivery(name, destination, record, version.settings["Role"], event)
    if ":event-bus/" in destination:
        kind = f"Lambda Function Invocation Result - {'Success' if condition == 'Success' else 'Failure'}"
        named = {"Source": "lambda", "DetailType": kind, "Resources": [destination, qualified]}
        delivery = replace(delivery, parameters=named)
    await bus.send(ctx, tx, delivery)


def _delivery(name: FunctionName, target_arn: str, body: str, role_arn: str, event: Event) -> Delivery:
    return Delivery(
        target_arn=target_arn,
        body=body,
        source_arn=name.function_arn,
        service="lambda.amazonaws.com",
        role_arn=role_arn,
        trace_header=lineage.enter(event.trace_header, name.function_arn)[0],
    )
