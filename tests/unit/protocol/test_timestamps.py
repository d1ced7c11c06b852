"""Timestamps in all formats of the wire."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.protocol.malformed import Malformed
from sundog.protocol.timestamps import (
    MS_MAX,
    MS_MIN,
    parse_timestamp,
    seconds_to_ms,
    write_epoch,
    write_http_date,
    write_iso8601,
)

INSTANTS = st.integers(MS_MIN, MS_MAX)


@pytest.mark.parametrize(
    "text",
    [
        "1576540098",
        "1576540098.0",
        "1.576540098E9",
        "2019-12-16T23:48:18Z",
        "2019-12-17T00:48:18+01:00",
        "2019-12-16T23:48:18",
        "20191216T234818Z",
        "Mon, 16 Dec 2019 23:48:18 GMT",
    ],
)
def test_every_format_means_the_same_instant(text):
    assert parse_timestamp(text) == 1_576_540_098_000


def test_fractions_of_an_http_date_count():
    assert parse_timestamp("Sun, 02 Jan 2000 20:34:56.456 GMT") == 946_845_296_456


@pytest.mark.parametrize("text", ["", "soon", "nan", "inf", "1e400", "1_0", "2019-13-01", "Mon, 99 Dec 2019"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(Malformed):
        parse_timestamp(text)


@given(st.text())
def test_any_text_is_a_time_or_refused(text):
    with suppress(Malformed):
        assert isinstance(parse_timestamp(text), int)


@given(INSTANTS)
def test_iso_8601_keeps_milliseconds(ms):
    assert parse_timestamp(write_iso8601(ms)) == ms


@given(INSTANTS)
def test_epoch_seconds_keep_milliseconds(ms):
    assert seconds_to_ms(write_epoch(ms)) == ms


@given(st.integers(0, 4_102_444_800_000))
def test_http_dates_keep_seconds(ms):
    assert parse_timestamp(write_http_date(ms)) == ms - ms % 1000
