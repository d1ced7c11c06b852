"""``sundog why``: what became of an event or message, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from sundog.cli.printing import clock_time
from sundog.cli.remote import Remote

NOUNS = {"events": ("event", "rule"), "sns": ("message", "subscription"), "http": ("request", "route")}
STYLES = {
    "delivered": "green",
    "retrying": "yellow",
    "failed": "red",
    "refused": "red",
    "given up": "red",
    "dead letter": "red",
}


class NoTrace(Exception):
    """Nothing is known of the id; the text is the server's."""


def describe(remote: Remote, id: str | None) -> Iterator[Text]:
    """The lines for one event or message, or for the newest of all. Raises `NoTrace`."""
    if id is None:
        return describe_recent(remote.get("/_sundog/traces")["traces"])
    trace = remote.get(f"/_sundog/trace/{id}")
    if "error" in trace:
        raise NoTrace(trace["error"])
    return describe_trace(trace)


def describe_recent(traces: list[Mapping[str, Any]]) -> Iterator[Text]:
    if not traces:
        yield Text("No event or message has come in since the server started.")
    for trace in traces:
        line = Text(clock_time(trace["at_ms"]), style="dim")
        line.append(f" {trace['id']}", style="bold")
        line.append(f"  {trace['source_arn']}", style="default")
        yield line


def describe_trace(trace: Mapping[str, Any]) -> Iterator[Text]:
    noun, asked = NOUNS.get(trace["kind"], ("event", "rule"))
    yield Text(f"{clock_time(trace['at_ms'])} the {noun} came to {trace['source_arn']}")
    considered = trace["considered"]
    for one in considered:
        yield _considered_line(asked, one)
    if not considered:
        yield Text(f"  There is no {asked} there, so nothing happened.")
    elif not any(one["matched"] for one in considered):
        yield Text(f"  No {asked} matched, so nothing happened.")
    for step in trace["steps"]:
        yield _step_line(step)


def _considered_line(asked: str, one: Mapping[str, Any]) -> Text:
    line = Text(
        "  matched   " if one["matched"] else "  no match  ", style="green" if one["matched"] else "dim"
    )
    line.append(f"{asked} {one['subject']}", style="default")
    if one["reason"]:
        line.append(f"\n            {one['reason']}", style="yellow")
    return line


def _step_line(step: Mapping[str, Any]) -> Text:
    line = Text(f"  {clock_time(step['at_ms'])} ", style="dim")
    line.append(step["outcome"], style=STYLES.get(step["outcome"], "default"))
    line.append(f"  {step['subject']}", style="default")
    detail = {name: value for name, value in step["detail"].items() if value not in (None, "")}
    if "due_ms" in detail:
        detail["next"] = clock_time(detail.pop("due_ms"))
    for name, value in detail.items():
        line.append(f"  {name} {value}", style="dim")
    return line
