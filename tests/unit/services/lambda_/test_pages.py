"""Markers of long lists."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.errors import AwsError
from sundog.services.lambda_.pages import page_size, parse_marker, with_marker


@given(st.text(max_size=20), st.integers(0, 1 << 40))
def test_a_marker_leads_back_to_its_place(name, number):
    answer = with_marker({}, (name, number))
    assert parse_marker({"Marker": answer["NextMarker"]}, "", 0) == [name, number]


def test_the_last_page_has_no_marker():
    assert with_marker({"Functions": []}, None) == {"Functions": []}


@pytest.mark.parametrize(
    "marker", ["x", "!!", base64.b64encode(b"{}").decode(), base64.b64encode(b"[1]").decode()]
)
def test_a_made_up_marker_is_refused(marker):
    with pytest.raises(AwsError) as caught:
        parse_marker({"Marker": marker}, "")
    assert caught.value.shape_name == "InvalidParameterValueException"


def test_pages_hold_50_at_most():
    assert (page_size({}), page_size({"MaxItems": 3}), page_size({"MaxItems": 10_000})) == (50, 3, 50)
