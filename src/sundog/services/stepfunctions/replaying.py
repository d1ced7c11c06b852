"""An execution begun again from a point of its history, with another definition or input: a new execution.

What the first one did before that point is not done again; its events are the beginning of the new history.
Everything after it is real: tasks are called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from sundog.arn import Arn
from sundog.context import Context
from sundog.services.stepfunctions import limits
from sundog.services.stepfunctions.definitions import Definitions
from sundog.services.stepfunctions.engine.forking import CannotFork, stand_before
from sundog.services.stepfunctions.engine.history import write_text
from sundog.services.stepfunctions.engine.run import Run
from sundog.services.stepfunctions.loading import load_execution
from sundog.services.stepfunctions.model import Started
from sundog.services.stepfunctions.names import read_execution
from sundog.services.stepfunctions.rows import SQL, write_json
from sundog.services.stepfunctions.running import begin
from sundog.services.stepfunctions.starting import make_run
from sundog.services.stepfunctions.visits import Visit, visit_at
from sundog.store import Transaction

_OF_THE_FIRST: Final = (
    *("output", "error", "cause", "parent", "map_run", "map_number", "timeout_s"),
    *("redriveCount", "redriveDate", "redriveToken"),
)
"""Members of an execution's body that say how it went, or who waits for it."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What is to be other than in the first execution: None keeps what was.

    ``event_id``: the state to which this event belongs is the first to be done anew. ``value`` is its input.
    """

    arn: str
    event_id: int = 1
    definition: str | None = None
    has_value: bool = False
    value: Any = None


async def replay(ctx: Context, asked: Replay) -> dict[str, Any]:
    """Begin the new execution. Raises `CannotFork`, and AWS's errors of ARN and definition."""
    read_execution(asked.arn)
    async with ctx.store.transaction() as tx:
        first = await load_execution(tx, asked.arn)
        events = await load_history(tx, first.arn)
        if not 1 <= asked.event_id <= len(events):
            raise CannotFork(
                f"The history has {len(events)} events; there is none with the id {asked.event_id}."
            )
        state = visit_at(events, asked.event_id)
        if state is not None and state.flow.parent is None and state.flow.visits[0] is state:
            state = None  # the first state of all: nothing comes before it
        started, run = _make(ctx, first, asked, is_whole=state is None)
        kept = events[: state.entered_id - 1] if state else []
        if kept:
            await tx.run(SQL["put_history"], arn=started.arn, first_id=1, events=write_json(kept))
        await begin(ctx, tx, started, run, lambda run: _begin(ctx, run, first, asked, events, state))
    shown: dict[str, Any] = {"executionArn": started.arn, "replayOf": first.arn, "keptEvents": len(kept)}
    return {**shown, "state": state.name if state else run.machine.flow.start_at}


async def load_history(tx: Transaction, arn: str) -> list[dict[str, Any]]:
    rows = await tx.all(SQL["history"], arn=arn)
    return [event for row in rows for event in orjson.loads(row["events"])]


def _begin(
    ctx: Context,
    run: Run,
    first: Started,
    asked: Replay,
    events: Sequence[Mapping[str, Any]],
    state: Visit | None,
) -> None:
    if state is None:
        run.begin()
        return
    old = ctx.part(Definitions).compile(first.body["definition"], first.body["type"])
    frame = stand_before(run, old, events, state.entered_id)
    if asked.has_value:
        frame.input = asked.value
    run.do_again()


def _make(ctx: Context, first: Started, asked: Replay, *, is_whole: bool) -> tuple[Started, Run]:
    """The new execution, standing nowhere yet. An input given for a later state is not the execution's."""
    name = f"{first.name[: limits.NAME_LENGTH_MAX - 16]}-replay-{ctx.ids.hex(8)}"
    arn = str(Arn.of("states", first.scope, f"execution:{first.machine}:{name}"))
    body = {name: value for name, value in first.body.items() if name not in _OF_THE_FIRST}
    value = asked.value if is_whole and asked.has_value else orjson.loads(body["input"])
    body |= {"input": write_text(value), "definition": asked.definition or body["definition"]}
    started = replace(
        first,
        name=name,
        arn=arn,
        status="RUNNING",
        started_ms=ctx.clock.now_ms(),
        stopped_ms=None,
        body=body,
        state="",
        id=0,
    )
    return make_run(ctx, started, value)
