"""Selection expressions and mappings: what each reads of an occasion."""

import pytest

from sundog.front.http_call import Answer
from sundog.front.sockets import Peer
from sundog.protocol.http import HttpRequest
from sundog.scope import Scope
from sundog.services.apigatewayv2.sockets.expressions import Sources, compile_selection, compile_source
from sundog.services.apigatewayv2.sockets.occasion import Occasion

PEER = Peer("id=", Scope(), "abcdefghi1", "test", 1_000, "10.1.2.3", "agent")
HTTP = HttpRequest("GET", "/test", "a=1&a=2", {"host": "h:80", "x-one": "1"}, b"")
BODY = '{"action": "send", "deep": {"list": ["x", {"y": true}]}, "number": 7, "empty": ""}'
OCCASION = Occasion(
    PEER,
    "h",
    "MESSAGE",
    "request",
    2_000,
    body=BODY,
    http=HTTP,
    query=(("a", "1"), ("a", "2")),
    variables={"color": "red"},
)
SOURCES = Sources(OCCASION, "send", Answer(404, (("X-Two", "2"),), b'{"error": {"code": 5}}'))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$request.body.action", "send"),
        ("${request.body.action}", "send"),
        ("${request.body.action}/${request.body.number}", "send/7"),
        ("$request.body.deep.list[0]", "x"),
        ("${request.body.deep.list[1].y}", "true"),
        ("${request.body.nothing}", None),
        ("a-${request.body.nothing}", None),
        ("$request.body.empty", ""),
        ("$request.header.X-One", "1"),
        ("$request.querystring.a", "2"),
        ("$context.connectionId", "id="),
        ("$stageVariables.color", "red"),
        ("${integration.response.statuscode}", "404"),
        ("\\$default", "$default"),
        ("plain", "plain"),
    ],
)
def test_a_selection_is_a_text_with_variables(text, value):
    assert compile_selection(text)(SOURCES) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'a text'", "a text"),
        ("route.request.header.x-one", "1"),
        ("route.request.querystring.a", "2"),
        ("route.request.body.deep.list[0]", "x"),
        ("route.request.body", BODY),
        ("context.identity.sourceIp", "10.1.2.3"),
        ("stageVariables.color", "red"),
        ("stageVariables.nothing", None),
        ("integration.response.header.x-two", "2"),
        ("integration.response.body.error.code", "5"),
        ("nonsense", None),
        ("request.bodyguard", None),
    ],
)
def test_a_source_is_one_value(text, value):
    assert compile_source(text)(SOURCES) == value


def test_a_body_that_is_no_json_has_nothing_inside():
    sources = Sources(Occasion(PEER, "h", "MESSAGE", "request", 2_000, body="no JSON"), "x")
    assert compile_selection("$request.body.action")(sources) is None
    assert compile_source("route.request.body")(sources) == "no JSON"
