"""Places in a definition: the way to a flow inside states, as state name and branch, from the outside in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sundog.lang.asl import Flow, Map, Parallel


def flow_at(flow: Flow, place: Sequence[Any]) -> Flow:
    for name, branch in zip(place[::2], place[1::2], strict=True):
        work = flow.states[name].work
        assert isinstance(work, Parallel | Map), "only these have flows inside"
        flow = work.branches[branch] if isinstance(work, Parallel) else work.processor
    return flow
