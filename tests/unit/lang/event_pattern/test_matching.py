"""What patterns match, and what an explanation says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sundog.lang.event_pattern import Dialect, Mismatch, RuleIndex, attributes_event, compile_pattern

MATCHES = [
    ({"a": [300]}, {"a": 3.0e2}, True),
    ({"a": [300]}, {"a": "300"}, False),
    ({"a": [1]}, {"a": True}, False),
    ({"a": [None]}, {"a": None}, True),
    ({"a": [None]}, {}, False),
    ({"a": [{"exists": False}]}, {"a": {"b": 1}}, True),
    ({"a": [{"exists": True}]}, {"a": []}, False),
    ({"a": {"b": [1]}}, {"a.b": 1}, True),
    ({"a": [{"anything-but": ["x"]}]}, {"a": None}, True),
    ({"a": [{"anything-but": ["x"]}]}, {}, False),
    ({"a": ["x"]}, {"a": [["y", ["x"]]]}, True),
    ({"a": [9007199254740993]}, {"a": 9007199254740992}, True),
    ({"a": [{"cidr": "10.0.0.5/24"}]}, {"a": "10.0.0.4"}, False),
    ({"a": [{"cidr": "10.0.0.5/24"}]}, {"a": "10.0.0.255"}, True),
    ({"a": ["2001:db8::1"]}, {"a": "2001:DB8:0:0:0:0:0:1"}, True),
    ({"a": ["10.0.0.1"]}, {"a": "10.0.0.1"}, True),
    ({"a": [{"wildcard": "a*b\\*c"}]}, {"a": "axxb*c"}, True),
    ({"a": [{"wildcard": "aa*aa"}]}, {"a": "aaa"}, False),
    ({"a": {"b": [1], "c": [2]}}, {"a": [{"b": 1, "c": 3}, {"b": 0, "c": 2}]}, False),
    ({"a": {"b": [1], "c": [2]}}, {"a": [{"b": 0}, {"b": 1, "c": [5, 2]}]}, True),
    ({"a": {"b": [1], "c": [{"exists": False}]}}, {"a": [{"b": 1}, {"c": 2}]}, True),
    ({"$or": [{"a": [1]}, {"b": [2]}], "c": [3]}, {"b": 2, "c": 3}, True),
    ({"$or": [{"a": [1]}, {"b": [2]}], "c": [3]}, {"b": 2, "c": 4}, False),
]


@pytest.mark.parametrize(("pattern", "event", "matches"), MATCHES)
def test_a_pattern_matches_as_aws_does(pattern: Any, event: dict[str, Any], matches: bool) -> None:
    assert compile_pattern(json.dumps(pattern)).matches(event) is matches


def test_an_explanation_names_the_field_what_was_wanted_and_what_was_there() -> None:
    pattern = compile_pattern('{"source": ["a"], "detail": {"state": ["on", {"prefix": "o"}]}}')
    event = {"source": "a", "detail": {"state": ["broken", "idle"]}}
    assert pattern.explain(event) == Mismatch(
        "detail.state", ("on", {"prefix": "o"}), ("broken", "idle"), together=False
    )
    assert pattern.explain({"source": "a"}) == Mismatch("detail.state", ("on", {"prefix": "o"}), ())


def test_an_explanation_is_of_the_alternative_that_came_closest() -> None:
    pattern = compile_pattern('{"$or": [{"a": [1], "b": [2]}, {"c": [3]}]}')
    mismatch = pattern.explain({"a": 1, "b": True})
    assert mismatch == Mismatch("b", (2,), (True,))
    assert str(mismatch) == "b: expected one of [2], found True"


def test_an_explanation_says_when_only_the_array_elements_differ() -> None:
    mismatch = compile_pattern('{"a": {"b": [1], "c": [2]}}').explain({"a": [{"b": 1}, {"c": 2}]})
    assert mismatch is not None
    assert mismatch.together


def test_adding_a_rule_again_replaces_it() -> None:
    index = RuleIndex()
    index.add("r", compile_pattern('{"a": [1]}'))
    index.add("r", compile_pattern('{"a": [2]}'))
    assert index.match({"a": 1}) == set()
    assert index.match({"a": 2}) == {"r"}
    assert len(index) == 1


def test_message_attributes_match_by_their_type() -> None:
    event = attributes_event(
        {
            "n": {"DataType": "Number", "StringValue": "300"},
            "s": {"DataType": "String", "StringValue": "300"},
            "l": {"DataType": "String.Array", "StringValue": '["x", 1]'},
            "bad": {"DataType": "String.Array", "StringValue": "['x']"},
            "b": {"DataType": "Binary", "BinaryValue": b"x"},
        }
    )
    assert event == {"n": 300.0, "s": "300", "l": ["x", 1]}
    policy = '{"n": [{"numeric": ["=", 300]}], "l": ["x"], "s": ["300"], "b": [{"exists": false}]}'
    assert compile_pattern(policy, Dialect.SNS_ATTRIBUTES).matches(event)
