"""Why a front door answered an error of its own: what `sundog why <request id>` tells.

Only such requests leave a trace; what stands behind the door answered is no question to us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sundog.bus import Considered, Traces
from sundog.context import Context

KIND = "http"


@dataclass(frozen=True, slots=True)
class Refused:
    """Who ended the request, and why: a route, a throttle, an authorizer, an integration."""

    subject: str
    reason: str


def remember(
    ctx: Context, id: str, place: str, explain: Callable[[], list[Considered]], refused: Refused
) -> None:
    """``explain`` says of each route what kept it from the request, when somebody asks."""
    traces = ctx.part(Traces)
    traces.begin(id, KIND, place, len(place), explain)
    traces.note(id, refused.subject, "refused", reason=refused.reason)


def explain_routes(
    keys: Iterable[str], method: str, segments: list[str], chosen: str
) -> Iterable[Considered]:
    """What kept each route from the request; the chosen one first."""
    for key in sorted(keys, key=lambda key: (key != chosen, key)):
        if key == chosen:
            yield Considered(key, matched=True)
        else:
            yield Considered(
                key, False, _mismatch(key, method, segments) or f"{chosen or NEARER} goes before it"
            )


NEARER = "a path that is nearer"
"""It has been chosen, and has no such method."""


def _mismatch(key: str, method: str, segments: list[str]) -> str:
    """The first thing that does not fit; empty where everything does."""
    if key == "$default":
        return ""
    key_method, _, path = key.partition(" ")
    if key_method not in (method, "ANY"):
        return f"it is for {key_method}, not for {method}"
    parts = path.removeprefix("/").split("/")
    for number, part in enumerate(parts):
        if number == len(segments):
            return f"the path ends before {part}"
        segment = segments[number]
        if part.endswith("+}"):
            return "" if "/".join(segments[number:]) else f"there is nothing for {part}"
        if part.startswith("{"):
            if not segment:
                return f"there is nothing for {part}"
        elif part != segment:
            return f"{segment or 'nothing'} stands where it has {part or 'nothing'}"
    return "the path goes on" if len(segments) > len(parts) else ""
