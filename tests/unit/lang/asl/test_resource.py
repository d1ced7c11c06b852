"""Task resources as values."""

from __future__ import annotations

import pytest

from sundog.lang.asl import parse_resource


@pytest.mark.parametrize(
    ("arn", "kind", "pattern", "resource_type", "resource"),
    [
        ("arn:aws:states:::sqs:sendMessage", "optimized", "request_response", "sqs", "sendMessage"),
        (
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "optimized",
            "wait_for_task_token",
            "sqs",
            "sendMessage.waitForTaskToken",
        ),
        (
            "arn:aws:states:::states:startExecution.sync:2",
            "optimized",
            "sync:2",
            "states",
            "startExecution.sync:2",
        ),
        ("arn:aws:states:::aws-sdk:s3:getObject", "aws-sdk", "request_response", "aws-sdk:s3", "getObject"),
        ("arn:aws:states:::http:invoke", "http", "request_response", "http", "invoke"),
    ],
)
def test_an_integration_says_what_it_calls_and_how(arn, kind, pattern, resource_type, resource):
    parsed = parse_resource(arn)
    assert (parsed.kind, parsed.pattern) == (kind, pattern)
    assert (parsed.resource_type, parsed.resource) == (resource_type, resource)


def test_functions_and_activities_are_their_own_arns():
    function = parse_resource("arn:aws:lambda:eu-west-1:111111111111:function:f:live")
    activity = parse_resource("arn:aws:states:eu-west-1:111111111111:activity:a")
    assert (function.kind, activity.kind) == ("lambda", "activity")


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "f",
        "arn:aws:states:::nope:do",
        "arn:aws:states:::sqs",
        "arn:aws:states:::sqs:sendMessage.sync",
        "arn:aws:swf:us-east-1:1:task:x",
    ],
)
def test_what_no_task_can_call_is_none(arn):
    assert parse_resource(arn) is None
