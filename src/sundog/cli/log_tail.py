"""``sundog logs``: the lines of log groups, oldest first, and on as they come."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from rich.text import Text

from sundog.cli import printing

POLL_S = 0.5
LATE_MS_MAX = 10_000
"""How much later than its neighbours a line may be written and still be seen when following."""

FUNCTION_PREFIX = "/aws/lambda/"


class NoSuchGroup(Exception):
    """The log group does not exist."""


def print_logs(client: Any, group: str | None, follow: bool) -> None:
    """Print every line there is; with ``follow`` never return."""
    printed: set[str] = set()
    start_ms = 0
    pause = threading.Event()  # never set: its wait is an interruptible pause
    while True:
        events = sorted(_events(client, _groups(client, group), start_ms), key=_order)
        for event in events:
            if event["eventId"] not in printed:
                _print_event(event, show_group=group is None)
        if not follow:
            return
        if events:
            start_ms = max(start_ms, events[-1]["timestamp"] - LATE_MS_MAX)
            printed = {event["eventId"] for event in events}
        pause.wait(POLL_S)


def _order(event: dict[str, Any]) -> tuple[int, str]:
    return event["timestamp"], event["eventId"]


def _groups(client: Any, group: str | None) -> list[str]:
    """All groups, or the one with this name, or that of the function with this name."""
    if group is None:
        return [g["logGroupName"] for g in _pages(client, "describe_log_groups", "logGroups")]
    for name in (group, FUNCTION_PREFIX + group):
        found = client.describe_log_groups(logGroupNamePrefix=name, limit=1)["logGroups"]
        if found and found[0]["logGroupName"] == name:
            return [name]
    raise NoSuchGroup(f"there is no log group {group}, nor {FUNCTION_PREFIX}{group}")


def _events(client: Any, groups: list[str], start_ms: int) -> Iterator[dict[str, Any]]:
    for name in groups:
        try:
            for event in _pages(client, "filter_log_events", "events", logGroupName=name, startTime=start_ms):
                yield {**event, "group": name}
        except client.exceptions.ResourceNotFoundException:
            continue  # deleted since it was listed


def _pages(client: Any, operation: str, key: str, **parameters: Any) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(operation).paginate(**parameters):
        yield from page.get(key, [])


def _print_event(event: dict[str, Any], *, show_group: bool) -> None:
    line = Text(printing.clock_time(event["timestamp"]), style="dim")
    if show_group:
        line.append(f" {event['group'].removeprefix(FUNCTION_PREFIX)}", style="cyan")
    line.append(f" {event['message'].rstrip()}", style="default")
    printing.out.print(line)
