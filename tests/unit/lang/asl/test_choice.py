"""Choice rules in JSONPath."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.ids import SeededIds
from sundog.lang.asl import parse_state
from sundog.lang.asl.choice import compile_wildcards
from sundog.lang.evaluation import Environment, EvaluationFailed

DATA = {
    "n": 5,
    "f": 5.0,
    "s": "beta",
    "t": "2024-01-01T12:00:00Z",
    "later": "2024-01-01T14:00:00+01:00",
    "b": True,
    "none": None,
}


def holds(rule, data=None):
    choice = {"Type": "Choice", "Choices": [rule | {"Next": "X"}]}
    parsed = parse_state(json.dumps(choice))
    assert parsed.diagnostics == ()
    env = Environment(DATA if data is None else data, {}, {}, SeededIds(1), 0)
    return parsed.state.work.rules[0].condition.read(env)


def on(variable, **test):
    return {"Variable": f"$.{variable}", **test}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (on("n", NumericEquals=5.0), True),
        (on("n", NumericLessThan=5), False),
        (on("n", NumericGreaterThanEqualsPath="$.f"), True),
        (on("s", NumericEquals=5), False),
        (on("b", NumericEquals=1), False),
        (on("s", StringLessThan="c"), True),
        (on("s", StringEqualsPath="$.t"), False),
        (on("s", StringMatches="b*a"), True),
        (on("b", BooleanEquals=True), True),
        (on("n", BooleanEquals=True), False),
        (on("t", TimestampLessThanPath="$.later"), True),
        (on("t", TimestampEquals="2024-01-01T13:00:00+01:00"), True),
        (on("s", TimestampEquals="2024-01-01T13:00:00Z"), False),
        (on("none", IsNull=True), True),
        (on("n", IsNumeric=False), False),
        (on("t", IsTimestamp=True), True),
        (on("s", IsTimestamp=False), True),
        (on("nothing", IsPresent=False), True),
        ({"Not": on("n", NumericEquals=5)}, False),
        ({"And": [on("n", IsNumeric=True), on("s", IsString=True)]}, True),
        ({"Or": [on("n", IsString=True), {"Not": on("b", BooleanEquals=False)}]}, True),
    ],
)
def test_a_rule_holds_or_not(rule, expected):
    assert holds(rule) is expected


def test_a_variable_that_is_not_there_fails_the_state_unless_its_presence_is_asked():
    with pytest.raises(EvaluationFailed) as failed:
        holds(on("nothing", StringEquals="x"))
    assert failed.value.cause == (
        "Invalid path '$.nothing': The choice state's condition path references an invalid value."
    )


def test_and_looks_no_further_than_it_must():
    assert holds({"And": [on("nothing", IsPresent=True), on("nothing", IsNull=False)]}) is False


@given(st.integers(-5, 5), st.integers(-5, 5))
def test_orders_agree_with_each_other(left, right):
    data = {"n": left}

    def test(order):
        return holds(on("n", **{f"Numeric{order}": right}), data)

    assert test("LessThanEquals") == (test("LessThan") or test("Equals")) == (not test("GreaterThan"))


@given(st.text("ab*\\", max_size=6))
def test_an_escaped_pattern_matches_its_own_text_only(text):
    escaped = text.replace("\\", "\\\\").replace("*", "\\*")
    assert compile_wildcards(escaped).fullmatch(text)
    assert not compile_wildcards(escaped).fullmatch(text + "a")


@pytest.mark.parametrize(
    "rule", [{}, {"Variable": "$.a"}, {"Variable": "$.a", "StringEquals": "x", "IsNull": True}, {"And": []}]
)
def test_a_rule_without_exactly_one_test_is_refused(rule):
    parsed = parse_state(json.dumps({"Type": "Choice", "Choices": [rule | {"Next": "X"}]}))
    assert parsed.state is None
