"""What holds for every value an expression meets."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from sundog.ids import SeededIds
from sundog.lang.evaluation import Environment, EvaluationFailed
from sundog.lang.jsonata import compile_expression, compile_template

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text("abc é", max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)
SAME = compile_expression("$states.input", "Output")
CALLS = [
    compile_expression(text, "Output")
    for text in (
        "$partition($states.input, $states.input)",
        "$range($states.input, 3, 1)",
        "$hash($states.input, $states.input)",
        "$parse($states.input)",
        "$random($states.input)",
        "$uuid()",
    )
]


def env(value):
    return Environment(value, {}, {}, SeededIds(1), 0)


@given(JSON)
def test_the_input_comes_through_as_it_is(value):
    assert json.dumps(SAME.read(env(value))) == json.dumps(value)


@given(JSON)
def test_a_template_without_expressions_is_its_own_value(value):
    template = compile_template(value, "Output")
    assert template.expressions == ()
    assert template.read(env(None)) == value


@given(st.sampled_from(CALLS), JSON)
def test_any_argument_gives_a_value_or_a_failure_of_aws(expression, value):
    try:
        expression.read(env(value))
    except EvaluationFailed as failed:
        assert failed.error == "States.QueryEvaluationError"
