"""Answers of query services as JSON."""

import json

import pytest

from sundog.front.query_json import write_query_error, write_query_json
from sundog.protocol.models import Models


@pytest.fixture(scope="module")
def models():
    return Models()


def test_members_without_a_value_are_null(models):
    operation = models.get("sns").operation_model("Publish")
    assert json.loads(write_query_json(operation, {"MessageId": "m"}, "r")) == {
        "PublishResponse": {
            "PublishResult": {"MessageId": "m", "SequenceNumber": None},
            "ResponseMetadata": {"RequestId": "r"},
        }
    }


def test_an_operation_without_a_result_has_none(models):
    operation = models.get("sqs").operation_model("DeleteMessage")
    assert json.loads(write_query_json(operation, {}, "r")) == {
        "DeleteMessageResponse": {"ResponseMetadata": {"RequestId": "r"}}
    }


def test_messages_of_a_queue_are_small_and_attributes_maps(models):
    operation = models.get("sqs").operation_model("ReceiveMessage")
    message = {"MessageId": "m", "Attributes": {"SentTimestamp": "1"}}
    answer = json.loads(write_query_json(operation, {"Messages": [message]}, "r"))
    found = answer["ReceiveMessageResponse"]["ReceiveMessageResult"]["messages"][0]
    assert (found["MessageId"], found["Attributes"], found["Body"]) == ("m", {"SentTimestamp": "1"}, None)


def test_an_error_says_code_and_fault():
    assert json.loads(write_query_error("C", "Sender", "text", "r")) == {
        "Error": {"Code": "C", "Message": "text", "Type": "Sender"},
        "RequestId": "r",
    }
