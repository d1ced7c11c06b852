"""Why a payload is not JSON, in Jackson's words."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.services.lambda_.jackson import explain


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b"nope", "Unrecognized token 'nope': was expecting"),
        (b'{"a": }', "Unexpected character ('}' (code 125))"),
        (b"{", "Unexpected end-of-input"),
        (b"\xff{}", "Invalid UTF-8 start byte 0xff"),
        (b"NaN", "Unrecognized token 'NaN'"),
        (b"[" * 100_000, "nesting depth"),
    ],
)
def test_the_place_and_the_reason_are_named(payload, text):
    assert text in explain(payload)


@given(st.binary(max_size=60))
def test_every_payload_that_is_not_json_is_explained(payload):
    try:
        orjson.loads(payload)
    except orjson.JSONDecodeError:
        assert explain(payload)
