"""A picture as an SVG document that needs nothing else: no scripts, no fonts, no other files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from sundog.services.stepfunctions.drawing.layers import Point
from sundog.services.stepfunctions.drawing.picture import DOT, Arrow, Box, Picture

MARGIN: Final = 24.0
TITLE: Final = 30.0
NOT_TAKEN: Final = "#b6bec9"
TAKEN: Final = "#1f2a37"
_COLOURS: Final = {
    "SUCCEEDED": ("#e3f4e6", "#2e9e4f"),
    "RUNNING": ("#e2eefb", "#2374c6"),
    "FAILED": ("#fbe3e2", "#c8312b"),
    "CAUGHT": ("#fdefd9", "#d4830c"),
    "ABORTED": ("#eeeeee", "#7a828c"),
    "": ("#ffffff", NOT_TAKEN),
}
"""Of the inside and the border of a box, by outcome."""

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_svg(picture: Picture, title: str) -> str:
    width = max(picture.size[0] + 2 * MARGIN, 7.5 * len(title) + 2 * MARGIN)
    height = picture.size[1] + 2 * MARGIN + TITLE
    left = (width - picture.size[0]) / 2
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="Helvetica, Arial, sans-serif">',
        f"<title>{_text(title)}</title>",
        *(_marker("taken", TAKEN), _marker("not-taken", NOT_TAKEN)),
        '<rect width="100%" height="100%" fill="#fbfcfd"/>',
        f'<text x="{MARGIN:.0f}" y="{MARGIN + 6:.0f}" font-size="14" fill="{TAKEN}">{_text(title)}</text>',
        *_picture(picture, left, MARGIN + TITLE),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _marker(id: str, colour: str) -> str:
    shape = f'<path d="M0 0L8 4L0 8Z" fill="{colour}"/>'
    size = 'markerWidth="8" markerHeight="8" refX="7.5" refY="4" markerUnits="userSpaceOnUse"'
    return f'<marker id="{id}" {size} orient="auto">{shape}</marker>'


def _picture(picture: Picture, x: float, y: float) -> Iterator[str]:
    yield f'<g transform="translate({x:.1f} {y:.1f})">'
    for box in picture.boxes:
        yield from _box(box)
    for arrow in sorted(picture.arrows, key=lambda arrow: arrow.is_taken):
        yield _arrow(arrow)
    for (dot_x, dot_y), said in picture.dots:
        yield f'<circle cx="{dot_x:.1f}" cy="{dot_y:.1f}" r="{DOT / 2:.1f}" fill="{TAKEN}"/>'
        mark = f"M{dot_x - 3:.1f} {dot_y - 5:.1f}l8 5l-8 5z"
        if said == "end":
            mark = f"M{dot_x - 4:.1f} {dot_y - 4:.1f}h8v8h-8z"
        yield f'<path d="{mark}" fill="#ffffff"/>'
    yield "</g>"


def _box(box: Box) -> Iterator[str]:
    (x, y), (width, height) = box.corner, box.size
    fill, border = _COLOURS[box.outcome]
    dashes = "" if box.outcome else ' stroke-dasharray="4 3"'
    middle = x + width / 2
    yield f'<g data-state="{_text(box.name)}" data-outcome="{box.outcome}"><title>{_text(box.hint)}</title>'
    yield (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="6" fill="{fill}" '
        f'fill-opacity="{0.45 if box.insides else 1}" stroke="{border}" stroke-width="1.6"{dashes}/>'
    )
    yield _label(middle, y + 19, 13, TAKEN, box.label)
    yield _label(middle, y + 36, 10.5, "#5b6673", box.note)
    for (inner_x, inner_y), picture in box.insides:
        yield from _picture(picture, x + inner_x, y + inner_y)
    yield "</g>"


def _label(x: float, y: float, size: float, colour: str, text: str) -> str:
    where = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="middle"'
    return f"<text {where}>{_text(text)}</text>"


def _arrow(arrow: Arrow) -> str:
    colour, width, marker = (TAKEN, 2.2, "taken") if arrow.is_taken else (NOT_TAKEN, 1.4, "not-taken")
    dashes = ' stroke-dasharray="5 4"' if arrow.is_catch else ""
    hint = f"<title>{_text(arrow.hint)}</title>" if arrow.hint else ""
    style = f'fill="none" stroke="{colour}" stroke-width="{width}"{dashes} marker-end="url(#{marker})"'
    return f'<path d="{_curve(arrow.points)}" {style}>{hint}</path>'


def _curve(points: Sequence[Point]) -> str:
    """Straight where a piece is level or upright, else a curve that leaves and arrives upright."""
    (x, y), rest = points[0], points[1:]
    drawn = f"M{x:.1f} {y:.1f}"
    for to_x, to_y in rest:
        half = (to_y - y) / 2
        if x == to_x or y == to_y:
            drawn += f"L{to_x:.1f} {to_y:.1f}"
        else:
            drawn += f"C{x:.1f} {y + half:.1f} {to_x:.1f} {to_y - half:.1f} {to_x:.1f} {to_y:.1f}"
        x, y = to_x, to_y
    return drawn


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))
