"""Formats of access logs, and where they go."""

import pytest

from sundog.front.access_log import access_stream, compile_format
from sundog.scope import Scope

VALUES = {
    "status": 200,
    "requestId": "r",
    "identity": {"sourceIp": "1.2.3.4", "user": None},
    "authorizer": {"claims": {"sub": "me"}},
    "isCanaryRequest": True,
    "empty": "",
}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("$context.requestId", "r"),
        ('{"id":"$context.requestId", "status": $context.status}', '{"id":"r", "status": 200}'),
        ("$context.identity.sourceIp - $context.identity.user [$context.status]", "1.2.3.4 - - [200]"),
        ("$context.authorizer.claims.sub.", "me."),
        ("$context.isCanaryRequest", "true"),
        ("$context.none $context.identity $context.empty", "- - -"),
        ("no variables $context.", "no variables $context."),
    ],
)
def test_variables_become_values(text, line):
    assert compile_format(text)(VALUES) == line


def test_a_log_group_is_a_destination_and_nothing_else():
    stream = access_stream("arn:aws:logs:eu-west-1:123456789012:log-group:a/b:*", "api/dev")
    assert (stream.scope, stream.group, len(stream.name)) == (Scope("123456789012", "eu-west-1"), "a/b", 32)
    assert access_stream("arn:aws:firehose:eu-west-1:123456789012:deliverystream/x", "api/dev") is None
    assert access_stream("nonsense", "api/dev") is None
