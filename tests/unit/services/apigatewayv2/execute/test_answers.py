"""What functions answer: every shape is an answer or a bad one, nothing else."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.services.apigatewayv2.execute.answers import BadAnswer, read_answer

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1_000, 1_000) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "statusCode": JSON,
        "headers": JSON,
        "multiValueHeaders": JSON,
        "cookies": JSON,
        "body": JSON,
        "isBase64Encoded": JSON,
    },
)


@given(st.sampled_from(["1.0", "2.0"]), JSON | MEMBERS)
def test_any_answer_is_http_or_bad(version, value):
    try:
        answer = read_answer(version, orjson.dumps(value))
    except BadAnswer as bad:
        assert str(bad)
        return
    assert 100 <= answer.status <= 599
    for name, text in answer.pairs:
        assert name and not set("\r\n\0") & set(name + text)


@given(JSON.filter(lambda value: not isinstance(value, dict) or "statusCode" not in value))
def test_format_2_makes_anything_without_a_status_the_body(value):
    answer = read_answer("2.0", orjson.dumps(value))
    assert (answer.status, answer.pairs) == (200, (("content-type", "application/json"),))
    assert answer.body == (value.encode() if isinstance(value, str) else orjson.dumps(value))


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_what_is_no_json_is_bad(version):
    with pytest.raises(BadAnswer):
        read_answer(version, b"<html>")


def test_format_1_takes_many_values_before_one():
    answer = read_answer(
        "1.0",
        orjson.dumps(
            {
                "statusCode": 200,
                "headers": {"X-A": "single", "X-B": True},
                "multiValueHeaders": {"x-a": ["1", "2"], "set-cookie": ["a=1", "b=2"]},
            }
        ),
    )
    assert ("x-a", "single") not in answer.pairs
    assert [text for name, text in answer.pairs if name == "x-a"] == ["1", "2"]
    assert [text for name, text in answer.pairs if name == "set-cookie"] == ["a=1", "b=2"]
    assert ("x-b", "true") in answer.pairs
