"""Boxes of a directed graph in layers, arrows downwards, as few crossings as a few sweeps find.

The way of Sugiyama: edges that lead back are turned round, a box's layer is the longest way to it, edges
that pass layers get a narrow place in each, layers are ordered by where their neighbours are, and boxes
moved under their neighbours as far as their order allows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeVar

Size = tuple[float, float]
Point = tuple[float, float]
Node = TypeVar("Node", bound=Hashable)

GAP_X: Final = 28.0
GAP_Y: Final = 38.0
LANE: Final = 14.0
"""The width of an edge that passes a layer."""

SWEEPS: Final = 6
LANES_MAX: Final = 20_000
"""Beyond this, edges go straight through what is in their way."""


@dataclass(frozen=True, slots=True)
class Placed:
    """``corners`` are the upper left ones; ``ways`` the points an edge goes through, by its ends."""

    size: Size
    corners: Mapping[Hashable, Point]
    ways: Mapping[tuple[Hashable, Hashable], Sequence[Point]]


@dataclass(frozen=True, slots=True)
class _Lane:
    edge: tuple[Hashable, Hashable]
    layer: int


def place(sizes: Mapping[Hashable, Size], edges: Sequence[tuple[Hashable, Hashable]]) -> Placed:
    """The first of ``sizes`` is where the graph begins."""
    unique = list(dict.fromkeys(edge for edge in edges if edge[0] != edge[1]))
    back = _leading_back(list(sizes), unique)
    forward = [edge for edge in unique if edge not in back]
    layer_of = _layers(list(sizes), forward)
    chains = _chains(unique, back, layer_of)
    layers = _members(sizes, layer_of, chains)
    neighbours = _neighbours(chains, back)
    for _ in range(SWEEPS):
        _order(layers, neighbours)
    widths = {node: size[0] for node, size in sizes.items()}
    middles = _middles(layers, neighbours, widths)
    return _coordinates(sizes, layers, middles, chains, back)


def _leading_back(nodes: Sequence[Hashable], edges: Sequence[tuple[Hashable, Hashable]]) -> set[object]:
    """Edges to a node that is on the way to their beginning."""
    followers: dict[Hashable, list[Hashable]] = defaultdict(list)
    for begin, end in edges:
        followers[begin].append(end)
    back: set[object] = set()
    done: set[Hashable] = set()
    for root in nodes:
        if root in done:
            continue
        way, on_way = [(root, iter(followers[root]))], {root}
        while way:
            node, rest = way[-1]
            following = next(rest, None)
            if following is None:
                way.pop()
                on_way.discard(node)
                done.add(node)
            elif following in on_way:
                back.add((node, following))
            elif following not in done:
                way.append((following, iter(followers[following])))
                on_way.add(following)
    return back


def _layers(nodes: Sequence[Hashable], forward: Sequence[tuple[Hashable, Hashable]]) -> dict[Hashable, int]:
    """The longest way from a beginning."""
    followers: dict[Hashable, list[Hashable]] = defaultdict(list)
    missing = dict.fromkeys(nodes, 0)
    for begin, end in forward:
        followers[begin].append(end)
        missing[end] += 1
    layer = dict.fromkeys(nodes, 0)
    free = [node for node in nodes if not missing[node]]
    for node in free:
        for end in followers[node]:
            layer[end] = max(layer[end], layer[node] + 1)
            missing[end] -= 1
            if not missing[end]:
                free.append(end)
    return layer


def _chains(
    edges: Sequence[tuple[Hashable, Hashable]], back: set[object], layer: Mapping[Hashable, int]
) -> dict[tuple[Hashable, Hashable], list[_Lane]]:
    """The lanes of each edge from top to bottom; one that leads back has one beside its ends too."""
    chains = {}
    count = 0
    for edge in edges:
        first, last = layer[edge[0]] + 1, layer[edge[1]]
        if edge in back:
            first, last = layer[edge[1]], layer[edge[0]] + 1
        count += max(0, last - first)
        lanes = range(first, last) if count <= LANES_MAX or edge in back else ()
        chains[edge] = [_Lane(edge, each) for each in lanes]
    return chains


def _members(
    sizes: Mapping[Hashable, Size],
    layer: Mapping[Hashable, int],
    chains: Mapping[tuple[Hashable, Hashable], Sequence[_Lane]],
) -> list[list[Hashable]]:
    layers: list[list[Hashable]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for node in sizes:
        layers[layer[node]].append(node)
    for lane in (each for chain in chains.values() for each in chain):
        layers[lane.layer].append(lane)
    return layers


def _neighbours(
    chains: Mapping[tuple[Hashable, Hashable], Sequence[_Lane]], back: set[object]
) -> dict[Hashable, list[Hashable]]:
    """Who is drawn towards whom."""
    found: dict[Hashable, list[Hashable]] = defaultdict(list)
    for (begin, end), chain in chains.items():
        is_back = (begin, end) in back
        line: list[Hashable] = list(chain) if is_back else [begin, *chain, end]
        for one, other in pairwise(line):
            found[one].append(other)
            found[other].append(one)
        if is_back:  # beside its ends, which need not care
            found[chain[0]].append(end)
            found[chain[-1]].append(begin)
    return found


def _order(layers: list[list[Hashable]], neighbours: Mapping[Hashable, Sequence[Hashable]]) -> None:
    """One sweep down and one up."""
    position = {node: i - len(row) / 2 for row in layers for i, node in enumerate(row)}
    for row in (*layers, *reversed(layers)):
        row.sort(key=lambda node: _mean(node, neighbours, position))
        position.update((node, i - len(row) / 2) for i, node in enumerate(row))


def _mean(
    node: Hashable, neighbours: Mapping[Hashable, Sequence[Hashable]], position: Mapping[Hashable, float]
) -> float:
    near = neighbours.get(node, ())
    return sum(position[each] for each in near) / len(near) if near else position[node]


def _middles(
    layers: Sequence[Sequence[Hashable]],
    neighbours: Mapping[Hashable, Sequence[Hashable]],
    widths: Mapping[Hashable, float],
) -> dict[Hashable, float]:
    """The x of every box's middle."""
    middles: dict[Hashable, float] = {}
    for row in layers:
        middles.update(_apart(row, [0.0] * len(row), widths))
    for _ in range(SWEEPS):
        for row in (*layers, *reversed(layers)):
            middles.update(_apart(row, [_mean(node, neighbours, middles) for node in row], widths))
    return middles


def _apart(
    row: Sequence[Hashable], wanted: Sequence[float], widths: Mapping[Hashable, float]
) -> dict[Hashable, float]:
    """As near to what is wanted as can be without overlap: pooled where they would meet."""
    offsets, at = [], 0.0
    for before, node in zip((None, *row), row, strict=False):
        if before is not None:
            at += (widths.get(before, LANE) + widths.get(node, LANE)) / 2 + GAP_X
        offsets.append(at)
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        total, count = want - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            more, others = pools.pop()
            total, count = total + more, count + others
        pools.append((total, count))
    shifts = [total / count for total, count in pools for _ in range(count)]
    return {node: shift + offset for node, shift, offset in zip(row, shifts, offsets, strict=True)}


def _coordinates(
    sizes: Mapping[Hashable, Size],
    layers: Sequence[Sequence[Hashable]],
    middles: Mapping[Hashable, float],
    chains: Mapping[tuple[Hashable, Hashable], Sequence[_Lane]],
    back: set[object],
) -> Placed:
    left = min((middles[n] - sizes.get(n, (LANE, 0))[0] / 2 for row in layers for n in row), default=0.0)
    right = max((middles[n] + sizes.get(n, (LANE, 0))[0] / 2 for row in layers for n in row), default=0.0)
    tops, heights, y = [], [], 0.0
    for row in layers:
        tops.append(y)
        heights.append(max((sizes[node][1] for node in row if node in sizes), default=0.0))
        y += heights[-1] + GAP_Y
    corners: dict[Hashable, Point] = {}
    feet: dict[Hashable, float] = {}
    for number, row in enumerate(layers):
        for node in (each for each in row if each in sizes):
            width = sizes[node][0]
            corners[node] = middles[node] - width / 2 - left, tops[number]
            feet[node] = tops[number] + heights[number]
    ways = {}
    for edge, chain in chains.items():
        lanes = [(middles[lane] - left, tops[lane.layer], heights[lane.layer]) for lane in chain]
        if edge in back:
            ways[edge] = _back_way(sizes, corners, edge, lanes)
        else:
            way = [point for x, top, height in lanes for point in ((x, top), (x, top + height))]
            ways[edge] = _way(sizes, corners, edge, feet[edge[0]], way)
    return Placed((right - left, max(0.0, y - GAP_Y)), corners, ways)


def _way(
    sizes: Mapping[Hashable, Size],
    corners: Mapping[Hashable, Point],
    edge: tuple[Hashable, Hashable],
    foot: float,
    lanes: Sequence[Point],
) -> list[Point]:
    """From the foot of one box past its layer (``foot``) and through its lanes to the head of the other."""
    (x, y), (width, height) = corners[edge[0]], sizes[edge[0]]
    (to_x, to_y), (to_width, _) = corners[edge[1]], sizes[edge[1]]
    middle = x + width / 2
    past = [(middle, foot)] if foot > y + height else []
    return [(middle, y + height), *past, *lanes, (to_x + to_width / 2, to_y)]


def _back_way(
    sizes: Mapping[Hashable, Size],
    corners: Mapping[Hashable, Point],
    edge: tuple[Hashable, Hashable],
    lanes: Sequence[tuple[float, float, float]],
) -> list[Point]:
    """From the side of the lower box up its lanes to the side of the upper one."""
    points: list[Point] = []
    for node, (lane_x, _, _) in ((edge[0], lanes[-1]), (edge[1], lanes[0])):
        (x, y), (width, height) = corners[node], sizes[node]
        points.append((x + width if lane_x > x + width / 2 else x, y + height / 2))
    (first_x, first_top, first_height), (last_x, last_top, _) = lanes[0], lanes[-1]
    up = [point for x, top, height in reversed(lanes[1:-1]) for point in ((x, top + height), (x, top))]
    begin = [points[0], (last_x, points[0][1]), (last_x, last_top)]
    return [*begin, *up, (first_x, first_top + first_height), (first_x, points[1][1]), points[1]]
