"""What is to be seen of an execution: nested boxes of states with outcome and time, arrows taken or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sundog.lang.asl import Choice, Flow, Map, Parallel, State, Succeed
from sundog.lang.asl.tree import Fail
from sundog.services.stepfunctions.drawing.layers import GAP_X, Placed, Point, Size, place
from sundog.services.stepfunctions.visits import Flow as Visited
from sundog.services.stepfunctions.visits import Visit

START: Final = "\0start"
END: Final = "\0end"
"""No state can be called so."""

DOT: Final = 22.0
BOX_HEIGHT: Final = 46.0
HEAD: Final = 44.0
PAD: Final = 16.0
LETTER: Final = 7.6
NAME_LENGTH_MAX: Final = 30
_WORST_FIRST: Final = ("RUNNING", "FAILED", "ABORTED", "CAUGHT", "SUCCEEDED")

Place = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A state. ``outcome`` is empty where the execution has not been."""

    corner: Point
    size: Size
    name: str
    label: str
    note: str
    outcome: str
    hint: str
    insides: tuple[tuple[Point, Picture], ...] = ()


@dataclass(frozen=True, slots=True)
class Arrow:
    points: tuple[Point, ...]
    is_taken: bool
    is_catch: bool
    hint: str


@dataclass(frozen=True, slots=True)
class Picture:
    size: Size
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    dots: tuple[tuple[Point, str], ...] = ()
    """Where the execution begins and ends: ``start`` and ``end``."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was visited, by place and name; and from where to where."""

    visits: dict[tuple[Place, str], list[Visit]]
    ways: Counter[tuple[Place, str, str]]
    now_ms: int


def draw_flow(flow: Flow, visits: Sequence[Visit], now_ms: int) -> Picture:
    """The whole machine, with dots for its begin and end."""
    return _draw(flow, (), _look(flow, visits, now_ms))


def _look(flow: Flow, visits: Sequence[Visit], now_ms: int) -> _Seen:
    seen = _Seen({}, Counter(), now_ms)
    for visit in visits:
        seen.visits.setdefault((_place(visit.flow), visit.name), []).append(visit)
    for flow_seen in dict.fromkeys(visit.flow for visit in visits):
        where, names = _place(flow_seen), [visit.name for visit in flow_seen.visits]
        last = flow_seen.visits[-1]
        over = [END] if last.kind == "Fail" or (last.outcome == "SUCCEEDED" and last.exited_id) else []
        for one, other in zip([START, *names], [*names, *over], strict=False):
            seen.ways[where, one, other] += 1
    return seen


def _place(flow: Visited) -> Place:
    if flow.parent is None:
        return ()
    branch = flow.index if flow.parent.kind == "Parallel" else 0
    return (*_place(flow.parent.flow), flow.parent.name, branch)


def _draw(flow: Flow, where: Place, seen: _Seen) -> Picture:
    insides = {name: _insides(state, where, seen) for name, state in flow.states.items()}
    sizes: dict[Any, Size] = {} if where else {START: (DOT, DOT)}
    sizes |= {name: _size(state, insides[name]) for name, state in flow.states.items()}
    sizes |= {} if where else {END: (DOT, DOT)}
    steps = [step for state in flow.states.values() for step in _steps(state)]
    steps = [step for step in steps if step[1] in sizes]
    if not where:
        steps.insert(0, (START, flow.start_at, False, ""))
    placed = place(sizes, [(begin, end) for begin, end, _, _ in steps])
    boxes = [_box(state, placed, sizes, insides, where, seen) for state in flow.states.values()]
    arrows = [
        Arrow(tuple(placed.ways[begin, end]), bool(seen.ways[where, begin, end]), is_catch, hint)
        for begin, end, is_catch, hint in _told_once(steps)
    ]
    dots = [(_middle(placed, dot), said) for dot, said in ((START, "start"), (END, "end")) if not where]
    return Picture(placed.size, tuple(boxes), tuple(arrows), tuple(dots))


def _told_once(steps: Sequence[tuple[str, str, bool, str]]) -> list[tuple[str, str, bool, str]]:
    """One arrow for all reasons to go from one state to another; none from a state to itself."""
    found: dict[tuple[str, str], tuple[bool, list[str]]] = {}
    for begin, end, is_catch, hint in steps:
        known = found.get((begin, end), (True, []))
        found[begin, end] = known[0] and is_catch, [*known[1], *([hint] if hint else [])]
    return [(a, b, is_catch, "\n".join(h)) for (a, b), (is_catch, h) in found.items() if a != b]


def _steps(state: State) -> list[tuple[str, str, bool, str]]:
    """(from, to, by a catcher, why) for each way out of the state."""
    steps: list[tuple[str, str, bool, str]] = []
    if isinstance(state.work, Choice):
        rules = enumerate(state.work.rules, 1)
        steps += [(state.name, rule.next, False, _rule(number, rule)) for number, rule in rules]
        if state.work.default is not None:
            steps.append((state.name, state.work.default, False, "Default"))
    elif state.next is not None:
        steps.append((state.name, state.next, False, ""))
    elif state.is_end or isinstance(state.work, Succeed | Fail):
        steps.append((state.name, END, False, ""))
    for catcher in state.catch:
        steps.append((state.name, catcher.next, True, f"Catch {', '.join(catcher.error_equals)}"))
    return steps


def _rule(number: int, rule: Any) -> str:
    source = rule.condition.source
    return f"Rule {number}: {source}" if isinstance(source, str) else f"Rule {number}"


def _insides(state: State, where: Place, seen: _Seen) -> list[Picture]:
    if isinstance(state.work, Parallel):
        return [_draw(flow, (*where, state.name, i), seen) for i, flow in enumerate(state.work.branches)]
    if isinstance(state.work, Map):
        return [_draw(state.work.processor, (*where, state.name, 0), seen)]
    return []


def _size(state: State, insides: Sequence[Picture]) -> Size:
    width = max(120.0, len(_label(state.name)) * LETTER + 2 * PAD)
    if not insides:
        return width, BOX_HEIGHT
    inner = sum(picture.size[0] for picture in insides) + GAP_X * (len(insides) - 1) + 2 * PAD
    return max(width, inner), HEAD + max(picture.size[1] for picture in insides) + PAD


def _box(
    state: State,
    placed: Placed,
    sizes: dict[Any, Size],
    insides: dict[str, list[Picture]],
    where: Place,
    seen: _Seen,
) -> Box:
    (width, _), inner = sizes[state.name], insides[state.name]
    total = sum(picture.size[0] for picture in inner) + GAP_X * (len(inner) - 1)
    x, positioned = (width - total) / 2, []
    for picture in inner:
        positioned.append(((x, HEAD), picture))
        x += picture.size[0] + GAP_X
    visits = seen.visits.get((where, state.name), [])
    outcomes = {visit.outcome for visit in visits}
    outcome = next((each for each in _WORST_FIRST if each in outcomes), "")
    errors = [error for visit in visits for error in visit.errors]
    hint = "\n".join([state.name, *([state.comment] if state.comment else []), *dict.fromkeys(errors)])
    note = _note(state, visits, seen.now_ms)
    corner, size = placed.corners[state.name], sizes[state.name]
    return Box(corner, size, state.name, _label(state.name), note, outcome, hint, tuple(positioned))


def _note(state: State, visits: Sequence[Visit], now_ms: int) -> str:
    """What kind of state it is, how often it was entered, and for how long."""
    is_distributed = isinstance(state.work, Map) and state.work.mode == "DISTRIBUTED"
    parts: list[str] = ["Map, distributed" if is_distributed else state.type]
    if len(visits) > 1:
        parts.append(f"{len(visits)} times")
    if visits:
        parts.append(_duration(sum(_lasted_ms(visit, now_ms) for visit in visits)))
    return " \u00b7 ".join(parts)


def _lasted_ms(visit: Visit, now_ms: int) -> int:
    return (now_ms if visit.end_ms is None else visit.end_ms) - visit.begin_ms


def _duration(ms: float) -> str:
    second, minute, hour = 1_000, 60_000, 3_600_000
    if ms < second:
        return f"{ms:.0f} ms"
    if ms < minute:
        return f"{ms / second:.1f} s"
    return f"{ms / minute:.1f} min" if ms < hour else f"{ms / hour:,.1f} h"


def _label(name: str) -> str:
    return name if len(name) <= NAME_LENGTH_MAX else name[: NAME_LENGTH_MAX - 1] + "\u2026"


def _middle(placed: Placed, node: str) -> Point:
    x, y = placed.corners[node]
    return x + DOT / 2, y + DOT / 2
