"""Whatever comes in, AWS's kind of answer goes out: never a 500, never our own words."""

from __future__ import annotations

import asyncio
import json
from xml.etree import ElementTree

import cbor2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sundog.protocol.http import HttpRequest, HttpResponse

JSON10, JSON11 = "application/x-amz-json-1.0", "application/x-amz-json-1.1"
FORM = "application/x-www-form-urlencoded"
SCOPE = (
    "AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/{}/aws4_request, "
    "SignedHeaders=host, Signature=0"
)


@pytest.fixture
def send(world):
    async def send(
        method: str = "POST",
        path: str = "/",
        query: str = "",
        body: bytes = b"",
        service: str = "",
        **headers: str,
    ) -> HttpResponse:
        sent = {"host": "localhost", "x-amz-date": "20260101T000000Z"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if service:
            sent["authorization"] = SCOPE.format(service)
        return await world.app.server.answer(HttpRequest(method, path, query, sent, body), lambda: True)

    return send


def _error(response: HttpResponse) -> tuple[int, str]:
    """Status and code of an error, in whichever of AWS's shapes it comes."""
    kind = response.headers.get("content-type") or response.headers.get("Content-Type") or ""
    if "xml" in kind:
        code = ElementTree.fromstring(response.body).find(".//{*}Code")
        assert code is not None
        return response.status, str(code.text)
    document = cbor2.loads(response.body) if "cbor" in kind else json.loads(response.body or b"{}")
    headers = {name.lower(): value for name, value in response.headers.items()}
    code = document.get("__type") or headers["x-amzn-errortype"].partition(":")[0]
    return response.status, code.rpartition("#")[2]


@pytest.mark.parametrize(
    "body",
    [b"{", b"nonsense", b"[]", b'"x"', b"7", b"\xff", b'{"QueueName": ', b"{}{}", b'{"a": \x00}', b"null,"],
)
@pytest.mark.parametrize(
    ("target", "kind"), [("AmazonSQS.CreateQueue", JSON10), ("Logs_20140328.CreateLogGroup", JSON11)]
)
async def test_a_body_that_is_no_json_object_is_a_serialization_error(send, body, target, kind):
    response = await send(body=body, x_amz_target=target, content_type=kind)
    assert _error(response) == (400, "SerializationException")


@pytest.mark.parametrize(
    "body",
    [
        {"QueueName": 7},
        {"QueueName": ["a"]},
        {"QueueName": {"a": "b"}},
        {"QueueName": True},
        {"QueueName": "a", "Attributes": []},
        {"QueueName": "a", "Attributes": "x"},
        {"QueueName": "a", "Attributes": {"DelaySeconds": {}}},
        {"QueueName": "a", "tags": [1]},
    ],
)
async def test_a_value_of_the_wrong_type_is_a_serialization_error(send, body):
    response = await send(
        body=json.dumps(body).encode(), x_amz_target="AmazonSQS.CreateQueue", content_type=JSON10
    )
    assert _error(response) == (400, "SerializationException")


async def test_an_unknown_member_is_ignored(send):
    body = b'{"QueueName": "orders", "Nonsense": {"deep": [1, null]}}'
    response = await send(body=body, x_amz_target="AmazonSQS.CreateQueue", content_type=JSON10)
    assert response.status == 200


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xff", b"\xa1", b"\x9f" * 50, b"\x00", b"text", b"\xbf\x61a\xff", b"\xf6"]
)
async def test_a_body_that_is_no_cbor_map_is_an_error_of_the_caller(send, body):
    response = await send(
        path="/service/GraniteServiceVersion20100801/operation/PutMetricData",
        body=body,
        smithy_protocol="rpc-v2-cbor",
        content_type="application/cbor",
    )
    status, code = _error(response)
    assert status == 400
    assert code in (
        "SerializationException",
        "ValidationError",
        "MissingParameter",
        "MissingRequiredParameterException",
    )


@pytest.mark.parametrize(
    "body", [b"\xff=%", b"&&&=", b"Action=CreateUser&UserName=%ff", b"Action=CreateUser&" + b"a.b.1=1&" * 9]
)
async def test_a_strange_form_is_an_error_of_the_caller(send, body):
    status, _ = _error(await send(body=body, service="iam", content_type=FORM))
    assert status == 400


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"nonsense", b"\xff", b'{"Code": 7}', b'{"Code": {"ZipFile": "%"}}']
)
async def test_a_strange_function_is_an_error_of_the_caller(send, body):
    response = await send(
        path="/2015-03-31/functions", body=body, service="lambda", content_type="application/json"
    )
    status, code = _error(response)
    assert status == 400
    assert code in ("SerializationException", "ValidationException", "InvalidRequestContentException")


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"x_amz_target": "AmazonSQS.Nonsense"}, 400, "UnknownOperationException"),
        ({"x_amz_target": "Nonsense"}, 400, "UnknownOperationException"),
        ({"service": "iam", "query": "Action=Nonsense&Version=2010-05-08"}, 400, "InvalidAction"),
        ({"service": "sts"}, 400, "MissingAction"),
        ({"service": "lambda", "path": "/2015-03-31/nonsense"}, 404, "UnknownOperationException"),
        (
            {"path": "/service/X/operation/Y", "smithy_protocol": "rpc-v2-cbor"},
            404,
            "UnknownOperationException",
        ),
        (
            {"x_amz_target": "DynamoDB_20120810.ListTables", "service": "dynamodb"},
            501,
            "UnsupportedOperation",
        ),
    ],
)
async def test_what_is_no_operation_is_refused_by_the_name_aws_has_for_it(send, request_, status, code):
    assert _error(await send(**request_)) == (status, code)


async def test_a_wrong_content_type_does_not_matter_where_the_target_is_clear(send):
    for kind in ("text/plain", "application/json", "", "*/*"):
        response = await send(body=b"{}", x_amz_target="AmazonSQS.ListQueues", content_type=kind)
        assert response.status == 200


async def test_an_operation_that_is_left_out_is_refused_by_name_with_a_remedy(send):
    response = await send(service="iam", query="Action=ListSAMLProviders&Version=2010-05-08")
    assert _error(response) == (501, "UnsupportedOperation")
    assert b"iam:ListSAMLProviders" in response.body


@pytest.mark.parametrize("region", ["eu-central-1", "mars-north-1", "aws-global"])
async def test_any_region_has_resources_of_its_own(client, region):
    url = (await client("sqs", region=region).create_queue(QueueName="orders"))["QueueUrl"]
    assert url
    assert "QueueUrls" not in await client("sqs", region="us-west-2").list_queues()
    assert len((await client("sqs", region=region).list_queues())["QueueUrls"]) == 1


async def test_an_account_nobody_has_heard_of_has_resources_of_its_own(client):
    await client("sqs", account="123456789012").create_queue(QueueName="orders")
    assert "QueueUrls" not in await client("sqs").list_queues()


async def test_a_malformed_signature_is_incomplete_in_the_words_of_each_protocol(send):
    bad = "AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/sqs/aws4_request"
    response = await send(body=b"{}", x_amz_target="AmazonSQS.ListQueues", authorization=bad)
    assert _error(response) == (400, "IncompleteSignatureException")
    bad = bad.replace("/sqs/", "/iam/")
    response = await send(query="Action=ListUsers&Version=2010-05-08", authorization=bad)
    assert _error(response) == (400, "IncompleteSignature")


TARGETS = (
    "AmazonSQS.SendMessage",
    "AmazonSQS.CreateQueue",
    "Logs_20140328.PutLogEvents",
    "AmazonSQS.",
    "x.y",
    "",
)
PATHS = st.one_of(
    st.sampled_from(
        [
            "/",
            "/2015-03-31/functions/f/invocations",
            "/2015-03-31/functions",
            "/service/GraniteServiceVersion20100801/operation/PutMetricData",
            "/000000000000/orders",
            "/2017-03-31/tags/arn%3Aaws%3Alambda",
            "/_sundog/clock",
            "/_sundog/requests",
        ]
    ),
    st.text("/%.:aé\x00", max_size=12).map(lambda text: "/" + text),
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        "QueueName",
        "QueueUrl",
        "MessageBody",
        "Attributes",
        "FunctionName",
        "Code",
        "Entries",
        "logEvents",
        "MetricData",
    ]
)
OBJECTS = st.dictionaries(NAMES, JSON_VALUES, max_size=4)
BODIES = st.one_of(
    st.binary(max_size=40),
    OBJECTS.map(lambda value: json.dumps(value).encode()),
    OBJECTS.map(cbor2.dumps),
    st.lists(
        st.sampled_from(
            [
                "Action=SendMessage",
                "Action=CreateUser",
                "Version=2012-11-05",
                "QueueUrl=x",
                "A.1.b=%zz",
                "UserName=u",
            ]
        )
    ).map(lambda parts: "&".join(parts).encode()),
)
HEADERS = st.fixed_dictionaries(
    {"host": st.sampled_from(["localhost", "sqs.us-east-1.localhost", "lambda.localhost", "", "a..b:x"])},
    optional={
        "x-amz-target": st.sampled_from(TARGETS) | st.text(max_size=9),
        "smithy-protocol": st.just("rpc-v2-cbor"),
        "content-type": st.sampled_from([JSON10, FORM, "application/cbor", "text/xml", "", ";;"]),
        "content-encoding": st.sampled_from(["gzip", "br", ""]),
        "authorization": st.sampled_from(["lambda", "iam", "sqs", "s3", "monitoring", ""]).map(SCOPE.format)
        | st.text(max_size=20),
        "x-amz-date": st.sampled_from(["20260101T000000Z", "20269999T000000Z", ""]),
        "x-amzn-trace-id": st.text(max_size=9),
        "x-amz-client-context": st.text(max_size=9),
        "x-amz-invocation-type": st.text(max_size=9),
    },
)


@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "BREW"]),
    PATHS,
    st.text("Action=&X-mz%+é", max_size=20),
    HEADERS,
    BODIES,
)
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_nothing_that_comes_in_is_answered_with_a_500(world, method, path, query, headers, body):
    http = HttpRequest(method, path, query, headers, body)
    if path == "/_sundog/clock" and method == "POST":
        return  # it would move the clock
    response = await asyncio.wait_for(world.app.server.answer(http, lambda: True), 5)
    assert response.status != 500
    assert response.stream is None
    if response.status >= 400 and not path.startswith("/_"):
        assert _error(response)[1]
