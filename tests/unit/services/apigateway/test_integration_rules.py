"""What integrations may call and map."""

import pytest

from sundog.errors import AwsError
from sundog.services.apigateway.integration_rules import check_integration
from sundog.services.apigateway.integrations import new_integration

FUNCTION = "arn:aws:lambda:us-east-1:1:function:f"
LAMBDA = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
METHOD = {"requestParameters": {"method.request.path.id": True, "method.request.querystring.q": False}}
PREFIX = "Invalid mapping expression specified: Validation Result: warnings : [], errors : "


def check(**asked):
    check_integration(new_integration("r1", {"integrationHttpMethod": "POST", **asked}), METHOD)


@pytest.mark.parametrize(
    "asked",
    [
        {"type": "MOCK"},
        {"type": "HTTP", "uri": "http://example.com/{id}"},
        {"type": "HTTP_PROXY", "uri": "https://${stageVariables.host}/x"},
        {"type": "AWS_PROXY", "uri": LAMBDA},
        {"type": "AWS_PROXY", "uri": LAMBDA.replace(":f/", ":${stageVariables.name}/")},
        {"type": "AWS", "uri": "arn:aws:apigateway:us-east-1:sqs:path/1/queue"},
        {"type": "AWS", "uri": "arn:aws:apigateway:us-east-1:events:action/PutEvents"},
        {"type": "MOCK", "requestParameters": {"integration.request.header.id": "method.request.path.id"}},
        {"type": "MOCK", "requestParameters": {"integration.request.header.s": "'static'"}},
        {"type": "MOCK", "requestParameters": {"integration.request.header.c": "context.requestId"}},
        {"type": "MOCK", "cacheKeyParameters": ["method.request.path.id"]},
        {
            "type": "HTTP_PROXY",
            "uri": "http://a",
            "responseTransferMode": "STREAM",
            "timeoutInMillis": 900_000,
        },
    ],
)
def test_it_may_be_like_this(asked):
    check(**asked)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"type": "HTTP", "uri": "example.com"}, "Invalid HTTP endpoint specified for URI"),
        ({"type": "HTTP", "uri": "http://[no"}, "Invalid HTTP endpoint specified for URI"),
        ({"type": "AWS", "uri": LAMBDA.replace(":lambda:us", ":cognito-idp:us")}, "Invalid lambda function"),
        ({"type": "AWS", "uri": "no-arn"}, "Invalid ARN specified in the request"),
        (
            {"type": "AWS", "uri": "arn:aws:apigateway:us-east-1:sqs:queue"},
            "AWS ARN for integration must contain path or action",
        ),
        (
            {"type": "AWS_PROXY", "uri": "arn:aws:apigateway:us-east-1:sqs:action/SendMessage"},
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream"
            " invocations.",
        ),
        (
            {"type": "HTTP", "uri": "http://a", "integrationHttpMethod": None},
            "Enumeration value for HttpMethod must be non-empty",
        ),
        ({"type": "MOCK", "timeoutInMillis": 49}, "Timeout should be between 50 ms and 29000 ms"),
        ({"type": "MOCK", "timeoutInMillis": 29_001}, "Timeout should be between 50 ms and 29000 ms"),
        (
            {"type": "MOCK", "requestParameters": {"integration.request.header.x": "method.request.path.no"}},
            f"{PREFIX}[Invalid mapping expression parameter specified: method.request.path.no]",
        ),
        (
            {"type": "MOCK", "requestParameters": {"header.x": "'a'", "integration.request.header.y": "b"}},
            f"{PREFIX}[Invalid mapping expression specified: header.x,"
            " Invalid mapping expression specified: b]",
        ),
        ({"type": "MOCK", "cacheKeyParameters": ["x"]}, "Invalid cache key parameter specified"),
    ],
)
def test_it_may_not_be_like_that(asked, message):
    with pytest.raises(AwsError) as refusal:
        check(**asked)
    assert refusal.value.message == message


def test_a_mock_has_neither_method_nor_address():
    body = new_integration("r1", {"type": "MOCK", "integrationHttpMethod": "POST", "uri": "http://a"})
    assert "httpMethod" not in body
    assert "uri" not in body
