"""Batches of messages: how they are cut, filtered, and what an answer says of them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.services.lambda_.filters import is_wanted, read_filters
from sundog.services.lambda_.limits import BATCH_BYTES_MAX
from sundog.services.lambda_.queue_batches import (
    FILTERED,
    find_failed,
    message_bytes,
    split_batches,
    view,
)

IDS = frozenset(("a", "b"))


def message(body="", id="a"):
    return {"MessageId": id, "ReceiptHandle": "r", "Body": body, "MD5OfBody": "m"}


def filters(*patterns):
    return read_filters({"Filters": [{"Pattern": json.dumps(pattern)} for pattern in patterns]}, FILTERED)


@pytest.mark.parametrize(
    "answer",
    [b"", b"null", b"{}", b'{"batchItemFailures": []}', b'{"batchItemFailures": null}', b'{"other": 1}'],
)
def test_an_answer_without_failures_is_a_success(answer):
    assert find_failed(answer, IDS) == frozenset()


@pytest.mark.parametrize(
    "answer",
    [
        b"{",
        b'"text"',
        b"[1]",
        b'{"batchItemFailures": "a"}',
        b'{"batchItemFailures": [{"itemIdentifier": ""}]}',
        b'{"batchItemFailures": [{"itemIdentifier": null}]}',
        b'{"batchItemFailures": [{"wrong": "a"}]}',
        b'{"batchItemFailures": ["a"]}',
        b'{"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "unknown"}]}',
    ],
)
def test_an_answer_that_makes_no_sense_fails_the_whole_batch(answer):
    assert find_failed(answer, IDS) is None


def test_an_answer_names_what_failed():
    twice = b'{"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "a"}]}'
    assert find_failed(twice, IDS) == {"a"}


@pytest.mark.parametrize(
    ("pattern", "body", "wanted"),
    [
        ({"body": {"a": [1]}}, '{"a": 1}', True),
        ({"body": {"a": [1]}}, '{"a": 2}', False),
        ({"body": {"a": [1]}}, "text", False),
        ({"body": {"a": [{"exists": False}]}}, "text", False),
        ({"body": ["text"]}, "text", True),
        ({"body": ["text"]}, "other", False),
        ({"body": [{"prefix": "{"}]}, '{"a": 1}', False),
        ({"body": ["a"]}, '["a"]', False),
    ],
)
def test_a_pattern_is_for_json_or_for_text(pattern, body, wanted):
    assert is_wanted(view(message(body)), filters(pattern), FILTERED) is wanted


def test_one_filter_of_many_is_enough_and_none_wants_everything():
    assert is_wanted(view(message("b")), filters({"body": ["a"]}, {"body": ["b"]}), FILTERED)
    assert is_wanted(view(message("b")), (), FILTERED)


@given(sizes=st.lists(st.integers(0, 2_000_000), max_size=30), count=st.integers(1, 20))
def test_batches_keep_order_and_bounds(sizes, count):
    messages = [message("x" * size, str(number)) for number, size in enumerate(sizes)]
    batches = split_batches(messages, count)
    assert [m["MessageId"] for batch in batches for m in batch] == [m["MessageId"] for m in messages]
    for batch in batches:
        assert 1 <= len(batch) <= count
        assert len(batch) == 1 or sum(map(message_bytes, batch)) <= BATCH_BYTES_MAX
