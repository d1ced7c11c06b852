"""ARNs, scopes, errors and identifiers."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.arn import Arn, parse_arn
from sundog.errors import AwsError, UnsupportedOperation
from sundog.ids import RandomIds, SeededIds
from sundog.scope import Scope

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
part = st.text("abc-1", min_size=1, max_size=8)


@given(part, part, st.text("0123456789", max_size=12), st.text("ab:/*", min_size=1, max_size=9))
def test_an_arn_that_is_written_reads_the_same(service, region, account, resource):
    arn = Arn(service, region, account, resource)
    assert parse_arn(str(arn)) == arn


@pytest.mark.parametrize(
    "text", ["", "arn", "arn:aws:sqs:r:a:", "urn:aws:sqs:r:a:q", "arn::sqs:r:a:q", "orders"]
)
def test_what_is_no_arn_reads_as_none(text):
    assert parse_arn(text) is None


@pytest.mark.parametrize(
    ("region", "partition"), [("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_the_partition_follows_the_region(region, partition):
    assert Arn.of("sqs", Scope("1" * 12, region), "q").partition == partition


def test_the_docstring_of_an_error_is_its_message():
    error = UnsupportedOperation(what="sqs:Fly", remedy="Walk.")
    assert error.message == str(error) == "sundog does not support sqs:Fly. Walk."
    assert error.wire_code == "UnsupportedOperation"
    assert AwsError("no").message == "no"


@pytest.mark.parametrize("ids", [RandomIds(), SeededIds(1)], ids=["random", "seeded"])
def test_identifiers_have_the_form_and_length_asked_for(ids):
    assert UUID.fullmatch(ids.uuid())
    assert re.fullmatch("[0-9a-f]{7}", ids.hex(7))
    assert re.fullmatch("[A-Z2-7]{16}", ids.upper(16))
    assert len(ids.bytes(5)) == 5
    assert 0 <= ids.random() < 1


def test_the_same_seed_gives_the_same_identifiers():
    assert [SeededIds(3).uuid() for _ in range(2)] == [SeededIds(3).uuid()] * 2
