"""Requests and answers as SDKs and older clients see them on the wire."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import cbor2
import pytest

from sundog.errors import AwsError
from sundog.protocol.codec import write_unrouted
from sundog.protocol.event_stream import decode_messages
from sundog.protocol.http import HttpRequest, HttpResponse
from sundog.protocol.models import Models, UnknownService
from sundog.protocol.routing import Route

CBOR = "smithy-rpc-v2-cbor"


class QueueDoesNotExist(AwsError):
    """The specified queue does not exist."""


class ResourceNotFoundException(AwsError):
    """Function not found: {name}"""


class TooManyRequestsException(AwsError):
    """Rate Exceeded."""


class InvalidParameterValueException(AwsError):
    """No."""


class SessionTimeoutException(AwsError):
    """Three hours have passed."""


@pytest.fixture(scope="module")
def models() -> Models:
    return Models()


def _parse(models: Models, service: str, operation: str, protocol: str, body: bytes, **more: Any) -> Any:
    http = HttpRequest("POST", "/", more.get("query", ""), more.get("headers", {}), body)
    return models.codec(service).parse(Route(service, operation, protocol, more.get("labels", {})), http)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"QueueUrl": 1}, "NUMBER_VALUE can not be converted to a String"),
        ({"QueueUrl": True}, "TRUE_VALUE can not be converted to a String"),
        ({"QueueUrl": {}}, "Start of structure or map found where not expected."),
        ({"QueueUrl": []}, "Start of list found where not expected"),
        ({"MaxNumberOfMessages": "1"}, "STRING_VALUE can not be converted to an Integer"),
        ({"MaxNumberOfMessages": 2**31}, "NUMBER_VALUE can not be converted to an Integer"),
        ([], "Start of list found where not expected"),
    ],
)
def test_a_wrong_type_in_json_is_refused_in_the_words_of_aws(models, value, text):
    with pytest.raises(AwsError) as refused:
        _parse(models, "sqs", "ReceiveMessage", "json", json.dumps(value).encode())
    assert (refused.value.shape_name, refused.value.message) == ("SerializationException", text)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a":1}}', b'{"QueueUrl":NaN}'])
def test_what_is_no_json_is_refused_without_a_text(models, body):
    with pytest.raises(AwsError) as refused:
        _parse(models, "sqs", "ReceiveMessage", "json", body)
    answer = models.codec("sqs").write_error("json", refused.value, "id", "ReceiveMessage")
    assert json.loads(answer.body) == {"__type": "com.amazon.coral.service#SerializationException"}
    assert answer.status == 400


def test_unknown_members_and_nulls_are_dropped(models):
    body = b'{"QueueUrl":"u","Nonsense":[1],"VisibilityTimeout":null}'
    assert _parse(models, "sqs", "ReceiveMessage", "json", body) == {"QueueUrl": "u"}


def test_older_clients_of_sqs_send_flattened_lists_and_maps(models):
    body = b"Action=SetQueueAttributes&Attribute.1.Name=DelaySeconds&Attribute.1.Value=5"
    labels = {"QueueUrl": "http://localhost/0/q"}
    parsed = _parse(models, "sqs", "SetQueueAttributes", "query", body, labels=labels)
    assert parsed == {"Attributes": {"DelaySeconds": "5"}, "QueueUrl": "http://localhost/0/q"}
    body = b"AttributeName.2=b&AttributeName.1=a&AttributeName.10=c"
    assert _parse(models, "sqs", "GetQueueAttributes", "query", body) == {"AttributeNames": ["a", "b", "c"]}


def test_older_clients_of_sqs_read_flattened_lists_and_maps(models):
    result = {"Messages": [{"MessageId": "1", "Body": "<&>", "Attributes": {"SentTimestamp": "5"}}]}
    answer = models.codec("sqs").write_result("ReceiveMessage", "query", result, "id")
    assert answer.body.decode() == (
        '<ReceiveMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><ReceiveMessageResult>'
        "<Message><MessageId>1</MessageId><Body>&lt;&amp;&gt;</Body>"
        "<Attribute><Name>SentTimestamp</Name><Value>5</Value></Attribute></Message></ReceiveMessageResult>"
        "<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></ReceiveMessageResponse>"
    )


def test_sqs_names_an_error_with_its_namespace_and_its_older_code(models):
    answer = models.codec("sqs").write_error("json", QueueDoesNotExist(), "id", "SendMessage")
    message = "The specified queue does not exist."
    assert json.loads(answer.body) == {"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": message}
    assert answer.headers["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"
    answer = models.codec("sqs").write_error("query", QueueDoesNotExist(), "id", "SendMessage")
    assert b"<Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>" in answer.body


def test_lambda_names_an_error_in_a_header_with_its_status_and_members(models):
    error = ResourceNotFoundException(name="f", members={"Type": "User"})
    answer = models.codec("lambda").write_error("rest-json", error, "id", "Invoke")
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (404, "ResourceNotFoundException")
    assert json.loads(answer.body) == {"Message": "Function not found: f", "Type": "User"}


def test_a_member_of_an_error_may_stand_in_a_header(models):
    error = TooManyRequestsException(members={"retryAfterSeconds": "3", "Reason": "CallerRateLimitExceeded"})
    answer = models.codec("lambda").write_error("rest-json", error, "id", "Invoke")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "3")
    assert json.loads(answer.body) == {"message": "Rate Exceeded.", "Reason": "CallerRateLimitExceeded"}


def test_cloudwatch_names_an_error_in_each_of_its_protocols(models):
    codec, error = models.codec("cloudwatch"), InvalidParameterValueException()
    answer = codec.write_error(CBOR, error, "id", "PutMetricData")
    assert cbor2.loads(answer.body)["__type"] == "com.amazonaws.cloudwatch#InvalidParameterValueException"
    assert answer.headers["x-amzn-query-error"] == "InvalidParameterValue;Sender"
    assert b"<Code>InvalidParameterValue</Code>" in codec.write_error("query", error, "id", "").body


@pytest.mark.parametrize("protocol", ["json", "rest-json", "query", "rest-xml", CBOR])
def test_an_error_without_a_service_is_written_in_every_protocol(protocol):
    answer = write_unrouted(protocol, QueueDoesNotExist('<"&'), "id")
    assert answer.status == 400
    assert "QueueDoesNotExist" in str(answer.body) + str(answer.headers)


async def _frames(answer: HttpResponse) -> list[tuple[Any, bytes]]:
    assert answer.stream is not None
    buffer = bytearray(b"".join([chunk async for chunk in answer.stream]))
    return [(message.headers, message.payload) for message in decode_messages(buffer)]


async def test_a_stream_of_lambda_carries_chunks_as_bytes(models):
    async def events() -> AsyncIterator[dict[str, Any]]:
        yield {"PayloadChunk": {"Payload": b"abc"}}
        yield {"InvokeComplete": {"LogResult": "x"}}

    result = {"StatusCode": 200, "EventStream": events()}
    answer = models.codec("lambda").write_result("InvokeWithResponseStream", "rest-json", result, "id")
    assert answer.headers["content-type"] == "application/vnd.amazon.eventstream"
    (chunk, payload), (complete, log) = await _frames(answer)
    assert (chunk[":event-type"], payload) == ("PayloadChunk", b"abc")
    assert (complete[":event-type"], json.loads(log)) == ("InvokeComplete", {"LogResult": "x"})


async def test_a_stream_of_json_begins_with_the_result_and_ends_with_its_error(models):
    async def events() -> AsyncIterator[dict[str, Any]]:
        yield {"sessionUpdate": {"sessionResults": [{"message": "m", "timestamp": 5}]}}
        raise SessionTimeoutException

    answer = models.codec("logs").write_result("StartLiveTail", "json", {"responseStream": events()}, "id")
    (first, empty), (_, update), (last, told) = await _frames(answer)
    assert (first[":event-type"], empty) == ("initial-response", b"{}")
    assert json.loads(update) == {"sessionResults": [{"message": "m", "timestamp": 5}]}
    assert last[":exception-type"] == "SessionTimeoutException"
    assert json.loads(told) == {"message": "Three hours have passed."}


def test_a_service_that_botocore_does_not_know_is_our_mistake(models):
    with pytest.raises(UnknownService):
        models.codec("nonsense")
