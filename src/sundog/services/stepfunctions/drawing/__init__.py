"""An execution as a picture: the states of its machine, coloured by outcome, with the way it took.

`layers` places boxes and arrows of any graph, `picture` makes a graph of a machine and what was visited,
`svg` writes it. All pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from sundog.lang.asl import StateMachine
from sundog.services.stepfunctions.drawing.picture import draw_flow
from sundog.services.stepfunctions.drawing.svg import write_svg
from sundog.services.stepfunctions.visits import Visit

__all__ = ["draw_execution"]


def draw_execution(machine: StateMachine, visits: Sequence[Visit], title: str, now_ms: int) -> str:
    """The SVG document. ``now_ms`` is how far states under way have come."""
    return write_svg(draw_flow(machine.flow, visits, now_ms), title)
