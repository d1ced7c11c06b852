"""JSON that can be written again as it was read."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.lang.plain_json import DEPTH_MAX, read_json

LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(VALUES)
def test_what_is_read_can_be_stored(value):
    read = read_json(json.dumps(value))
    assert orjson.loads(orjson.dumps(read)) == read


@given(VALUES)
def test_what_has_numbers_of_64_bits_is_read_as_it_is(value):
    if "e" not in json.dumps(value) and all(len(part) < 18 for part in json.dumps(value).split(",")):
        assert read_json(json.dumps(value)) == value


@pytest.mark.parametrize(
    "text",
    ["NaN", "-Infinity", "1e999", "9" * 1_001, '"\\udc00"', '{"\\ud800": 1}', "[" * 201 + "]" * 201, "{", ""],
)
def test_what_cannot_be_stored_is_refused(text):
    with pytest.raises(ValueError, match=r"\w"):
        read_json(text)


def test_brackets_in_texts_are_no_levels():
    text = json.dumps(["[" * 1_000])
    assert read_json(text) == ["[" * 1_000]


def test_the_deepest_value_can_be_stored_within_others():
    deep = read_json("[" * DEPTH_MAX + "]" * DEPTH_MAX)
    assert orjson.dumps({"a": [[[deep]]]})
