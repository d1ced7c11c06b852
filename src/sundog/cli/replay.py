"""``sundog sfn replay``: an execution done again from an event on, and how the two differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from pathlib import Path
from threading import Event
from typing import Any, Final
from urllib.parse import quote

from rich.text import Text

from sundog.cli.execution import client_of, read_history
from sundog.cli.remote import Remote
from sundog.services.stepfunctions.visits import Visit, read_visits

LOOK_S: Final = 0.05
_SHOWN_LENGTH_MAX: Final = 400
_SAME_SHOWN: Final = 3


class CannotReplay(Exception):
    """The text is the server's, or says which file cannot be read."""


def replay(
    remote: Remote, arn: str, event_id: int, definition: Path | None, given: Path | None, wait_s: float
) -> Iterator[Text]:
    """Begin the new execution, wait for its end, and say what is other in it. Raises `CannotReplay`."""
    asked: dict[str, Any] = {"from": event_id}
    for member, path in (("definition", definition), ("input", given)):
        if path is not None:
            asked[member] = _text_of(path)
    client = client_of(remote, arn)
    answer = remote.post(f"/_sundog/executions/{quote(arn)}/replay", asked)
    if "error" in answer:
        raise CannotReplay(answer["error"])
    new_arn = answer["executionArn"]
    yield Text(f"{new_arn}", style="bold")
    kept = f"after {answer['keptEvents']} events of the first"
    yield Text(f"  goes on with {answer['state']} {kept}", style="dim")
    ended = _await_end(client, new_arn, wait_s)
    if ended["status"] == "RUNNING":
        yield Text(f"  still runs after {wait_s:g} s; what there is so far:", style="yellow")
    first = client.describe_execution(executionArn=arn)
    old, new = (read_visits(read_history(client, each)) for each in (arn, new_arn))
    yield from shorten(compare(old, new))
    yield from compare_ends(first, ended)


def _text_of(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotReplay(f"{path} cannot be read: {error}") from error


def _await_end(client: Any, arn: str, wait_s: float) -> Mapping[str, Any]:
    execution: Mapping[str, Any] = client.describe_execution(executionArn=arn)
    looks, pause = int(wait_s / LOOK_S), Event()
    while execution["status"] == "RUNNING" and looks:
        pause.wait(LOOK_S)
        execution, looks = client.describe_execution(executionArn=arn), looks - 1
    return execution


def compare(before: Sequence[Visit], after: Sequence[Visit]) -> Iterator[Text]:
    """A line for each stay in a state: in both, in the first only, in the second only; and what changed."""
    matcher = SequenceMatcher(None, [_key(v) for v in before], [_key(v) for v in after], autojunk=False)
    for kind, begin, end, new_begin, new_end in matcher.get_opcodes():
        if kind == "equal":
            for old, new in zip(before[begin:end], after[new_begin:new_end], strict=True):
                yield from _both(old, new)
            continue
        for old in before[begin:end]:
            yield Text(f"- {_where(old)}", style="red")
        for new in after[new_begin:new_end]:
            yield Text(f"+ {_where(new)}", style="green")
            yield from _changed("output", None, new.output)


def shorten(lines: Iterable[Text]) -> Iterator[Text]:
    """Of many states in a row that are the same, the first and the last ones."""
    for is_same, group in groupby(lines, lambda line: line.plain.startswith("=")):
        found = list(group)
        more = len(found) - 2 * _SAME_SHOWN
        if not is_same or more <= 1:
            yield from found
            continue
        yield from found[:_SAME_SHOWN]
        yield Text(f"= ... {more:,} more as before", style="dim")
        yield from found[-_SAME_SHOWN:]


def compare_ends(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[Text]:
    """How the executions ended."""
    is_same = first["status"] == second["status"]
    yield Text(f"{'=' if is_same else '~'} {second['status']}", style="bold" if is_same else "bold yellow")
    for member in ("status", "error", "cause", "output"):
        yield from _changed(member, first.get(member), second.get(member))


def _key(visit: Visit) -> tuple[int, str, int | None]:
    return visit.depth, visit.name, visit.iteration


def _both(old: Visit, new: Visit) -> Iterator[Text]:
    lines = [
        line
        for name in ("input", "output", "outcome")
        for line in _changed(name, getattr(old, name), getattr(new, name))
    ]
    yield Text(f"{'~' if lines else '='} {_where(new)}", style="yellow" if lines else "dim")
    yield from lines


def _changed(name: str, old: Any, new: Any) -> Iterator[Text]:
    if old == new:
        return
    if old is not None:
        yield Text(f"      {name} - {_short(old)}", style="red")
    if new is not None:
        yield Text(f"      {name} + {_short(new)}", style="green")


def _where(visit: Visit) -> str:
    item = "" if visit.iteration is None else f"  item {visit.iteration}"
    outcome = "" if visit.outcome == "SUCCEEDED" else f"  {visit.outcome.lower()}"
    return f"{'  ' * visit.depth}{visit.name}  {visit.kind}{item}{outcome}"


def _short(text: str) -> str:
    return (
        text
        if len(text) <= _SHOWN_LENGTH_MAX
        else f"{text[:_SHOWN_LENGTH_MAX]}... ({len(text):,} characters)"
    )
