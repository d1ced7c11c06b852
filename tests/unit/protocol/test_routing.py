"""Every operation of every service is found again from what botocore sends for it, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from botocore.model import Shape

from sundog.errors import UnsupportedOperation
from sundog.protocol.http import HttpRequest
from sundog.protocol.models import Models
from sundog.protocol.routing import CBOR, Route, RouteError, Router
from sundog.testing.client import Client

SERVED = ("sqs", "lambda", "logs", "cloudwatch", "iam", "sts")
ELSEWHERE = ("s3", "apigateway", "apigatewayv2", "events", "sns", "scheduler", "schemas", "dynamodb")
HAVE_A_HOST_OF_THEIR_OWN = {"WriteGetObjectResponse", "ListDirectoryBuckets"}
PROTOCOLS = [
    ("sqs", "json"),
    ("sqs", "query"),
    ("lambda", "rest-json"),
    ("logs", "json"),
    ("cloudwatch", CBOR),
    ("cloudwatch", "json"),
    ("cloudwatch", "query"),
    ("iam", "query"),
    ("sts", "query"),
    ("s3", "rest-xml"),
    ("apigateway", "rest-json"),
    ("apigatewayv2", "rest-json"),
    ("events", "json"),
    ("sns", "query"),
    ("scheduler", "rest-json"),
]


@pytest.fixture(scope="module")
def models() -> Models:
    return Models()


@pytest.fixture(scope="module")
def router(models: Models) -> Router:
    return Router(models, (*SERVED, *ELSEWHERE))


def _sample(shape: Shape, depth: int = 0):
    """The smallest value that has all required members; labels hold what must be encoded."""
    if shape.type_name == "structure":
        members = {k: v for k, v in shape.members.items() if k in shape.required_members}
        return {k: _sample(v, depth + 1) for k, v in members.items()} if depth < 5 else {}
    if shape.type_name == "list":
        return [_sample(shape.member, depth + 1)]
    if shape.type_name == "map":
        return {"key": _sample(shape.value, depth + 1)}
    plain = {
        "integer": 1,
        "long": 1,
        "float": 1.5,
        "double": 1.5,
        "boolean": True,
        "timestamp": 1,
        "blob": b"x",
    }
    return plain.get(shape.type_name) or (shape.enum[0] if getattr(shape, "enum", None) else "a:b/c d")


def _sent(models: Models, service: str, protocol: str) -> dict[str, HttpRequest]:
    """What an SDK sends for every operation; a deprecated one may share its path with a successor."""
    model = models.get(service)
    client = Client(model, None, region="eu-west-1", access_key_id="AKIA" + "0" * 16, protocol=protocol)
    requests = {}
    for name in sorted(set(model.operation_names) - HAVE_A_HOST_OF_THEIR_OWN):
        operation = model.operation_model(name)
        if operation.deprecated:
            continue
        values = _sample(operation.input_shape) if operation.input_shape else {}
        requests[name] = client._request(operation, values)
    return requests


@pytest.mark.parametrize(("service", "protocol"), PROTOCOLS)
def test_every_operation_is_found_from_what_an_sdk_sends(router, models, service, protocol):
    requests = _sent(models, service, protocol)
    found = {name: router.route(http) for name, http in requests.items()}
    assert {n: (r.service, r.operation, r.protocol) for n, r in found.items()} == {
        n: (service, n, protocol) for n in requests
    }


@pytest.mark.parametrize(("service", "protocol"), [p for p in PROTOCOLS if p[0] in SERVED])
def test_an_unsigned_request_is_found_as_well(models, service, protocol):
    router = Router(models, SERVED)
    for name, http in _sent(models, service, protocol).items():
        unsigned = replace(http, headers={k: v for k, v in http.headers.items() if k != "authorization"})
        route = router.route(unsigned)
        assert (route.service, route.operation) == (service, name)


def test_labels_are_decoded_after_the_path_was_split(router, models):
    http = _sent(models, "lambda", "rest-json")["GetAlias"]
    assert "%2F" in http.path
    assert router.route(http).labels == {"FunctionName": "a:b/c d", "Name": "a:b/c d"}


def test_a_greedy_label_takes_slashes_and_a_trailing_one(router):
    http = _request("GET", "/bucket/a/b%2Fc/", signing="s3")
    assert router.route(http) == Route("s3", "GetObject", "rest-xml", {"Bucket": "bucket", "Key": "a/b/c/"})


def test_a_bucket_in_the_host_stands_in_the_path(router):
    http = _request("GET", "/key", signing="s3", host="bucket.s3.localhost:4566")
    assert router.route(http).labels == {"Bucket": "bucket", "Key": "key"}


def test_operations_on_one_path_are_told_apart_by_query_and_required_headers(router):
    copied = {"x-amz-copy-source": "a/b"}
    assert router.route(_request("GET", "/b", signing="s3")).operation == "ListObjects"
    assert router.route(_request("GET", "/b", "list-type=2", signing="s3")).operation == "ListObjectsV2"
    assert router.route(_request("PUT", "/b/k", signing="s3")).operation == "PutObject"
    assert router.route(_request("PUT", "/b/k", signing="s3", headers=copied)).operation == "CopyObject"
    part = "partNumber=1&uploadId=u"
    assert router.route(_request("PUT", "/b/k", part, signing="s3")).operation == "UploadPart"


@pytest.mark.parametrize("path", ["/000000000000/orders", "/queue/eu-west-1/000000000000/orders"])
def test_a_query_to_a_queue_url_names_the_queue(router, path):
    form = {"content-type": "application/x-www-form-urlencoded"}
    http = _request("POST", path, headers=form, body=b"Action=SendMessage&Version=2012-11-05&MessageBody=x")
    assert router.route(http) == Route("sqs", "SendMessage", "query", {"QueueUrl": f"http://localhost{path}"})


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("sqs.us-east-1.localhost:4566", "sqs"),
        ("queue.amazonaws.com", "sqs"),
        ("eu-west-1.queue.localhost:4566", "sqs"),
        ("monitoring.us-east-1.amazonaws.com", "cloudwatch"),
        ("iam.amazonaws.com", "iam"),
    ],
)
def test_the_host_says_which_service_an_unsigned_query_means(router, host, service):
    with pytest.raises(RouteError) as refusal:
        router.route(_request("GET", "/", "Action=Nonsense", host=host))
    assert refusal.value.protocol == "query"
    texts = {"sqs": "The action Nonsense is not valid for this endpoint."}
    usual = "Could not find operation Nonsense for version NO_VERSION_SPECIFIED"
    assert refusal.value.error.message == texts.get(service, usual)


@pytest.mark.parametrize(
    ("http", "protocol", "service", "status"),
    [
        (("POST", "/", "", {"x-amz-target": "AmazonSQS.Nope"}), "json", "sqs", 400),
        (("POST", "/", "", {"x-amz-target": "Logs_20140328.Nope"}), "json", "logs", 400),
        (("POST", "/", "", {"x-amz-target": "Nope.Nope"}), "json", "", 400),
        (("POST", "/", "", {"x-amz-target": ""}), "json", "", 400),
        (("POST", "/service/Nope/operation/X", "", {"smithy-protocol": "rpc-v2-cbor"}), CBOR, "", 404),
        (("POST", "/nope", "", {"smithy-protocol": "rpc-v2-cbor"}), CBOR, "", 404),
    ],
)
def test_what_is_no_operation_gets_the_error_of_its_protocol(models, http, protocol, service, status):
    method, path, query, headers = http
    with pytest.raises(RouteError) as refusal:
        Router(models, SERVED).route(_request(method, path, query, headers=headers))
    assert refusal.value.protocol == protocol
    assert refusal.value.service == service
    assert refusal.value.error.wire_code == "UnknownOperationException"
    assert refusal.value.error.status == status


def test_an_unknown_path_is_an_unknown_operation(router):
    with pytest.raises(RouteError) as refusal:
        router.route(_request("GET", "/2015-03-31/nonsense", signing="lambda"))
    assert (refusal.value.protocol, refusal.value.error.status) == ("rest-json", 404)


def test_a_query_service_without_an_action_says_so(router):
    with pytest.raises(RouteError) as refusal:
        router.route(_request("POST", "/", signing="iam"))
    assert (refusal.value.protocol, refusal.value.error.wire_code) == ("query", "MissingAction")


def test_a_service_of_aws_that_is_not_ours_is_refused_by_name(models):
    ours = Router(models, SERVED)
    for http in (
        _request("POST", "/", signing="dynamodb", headers={"x-amz-target": "DynamoDB_20120810.ListTables"}),
        _request("GET", "/bucket", signing="s3"),
        _request("GET", "/", "Action=ListTopics", signing="sns"),
    ):
        with pytest.raises(RouteError) as refusal:
            ours.route(http)
        assert isinstance(refusal.value.error, UnsupportedOperation)
        assert "the service" in refusal.value.error.message


def test_nothing_is_loaded_before_the_first_request(models):
    class Untouched:
        def get(self, service: str) -> None:
            raise AssertionError(f"{service} was loaded")

    assert Router(Untouched(), SERVED)  # type: ignore[arg-type]


def _request(
    method: str,
    path: str,
    query: str = "",
    *,
    signing: str = "",
    host: str = "localhost",
    headers: dict[str, str] | None = None,
    body: bytes = b"",
) -> HttpRequest:
    signed = {}
    if signing:
        signed["authorization"] = f"AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/{signing}/aws4_request"
    return HttpRequest(method, path, query, {"host": host} | signed | (headers or {}), body)
