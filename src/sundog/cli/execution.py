"""``sundog sfn show``: the way of an execution through its states, with outcomes and durations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from botocore.exceptions import ClientError
from rich.text import Text

from sundog.cli.remote import Remote
from sundog.services.stepfunctions.visits import Visit, read_visits

STYLES: Final = {
    "SUCCEEDED": "green",
    "RUNNING": "yellow",
    "FAILED": "red",
    "ABORTED": "dim red",
    "TIMED_OUT": "red",
    "CAUGHT": "yellow",
}
_SECOND_MS: Final = 1_000
_ARN_PARTS: Final = 8


class NoExecution(Exception):
    """There is none with this ARN; the text is the server's."""


def describe(remote: Remote, arn: str) -> Iterator[Text]:
    """The lines for the execution. Raises `NoExecution`."""
    client = client_of(remote, arn)
    try:
        execution = client.describe_execution(executionArn=arn)
        events = read_history(client, arn)
        machine = client.describe_state_machine_for_execution(executionArn=arn)
    except ClientError as error:
        raise NoExecution(error.response["Error"]["Message"]) from error
    yield _head(execution, machine["name"])
    yield from draw(read_visits(events))
    for member in ("error", "cause", "output"):
        if execution.get(member):
            yield Text(f"  {member} {execution[member]}", style="dim")


def client_of(remote: Remote, arn: str) -> Any:
    """A client of the account and region of an execution."""
    parts = arn.split(":")
    if len(parts) < _ARN_PARTS:
        raise NoExecution(f"{arn} is not the ARN of an execution")
    return remote.client("stepfunctions", parts[4], parts[3])


def save_drawing(remote: Remote, arn: str, file: Path) -> None:
    """The execution as SVG. Raises `NoExecution`."""
    client_of(remote, arn)
    answer = remote.get_text(f"/_sundog/executions/{quote(arn)}.svg")
    if not isinstance(answer, str):
        raise NoExecution(answer["error"])
    file.write_text(answer)


def read_history(client: Any, arn: str) -> list[dict[str, Any]]:
    """All events, with times in milliseconds as the server has them."""
    pages = client.get_paginator("get_execution_history").paginate(executionArn=arn)
    return [
        {**event, "timestamp": round(event["timestamp"].timestamp() * 1_000)}
        for page in pages
        for event in page["events"]
    ]


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
        line.append(f" after {show_ms(_lasted_ms(execution))}", style="dim")
    return line


def _lasted_ms(execution: Mapping[str, Any]) -> float:
    lasted: float = (execution["stopDate"] - execution["startDate"]).total_seconds() * _SECOND_MS
    return lasted


def _duration(visit: Visit) -> str:
    return "..." if visit.end_ms is None else show_ms(visit.end_ms - visit.begin_ms)


def show_ms(duration_ms: float) -> str:
    return f"{duration_ms:,.0f} ms" if duration_ms < _SECOND_MS else f"{duration_ms / _SECOND_MS:,.1f} s"
