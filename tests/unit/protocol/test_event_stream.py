"""Our messages are read by botocore, every kind of header survives, and no damaged byte goes unnoticed."""

from __future__ import annotations

import contextlib
import uuid
from datetime import UTC, datetime

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from sundog.protocol.event_stream import EventMessage, EventStreamError, decode_messages, encode_message

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
)
VALUES = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.binary(max_size=20),
    st.text(st.characters(codec="utf-8"), max_size=20),
    MOMENTS,
    st.uuids(),
)
HEADERS = st.dictionaries(st.text("abc:-é", min_size=1, max_size=9), VALUES, max_size=5)


@given(st.lists(st.tuples(HEADERS, st.binary(max_size=50)), max_size=4), st.integers(1, 40))
def test_messages_survive_the_way_however_they_are_cut(messages, size):
    wire = b"".join(encode_message(headers, payload) for headers, payload in messages)
    buffer, found = bytearray(), []
    for start in range(0, len(wire), size):
        buffer += wire[start : start + size]
        found += decode_messages(buffer)
    assert found == [EventMessage(headers, payload) for headers, payload in messages]
    assert not buffer


@given(HEADERS, st.binary(max_size=50))
def test_botocore_reads_what_we_write(headers, payload):
    buffer = EventStreamBuffer()
    buffer.add_data(encode_message(headers, payload))
    (message,) = list(buffer)
    assert message.payload == payload
    assert message.headers == {name: _as_botocore_has_it(value) for name, value in headers.items()}


def _as_botocore_has_it(value):
    if isinstance(value, datetime):
        return round(value.timestamp() * 1000)
    return value.bytes if isinstance(value, uuid.UUID) else value


@given(HEADERS, st.binary(max_size=30), st.data())
def test_a_damaged_byte_is_noticed(headers, payload, data):
    wire = bytearray(encode_message(headers, payload))
    at = data.draw(st.integers(0, len(wire) - 1))
    wire[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(EventStreamError):
        list(decode_messages(wire))


@given(st.binary(max_size=100))
def test_random_bytes_raise_nothing_else(junk):
    with contextlib.suppress(EventStreamError):
        list(decode_messages(bytearray(junk)))


@pytest.mark.parametrize(
    ("headers", "payload"),
    [({"": "x"}, b""), ({"n" * 256: "x"}, b""), ({"n": "x" * 32_768}, b""), ({}, b"x" * (24 * 1024 * 1024))],
)
def test_what_does_not_fit_is_refused(headers, payload):
    with pytest.raises(EventStreamError):
        encode_message(headers, payload)
