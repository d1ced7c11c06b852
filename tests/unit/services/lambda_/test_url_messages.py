"""Function URLs as values: requests to events, answers to responses."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.context import Principal
from sundog.protocol.http import HttpRequest
from sundog.services.lambda_.url_messages import (
    BadAnswer,
    UrlCall,
    cors_headers,
    is_preflight,
    read_answer,
    write_event,
)


def event_of(http, caller=None):
    call = UrlCall(
        "u" * 32, "u.lambda-url.us-east-1.localhost", "/a%20b", "r", "Root=1", 1_700_000_000_123, caller
    )
    return json.loads(write_event(call, http))


def get(query="", body=b"", **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpRequest("POST", "/a%20b", query, {"host": "u.localhost:4566", **names}, body, "10.0.0.1")


def test_the_event_has_payload_format_2():
    event = event_of(get("a=1&a=2&b=%20", b"{}", content_type="application/json", cookie="x=1; y=2"))
    assert event["version"] == "2.0"
    assert event["rawPath"] == "/a%20b"
    assert event["queryStringParameters"] == {"a": "1,2", "b": " "}
    assert event["cookies"] == ["x=1", "y=2"]
    assert (event["body"], event["isBase64Encoded"]) == ("{}", False)
    assert event["headers"]["x-forwarded-for"] == "10.0.0.1"
    context = event["requestContext"]
    assert context["accountId"] == "anonymous"
    assert context["http"]["method"] == "POST"
    assert (context["time"], context["timeEpoch"]) == ("14/Nov/2023:22:13:20 +0000", 1_700_000_000_123)
    assert "authorizer" not in context


def test_bytes_arrive_as_base64():
    assert event_of(get(body=b"\x00\xff"))["body"] == "AP8="
    assert event_of(get(body=b"\xff", content_type="text/plain"))["isBase64Encoded"]
    assert "body" not in event_of(get())


def test_the_signer_is_named():
    event = event_of(get(), Principal.root("123456789012"))
    assert event["requestContext"]["accountId"] == "123456789012"
    assert event["requestContext"]["authorizer"]["iam"]["userArn"] == "arn:aws:iam::123456789012:root"


@pytest.mark.parametrize(
    ("answer", "body"),
    [("hi", b"hi"), (3, b"3"), (3.1, b"3.1"), (True, b"true"), (None, b"null"), ({"a": 1}, b'{"a":1}')],
)
def test_anything_but_a_response_document_is_the_body(answer, body):
    response = read_answer(json.dumps(answer).encode(), "r", "t")
    assert (response.status, response.body) == (200, body)
    assert response.headers["content-type"] == "application/json"


def test_a_response_document_says_it_all():
    answer = {
        "statusCode": 201,
        "headers": {"Content-Type": "text/plain", "X-N": 1, "Content-Length": "999"},
        "cookies": ["a=1; Secure", "b=2"],
        "body": "aGk=",
        "isBase64Encoded": True,
    }
    response = read_answer(json.dumps(answer).encode(), "r", "t")
    assert (response.status, response.body, response.cookies) == (201, b"hi", ("a=1; Secure", "b=2"))
    assert response.headers["content-type"] == "text/plain"
    assert response.headers["x-n"] == "1"
    assert "content-length" not in response.headers


@pytest.mark.parametrize(
    "answer",
    [
        {"statusCode": "200"},
        {"statusCode": 99},
        {"statusCode": 101},
        {"statusCode": 200, "body": {}},
        {"statusCode": 200, "body": "x", "isBase64Encoded": True},
        {"statusCode": 200, "body": "é", "isBase64Encoded": True},
        {"statusCode": 200, "headers": {"x": "a\r\nb: c"}},
        {"statusCode": 200, "headers": {"x y": "a"}},
        {"statusCode": 200, "headers": {"x": []}},
        {"statusCode": 200, "headers": ["x"]},
        {"statusCode": 200, "cookies": 3},
    ],
)
def test_an_answer_that_is_no_response_is_refused(answer):
    with pytest.raises(BadAnswer):
        read_answer(json.dumps(answer).encode(), "r", "t")


@given(st.binary(max_size=40) | st.dictionaries(st.text(), st.text()).map(lambda d: json.dumps(d).encode()))
def test_any_payload_is_a_response_or_refused(payload):
    with suppress(BadAnswer):
        assert read_answer(payload, "r", "t").status == 200


def test_preflights_are_answered_by_the_url():
    cors = {"AllowOrigins": ["https://a"], "AllowMethods": ["GET"], "MaxAge": 5, "AllowCredentials": True}
    asked = HttpRequest(
        "OPTIONS", "/", "", {"origin": "https://a", "access-control-request-method": "GET"}, b""
    )
    assert is_preflight(asked, cors)
    assert not is_preflight(asked, {})
    assert cors_headers(asked, cors, preflight=True) == {
        "access-control-allow-origin": "https://a",
        "vary": "Origin",
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET",
        "access-control-max-age": "5",
    }
    assert cors_headers(asked, {"AllowOrigins": ["https://b"]}, preflight=True) == {}
