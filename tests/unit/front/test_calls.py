"""URIs of integrations."""

import pytest

from sundog.front.aws_call import ServiceUri, parse_service_uri
from sundog.front.lambda_call import fill_variables, function_of

ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"


@pytest.mark.parametrize(
    ("uri", "parsed"),
    [
        ("arn:aws:apigateway:us-east-1:sqs:path/0/q", ServiceUri("us-east-1", "sqs", "", "path", "0/q")),
        (
            "arn:aws:apigateway:eu-west-1:states:action/StartExecution",
            ServiceUri("eu-west-1", "states", "", "action", "StartExecution"),
        ),
        (
            "arn:aws:apigateway:us-east-1:bucket.s3:path/key",
            ServiceUri("us-east-1", "s3", "bucket", "path", "key"),
        ),
        ("https://example.com", None),
        ("arn:aws:apigateway:us-east-1:sqs:other/x", None),
    ],
)
def test_uris_of_services(uri, parsed):
    assert parse_service_uri(uri) == parsed


def test_a_service_uri_says_the_host():
    assert (
        parse_service_uri("arn:aws:apigateway:us-east-1:bucket.s3:path/k").host
        == "bucket.s3.us-east-1.amazonaws.com"
    )


@pytest.mark.parametrize(
    ("uri", "function"),
    [
        (f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ARN}/invocations", ARN),
        (
            f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ARN}:live/invocations",
            f"{ARN}:live",
        ),
        (f"arn:aws:apigateway:us-east-1:lambda:path/functions/{ARN}/invocations", ARN),
        (
            f"arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/{ARN}/response-streaming-invocations",
            ARN,
        ),
        (ARN, ARN),
        ("arn:aws:apigateway:us-east-1:sqs:path/0/q", None),
        ("https://example.com", None),
    ],
)
def test_uris_of_functions(uri, function):
    assert function_of(uri) == function


def test_variables_of_the_stage_stand_in_uris():
    named = f"{ARN}:${{stageVariables.v}}"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{named}/invocations"
    assert function_of(uri, {"v": "blue"}) == f"{ARN}:blue"
    assert fill_variables("a${stageVariables.none}b", {}) == "ab"
