"""How two executions differ, as people see it."""

from sundog.cli.replay import compare, compare_ends, shorten
from sundog.services.stepfunctions.visits import read_visits


def visits(*states):
    """Of (name, output) after each other."""
    events = []
    for name, output in states:
        before = len(events)
        details = {"stateEnteredEventDetails": {"name": name, "input": "{}"}}
        events.append({"type": "PassStateEntered", "previousEventId": before, **details})
        details = {"stateExitedEventDetails": {"name": name, "output": output}}
        events.append({"type": "PassStateExited", "previousEventId": before + 1, **details})
    return read_visits([{"id": n, "timestamp": n, **event} for n, event in enumerate(events, 1)])


def lines(before, after):
    return [line.plain.rstrip() for line in compare(visits(*before), visits(*after))]


def test_what_is_the_same_is_one_line_for_each_state():
    assert lines([("A", "1"), ("B", "2")], [("A", "1"), ("B", "2")]) == ["= A  Pass", "= B  Pass"]


def test_another_output_is_shown_below_its_state():
    assert lines([("A", "1")], [("A", "2")]) == ["~ A  Pass", "      output - 1", "      output + 2"]


def test_another_way_is_what_was_left_out_and_what_came_instead():
    assert lines([("A", "1"), ("B", "2")], [("A", "1"), ("C", "3")]) == [
        "= A  Pass",
        "- B  Pass",
        "+ C  Pass",
        "      output + 3",
    ]


def test_of_many_states_that_are_the_same_some_are_shown():
    states = [(f"S{n}", "1") for n in range(20)]
    shown = [
        line.plain for line in shorten(compare(visits(*states, ("A", "1")), visits(*states, ("B", "1"))))
    ]
    assert shown[:4] == ["= S0  Pass", "= S1  Pass", "= S2  Pass", "= ... 14 more as before"]
    assert shown[4:7] == ["= S17  Pass", "= S18  Pass", "= S19  Pass"]
    assert shown[7:9] == ["- A  Pass", "+ B  Pass"]


def test_the_ends_are_compared_too():
    first, second = {"status": "FAILED", "error": "Odd"}, {"status": "SUCCEEDED", "output": "1"}
    assert [line.plain for line in compare_ends(first, second)] == [
        "~ SUCCEEDED",
        "      status - FAILED",
        "      status + SUCCEEDED",
        "      error - Odd",
        "      output + 1",
    ]
