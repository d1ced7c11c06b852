"""The picture of an execution: where boxes and arrows are, and what they say."""

import json
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulation.test_executions import World, machines

from sundog.lang.asl import parse_definition
from sundog.services.stepfunctions.drawing import draw_execution
from sundog.services.stepfunctions.drawing.layers import place
from sundog.services.stepfunctions.drawing.picture import draw_flow
from sundog.services.stepfunctions.visits import read_visits

SVG = "{http://www.w3.org/2000/svg}"
GRAPHS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20)
SIZES = st.lists(st.tuples(st.integers(10, 200), st.integers(10, 99)), min_size=9, max_size=9)


def drawn(states, *events, title="t", **more):
    definition = {"StartAt": next(iter(states)), "States": states, **more}
    parsed = parse_definition(json.dumps(definition), "STANDARD")
    return ElementTree.fromstring(draw_execution(parsed.machine, read_visits(events), title, 9_000))


def boxes(svg):
    return {group.get("data-state"): group for group in svg.iter(f"{SVG}g") if group.get("data-state")}


def arrows(svg):
    """(taken, with dashes) of each."""
    paths = [path for path in svg.iter(f"{SVG}path") if path.get("marker-end")]
    return [
        (path.get("marker-end") == "url(#taken)", path.get("stroke-dasharray") is not None) for path in paths
    ]


@settings(max_examples=60)
@given(GRAPHS, SIZES)
def test_boxes_never_overlap_and_are_inside_the_picture(edges, sizes):
    placed = place(dict(enumerate(sizes)), edges)
    rects = [(x, y, x + w, y + h) for n, (w, h) in enumerate(sizes) for x, y in [placed.corners[n]]]
    for number, (left, top, right, bottom) in enumerate(rects):
        assert left >= -0.01
        assert top >= 0
        assert right <= placed.size[0] + 0.01
        assert bottom <= placed.size[1] + 0.01
        for other in rects[:number]:
            assert other[0] >= right or other[2] <= left or other[1] >= bottom or other[3] <= top


@settings(max_examples=60)
@given(GRAPHS, SIZES)
def test_every_edge_that_is_no_loop_has_a_way_from_box_to_box(edges, sizes):
    placed = place(dict(enumerate(sizes)), edges)
    assert set(placed.ways) == {edge for edge in edges if edge[0] != edge[1]}
    for (begin, end), way in placed.ways.items():
        for node, (x, y) in ((begin, way[0]), (end, way[-1])):
            (left, top), (width, height) = placed.corners[node], sizes[node]
            assert left - 0.01 <= x <= left + width + 0.01
            assert top - 0.01 <= y <= top + height + 0.01


def test_states_of_a_row_are_below_each_other():
    placed = place({"a": (50, 20), "b": (80, 20), "c": (30, 20)}, [("a", "b"), ("b", "c")])
    middles = [x + width / 2 for (x, _), width in zip(placed.corners.values(), (50, 80, 30), strict=True)]
    assert len({round(middle, 6) for middle in middles}) == 1
    assert [y for _, y in placed.corners.values()] == sorted(y for _, y in placed.corners.values())


def test_a_machine_of_thousands_of_states_is_placed_too():
    count = 3_000
    edges = [(n, n + 1) for n in range(count - 1)] + [(n, count - 1) for n in range(count - 1)]
    assert len(place(dict.fromkeys(range(count), (10, 10)), edges).corners) == count


ENTERED = {"id": 2, "type": "PassStateEntered", "previousEventId": 0, "timestamp": 0}
ENTERED |= {"stateEnteredEventDetails": {"name": "A"}}
EXITED = {"id": 3, "type": "PassStateExited", "previousEventId": 2, "timestamp": 1_500}
EXITED |= {"stateExitedEventDetails": {"name": "A"}}


def test_a_box_has_the_colour_of_its_outcome_and_says_how_long_it_took():
    svg = drawn({"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}, ENTERED, EXITED)
    assert {name: box.get("data-outcome") for name, box in boxes(svg).items()} == {"A": "SUCCEEDED", "B": ""}
    assert [text.text for text in boxes(svg)["A"].iter(f"{SVG}text")] == ["A", "Pass \u00b7 1.5 s"]


def test_a_state_under_way_is_shown_with_the_time_so_far():
    svg = drawn({"A": {"Type": "Pass", "End": True}}, ENTERED)
    assert boxes(svg)["A"].get("data-outcome") == "RUNNING"
    assert [text.text for text in boxes(svg)["A"].iter(f"{SVG}text")] == ["A", "Pass \u00b7 9.0 s"]


def test_the_way_taken_is_emphasised_and_catchers_are_dashed():
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "B"}]
    parallel = {"Type": "Parallel", "Branches": [{"StartAt": "X", "States": {"X": {"Type": "Fail"}}}]}
    svg = drawn({"A": {**parallel, "Catch": catch, "End": True}, "B": {"Type": "Succeed"}})
    assert sorted(arrows(svg)) == [(False, False), (False, False), (False, False), (False, True)]
    plain = drawn({"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}, ENTERED, EXITED)
    assert sorted(arrows(plain)) == [(False, False), (False, False), (True, False)]


def test_branches_and_iterations_are_inside_their_state():
    inner = {"StartAt": "X", "States": {"X": {"Type": "Pass", "End": True}}}
    svg = drawn({"M": {"Type": "Map", "ItemProcessor": inner, "End": True}})
    assert list(boxes(boxes(svg)["M"])) == ["M", "X"]


def test_names_that_mean_something_in_xml_are_texts():
    svg = drawn({'<a href="&">\u0001': {"Type": "Pass", "End": True}}, title="<&>")
    assert list(boxes(svg)) == ['<a href="&">\ufffd']


def test_every_machine_can_be_drawn_wherever_its_execution_stands():
    for definition, chance in list(machines(5))[:15]:
        world = World(definition, chance, forgets=False)
        _, events = world.run()
        for end in (0, len(events) // 2, len(events)):
            picture = draw_flow(world.machine.flow, read_visits(events[:end]), world.now_ms)
            assert all(value > 0 for value in picture.size)
