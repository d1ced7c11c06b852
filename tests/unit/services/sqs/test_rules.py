"""Rules about messages."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.errors import AwsError
from sundog.scope import Scope
from sundog.services.sqs.errors import InvalidMessageContents
from sundog.services.sqs.model import Queue
from sundog.services.sqs.rules import (
    attributes_size,
    check_message,
    md5_of_attributes,
    parse_attribute_filter,
    read_attributes,
    write_attributes,
)


def make_queue(**changes):
    values = {
        "id": 1,
        "version": 1,
        "scope": Scope(),
        "name": "orders",
        "pile": 1,
        "secret": b"s",
        "is_fifo": False,
        "attributes": {},
        "tags": {},
        "created_ms": 0,
        "modified_ms": 0,
        "purged_ms": 0,
        "delay_ms": 0,
        "visibility_ms": 30_000,
        "retention_ms": 60_000,
        "wait_ms": 0,
        "message_bytes_max": 1_024,
        "redrive": None,
        "former_scope": "",
        "scope_changed_ms": 0,
    }
    return Queue(**{**values, **changes})


def refusal(queue, **request):
    with pytest.raises(AwsError) as error:
        check_message(queue, {"MessageBody": "hello", **request})
    return error.value.message


def text(value, kind="String"):
    return {"a": {"DataType": kind, "StringValue": value}}


def test_attributes_have_the_digest_that_aws_recorded():
    attributes = {"MyAttribute": {"DataType": "String", "StringValue": "foobar"}}
    assert md5_of_attributes(attributes) == "adb59cd4678ea5a855436b949cd07ab6"
    data = b"traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01"
    attributes = {"attr1": {"DataType": "Binary", "BinaryValue": data}}
    assert md5_of_attributes(attributes) == "8cbe4db156db8a94db8b801b7addb984"


def test_names_types_and_values_of_attributes_count():
    attributes = text("x") | {"b": {"DataType": "Binary", "BinaryValue": b"123"}}
    assert attributes_size(attributes) == (1 + 6 + 1) + (1 + 6 + 3)
    queue = make_queue()
    assert check_message(queue, {"MessageBody": "x" * 1_016, "MessageAttributes": text("x")}).size == 1_024
    too_long = refusal(queue, MessageBody="x" * 1_017, MessageAttributes=text("x"))
    assert too_long == "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        (text(""), "Message (user) attribute 'a' must contain a non-empty value of type 'String'."),
        (text("1", ""), "must contain a non-empty message attribute type"),
        (text("1", "Text"), "has an invalid message attribute type"),
        (text("one", "Number"), "Can't cast the value of message (user) attribute 'a' to a number."),
        ({"AWS.x": {"DataType": "String", "StringValue": "1"}}, "name 'AWS.x' is invalid"),
        ({"a..b": {"DataType": "String", "StringValue": "1"}}, "name 'a..b' is invalid"),
        (
            {str(n): {"DataType": "String", "StringValue": "1"} for n in range(11)},
            "exceeds the allowed maximum",
        ),
        ({"a": {"DataType": "String", "StringListValues": ["1"]}}, "list values"),
    ],
)
def test_a_wrong_attribute_is_named(attributes, words):
    assert words in refusal(make_queue(), MessageAttributes=attributes)


def test_custom_types_and_numbers_of_all_shapes_are_fine():
    for value in ("1", "-1.5", "1e10", "+.5"):
        check_message(make_queue(), {"MessageBody": "x", "MessageAttributes": text(value, "Number.custom")})


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=20))
def test_a_body_has_only_the_characters_xml_allows(body):
    allowed = all(
        c in "\t\n\r" or "\x20" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000"
        for c in body
    )
    if allowed:
        message = check_message(make_queue(), {"MessageBody": body})
        assert message.body_md5 == hashlib.md5(body.encode()).hexdigest()
    else:
        with pytest.raises(InvalidMessageContents):
            check_message(make_queue(), {"MessageBody": body})


def test_a_fifo_queue_needs_a_group_and_something_to_deduplicate_by():
    queue = make_queue(is_fifo=True)
    assert refusal(queue) == "The request must contain the parameter MessageGroupId."
    assert "ContentBasedDeduplication enabled" in refusal(queue, MessageGroupId="g")
    by_content = make_queue(is_fifo=True, attributes={"ContentBasedDeduplication": "true"})
    message = check_message(by_content, {"MessageBody": "hello", "MessageGroupId": "g"})
    assert message.deduplication_id == hashlib.sha256(b"hello").hexdigest()


@pytest.mark.parametrize("value", ["", "with space", "x" * 129, "ä"])
def test_ids_are_short_and_printable(value):
    reason = "can only include alphanumeric and punctuation characters. 1 to 128 in length."
    fifo = make_queue(is_fifo=True)
    assert refusal(fifo, MessageGroupId=value) == (
        f"Value {value} for parameter MessageGroupId is invalid. Reason: MessageGroupId {reason}"
    )
    name = "MessageDeduplicationId"
    assert refusal(fifo, MessageGroupId="g", MessageDeduplicationId=value) == (
        f"Value {value} for parameter {name} is invalid. Reason: {name} {reason}"
    )


def test_a_standard_queue_knows_no_deduplication_id():
    assert "not valid for this queue type" in refusal(make_queue(), MessageDeduplicationId="d")


@pytest.mark.parametrize("delay", [-1, 901])
def test_a_delay_is_at_most_fifteen_minutes(delay):
    assert refusal(make_queue(), DelaySeconds=delay) == (
        f"Value {delay} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."
    )


def test_attributes_are_kept_as_they_are():
    attributes = text("ä") | {"b": {"DataType": "Binary.png", "BinaryValue": b"\x00\xff"}}
    written = write_attributes(attributes)
    assert written is not None and read_attributes(written) == attributes
    assert write_attributes({}) is None


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["All"], {"a", "a.b", "b", "ab"}),
        ([".*"], {"a", "a.b", "b", "ab"}),
        (["a"], {"a"}),
        (["a.*"], {"a", "a.b"}),
        (["b", "nothing"], {"b"}),
    ],
)
def test_a_receiver_chooses_attributes_by_name_or_prefix(names, wanted):
    wants = parse_attribute_filter(names)
    assert wants is not None
    assert {name for name in ("a", "a.b", "b", "ab") if wants(name)} == wanted
    assert parse_attribute_filter([]) is None
