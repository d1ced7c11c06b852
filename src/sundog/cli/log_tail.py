"""``sundog logs``: the lines of log groups, oldest first, and on as they come."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError
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
    if group is None:
        return [g["logGroupName"] for g in _pages(client, "describe_log_groups", "logGroups")]
    return [group if group.startswith("/") else FUNCTION_PREFIX + group]


def _events(client: Any, groups: list[str], start_ms: int) -> Iterator[dict[str, Any]]:
    for name in groups:
        try:
            for event in _pages(client, "filter_log_events", "events", logGroupName=name, startTime=start_ms):
                yield {**event, "group": name}
        except ClientError as error:
            raise NoSuchGroup(f"{name}: {error.response['Error']['Message']}") from error


def _pages(client: Any, operation: str, key: str, **parameters: Any) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(operation).paginate(**parameters):
        yield from page.get(key, [])


def _print_event(event: dict[str, Any], *, show_group: bool) -> None:
    line = Text(printing.clock_time(event["timestamp"]), style="dim")
    if show_group:
        line.append(f" {event['group'].removeprefix(FUNCTION_PREFIX)}", style="cyan")
    line.append(f" {event['message'].rstrip()}", style="default")
    printing.out.print(line)
