"""The 18 intrinsic functions."""

from __future__ import annotations

import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.ids import SeededIds
from sundog.lang.evaluation import Environment, EvaluationFailed
from sundog.lang.intrinsics import InvalidIntrinsic, compile_intrinsic
from sundog.lang.intrinsics.functions import FUNCTIONS
from sundog.lang.intrinsics.java_random import JavaRandom

INPUT = {"a": [1, 2, 2], "o": {"x": 1, "y": []}, "s": "text", "template": "It's {}!", "json": '{"k": [1]}'}


def call(text, given=None):
    env = Environment(INPUT if given is None else given, {"Name": "n"}, {"v": 7}, SeededIds(1), 0)
    return compile_intrinsic(text).read(env)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("States.Array('x', 1, 1.5, true, null, $.s)", ["x", 1, 1.5, True, None, "text"]),
        ("States.ArrayPartition($.a, 2)", [[1, 2], [2]]),
        ("States.ArrayContains($.a, 2)", True),
        ("States.ArrayContains($.a, true)", False),
        ("States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]),
        ("States.ArrayRange(3, 1, -1)", [3, 2, 1]),
        ("States.ArrayGetItem($.a, 1)", 2),
        ("States.ArrayLength($.a)", 3),
        ("States.ArrayUnique($.a)", [1, 2]),
        ("States.Base64Encode($.s)", "dGV4dA=="),
        ("States.Base64Decode('dGV4dA==')", "text"),
        ("States.Hash('input', 'SHA-1')", "140f86aae51ab9e1cda9b4254fe98a74eb54c1a1"),
        ("States.JsonMerge($.o, $.o, false)", {"x": 1, "y": []}),
        ("States.StringToJson($.json)", {"k": [1]}),
        ("States.StringToJson('')", None),
        ("States.JsonToString($.o)", '{"x":1,"y":[]}'),
        ("States.MathAdd(-1.5, $v)", 6),
        ("States.StringSplit('a,b;;c', ',;')", ["a", "b", "c"]),
        ("States.Format('{} and {} of {}', $.s, $.o, $$.Name)", "text and {x=1, y=[]} of n"),
        (r"States.Format('\{\} \'{}\'', null)", "{} 'null'"),
        ("States.Format($.template, 1.5)", "It's 1.5!"),
        ("States.ArrayGetItem(States.StringSplit('a-b', '-'), States.MathAdd(0, 1))", "b"),
    ],
)
def test_a_function_gives_its_value(text, expected):
    assert call(text) == expected


def test_random_numbers_and_uuids_come_from_the_ids_handed_in():
    assert uuid.UUID(call("States.UUID()")).version == 4
    assert call("States.UUID()") == call("States.UUID()")
    assert 1 <= call("States.MathRandom(1, 10)") < 10


def test_a_seed_gives_the_numbers_of_java():
    assert JavaRandom(42).fraction() == 0.7275636800328681
    assert call("States.MathRandom(1, 1000, 42)") == call("States.MathRandom(1, 1000, 42)")


@given(st.integers(-(2**31), 2**31 - 2), st.integers(1, 2**31), st.integers(-(2**31), 2**31 - 1))
def test_a_random_number_is_within_its_bounds(start, size, seed):
    end = min(start + size, 2**31 - 1)
    assert start <= call(f"States.MathRandom({start}, {end}, {seed})") < end


@pytest.mark.parametrize(
    "text",
    [
        "States.ArrayGetItem($.a, 9)",
        "States.ArrayPartition($.a, 0)",
        "States.ArrayRange(1, 1001, 1)",
        "States.ArrayRange(1, 2, 0)",
        "States.ArrayLength($.s)",
        "States.Base64Decode('?')",
        "States.Hash('x', 'CRC')",
        "States.JsonMerge($.o, $.a, false)",
        "States.JsonMerge($.o, $.o, true)",
        "States.StringToJson('{')",
        "States.MathAdd('x', 1)",
        "States.MathAdd(2147483647, 1)",
        "States.MathRandom(5, 5)",
        "States.Format('{} {}', 1)",
    ],
)
def test_wrong_arguments_fail_with_the_call_as_written(text):
    with pytest.raises(EvaluationFailed) as failed:
        call(text)
    assert failed.value.error == "States.IntrinsicFailure"
    assert failed.value.cause.startswith(f"The function '{text}' had the following error: ")


def test_texts_of_up_to_10000_characters_are_encoded_and_no_longer_ones():
    assert call("States.Base64Encode($)", "x" * 10_000)
    with pytest.raises(EvaluationFailed):
        call("States.Base64Encode($)", "x" * 10_001)


def test_a_path_that_finds_nothing_is_a_runtime_error():
    with pytest.raises(EvaluationFailed) as failed:
        call("States.Format('{}', $.nothing)", {"a": 1})
    assert failed.value.error == "States.Runtime"
    assert "'$.nothing' could not be found in the input '{\"a\":1}'" in failed.value.cause


@pytest.mark.parametrize(
    "text",
    [
        "States.Nope()",
        "States.UUID(1)",
        "States.UUID() x",
        "States.Format('x",
        "States.Array(1 2)",
        "States.Array(a)",
        "states.UUID()",
        "States.Array(" * 11 + ")" * 11,
    ],
)
def test_what_is_no_call_is_refused(text):
    with pytest.raises(InvalidIntrinsic):
        compile_intrinsic(text)


def test_the_variables_of_nested_calls_are_known():
    text = "States.MathAdd(States.MathAdd($yCurrent, $xCurrent), $bias.deep[0])"
    assert compile_intrinsic(text).variables == {"xCurrent", "yCurrent", "bias"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(FUNCTIONS)), st.lists(JSON, min_size=3, max_size=3))
def test_any_arguments_give_a_value_or_a_failure_of_aws(name, arguments):
    count = min(FUNCTIONS[name].arguments_max, 3)
    paths = ", ".join(f"$[{i}]" for i in range(count))
    try:
        json.dumps(call(f"States.{name}({paths})", arguments))
    except EvaluationFailed as failed:
        assert failed.error == "States.IntrinsicFailure"
