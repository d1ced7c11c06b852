"""Answers of functions behind proxies, whatever they hold."""

import contextlib

import orjson
from hypothesis import given
from hypothesis import strategies as st

from sundog.services.apigateway.execute.media import BinaryTypes
from sundog.services.apigateway.execute.proxy_messages import Malformed, read_answer

NAMES = st.sampled_from(["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded", "other"])
SCALARS = st.none() | st.booleans() | st.integers(-5, 700) | st.floats(allow_nan=False) | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.dictionaries(NAMES, VALUES) | VALUES)
def test_an_answer_is_a_response_or_malformed(answer):
    with contextlib.suppress(Malformed):
        response = read_answer(orjson.dumps(answer), BinaryTypes(()), None)
        assert 100 <= response.status <= 599
        assert all(isinstance(value, str) for _, value in response.pairs)


@given(st.binary(max_size=50))
def test_bytes_are_a_response_or_malformed(payload):
    with contextlib.suppress(Malformed):
        read_answer(payload, BinaryTypes(("*/*",)), "image/png")
