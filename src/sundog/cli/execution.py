"""``sundog sfn show``: the way of an execution through its states, with outcomes and durations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError
from rich.text import Text

from sundog.cli.remote import Remote

STYLES: Final = {
    "SUCCEEDED": "green",
    "RUNNING": "yellow",
    "FAILED": "red",
    "ABORTED": "dim red",
    "TIMED_OUT": "red",
    "CAUGHT": "yellow",
}
_OF_THE_EXECUTION: Final = "Execution"


class NoExecution(Exception):
    """There is none with this ARN; the text is the server's."""


@dataclass(slots=True)
class Visit:
    """One stay in a state. ``end`` is None while it lasts; ``errors`` are those of its tasks."""

    name: str
    kind: str
    depth: int
    parent: Visit | None
    begin: datetime
    iteration: int | None = None
    end: datetime | None = None
    outcome: str = "RUNNING"
    errors: list[str] = field(default_factory=list)


def describe(remote: Remote, arn: str) -> Iterator[Text]:
    """The lines for the execution. Raises `NoExecution`."""
    parts = arn.split(":")
    if len(parts) < 8:
        raise NoExecution(f"{arn} is not the ARN of an execution")
    client = remote.client("stepfunctions", parts[4], parts[3])
    try:
        execution = client.describe_execution(executionArn=arn)
        pages = client.get_paginator("get_execution_history").paginate(executionArn=arn)
        events = [event for page in pages for event in page["events"]]
        machine = client.describe_state_machine_for_execution(executionArn=arn)
    except ClientError as error:
        raise NoExecution(error.response["Error"]["Message"]) from error
    yield _head(execution, machine["name"])
    yield from draw(read_visits(events))
    for member in ("error", "cause", "output"):
        if execution.get(member):
            yield Text(f"  {member} {execution[member]}", style="dim")


def read_visits(events: Sequence[Mapping[str, Any]]) -> list[Visit]:
    """The stays in states, in the order of their beginnings, from an execution's history."""
    visits: list[Visit] = []
    owners: dict[int, Visit | None] = {0: None}
    iterations: dict[int, int] = {}
    for event in events:
        kind, before = event["type"], owners.get(event["previousEventId"])
        if kind.startswith(_OF_THE_EXECUTION):
            owners[event["id"]] = None
            continue
        if kind.endswith("StateEntered"):
            name = event["stateEnteredEventDetails"]["name"]
            depth = before.depth + 1 if before else 0
            iteration = iterations.get(event["previousEventId"])
            visit = Visit(
                name, kind.removesuffix("StateEntered"), depth, before, event["timestamp"], iteration
            )
            visits.append(visit)
            owners[event["id"]] = visit
        elif kind.endswith("StateExited"):
            left = _named(before, event["stateExitedEventDetails"]["name"])
            if left is not None:
                left.end = event["timestamp"]
                left.outcome = "CAUGHT" if left.outcome == "FAILED" else "SUCCEEDED"
            owners[event["id"]] = left.parent if left else None
        else:
            owners[event["id"]] = before
            if kind == "MapIterationStarted":
                iterations[event["id"]] = event["mapIterationStartedEventDetails"]["index"]
            _note(before, event)
    _close(visits, events)
    return visits


def _named(visit: Visit | None, name: str) -> Visit | None:
    while visit is not None and visit.name != name:
        visit = visit.parent
    return visit


def _note(visit: Visit | None, event: Mapping[str, Any]) -> None:
    """Failures of what the state asked for; they may still be caught or tried again."""
    kind = event["type"]
    if visit is None or not kind.endswith(("Failed", "TimedOut")):
        return
    details: Mapping[str, Any] = next((v for k, v in event.items() if k.endswith("EventDetails")), {})
    visit.outcome = "FAILED"
    if details.get("error"):
        visit.errors.append(details["error"])


def _close(visits: Sequence[Visit], events: Sequence[Mapping[str, Any]]) -> None:
    """What was open when the execution ended has ended with it."""
    last = events[-1] if events else None
    if last is None or last["type"] not in ("ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"):
        return
    for visit in visits:
        if visit.end is None:
            visit.end = last["timestamp"]
            visit.outcome = "FAILED" if visit.outcome == "FAILED" or visit.kind == "Fail" else "ABORTED"


def draw(visits: Sequence[Visit]) -> Iterator[Text]:
    """A line for each visit, indented by the states around it."""
    width = max((2 * visit.depth + len(visit.name) for visit in visits), default=0)
    for visit in visits:
        indent = "  " * visit.depth
        line = Text(f"  {indent}● ", style=STYLES.get(visit.outcome, "default"))
        line.append(f"{visit.name:{max(1, width - len(indent))}}", style="bold")
        line.append(f"  {visit.kind:8}", style="dim")
        line.append(f"  {_duration(visit):>10}", style="default")
        if visit.iteration is not None:
            line.append(f"  item {visit.iteration}", style="dim")
        if visit.outcome != "SUCCEEDED":
            line.append(f"  {visit.outcome.lower()}", style=STYLES.get(visit.outcome, "default"))
        if visit.errors:
            line.append(f"  {', '.join(visit.errors)}", style="red")
        yield line


def _head(execution: Mapping[str, Any], machine: str) -> Text:
    line = Text(f"{machine} {execution['name']} ", style="bold")
    line.append(execution["status"], style=STYLES.get(execution["status"], "default"))
    if "stopDate" in execution:
        line.append(f" after {_seconds(execution['startDate'], execution['stopDate'])}", style="dim")
    return line


def _duration(visit: Visit) -> str:
    return _seconds(visit.begin, visit.end) if visit.end else "..."


def _seconds(begin: datetime, end: datetime) -> str:
    seconds = (end - begin).total_seconds()
    return f"{seconds * 1_000:,.0f} ms" if seconds < 1 else f"{seconds:,.1f} s"
