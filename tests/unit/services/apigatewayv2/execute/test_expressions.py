"""Expressions of parameter mappings: what they read, and what they do not find."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.services.apigatewayv2.execute.expressions import Sources, compile_expression

SOURCES = Sources(
    (("X-Id", "7"), ("Many", "1"), ("many", "2")),
    b'{"name": "n", "items": [{"id": 5}], "deep": {"a": true}}',
    {"requestId": "r", "authorizer": {"claims": {"sub": "me"}}, "identity": {"sourceIp": "1.2.3.4"}},
    {"table": "orders"},
    "q=1&q=2&e=",
    "/a/b",
    {"id": "9"},
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("static", "static"),
        ("", ""),
        ("$request.header.x-id", "7"),
        ("${request.header.MANY}", "1,2"),
        ("$request.header.none", None),
        ("$request.querystring.q", "1,2"),
        ("$request.querystring.e", ""),
        ("$request.querystring.Q", None),
        ("$request.path", "/a/b"),
        ("$request.path.id", "9"),
        ("$request.body.name", "n"),
        ("$request.body.items[0].id", "5"),
        ("$request.body.deep", '{"a":true}'),
        ("$request.body.none", None),
        ("$request.body", '{"name": "n", "items": [{"id": 5}], "deep": {"a": true}}'),
        ("$context.requestId", "r"),
        ("$context.authorizer.claims.sub", "me"),
        ("$context.none.there", None),
        ("$stageVariables.table", "orders"),
        ("a-${context.requestId}/${stageVariables.table}-${context.none}.", "a-r/orders-."),
        ("$unknown.thing", "$unknown.thing"),
        ("${unknown.thing}", None),
    ],
)
def test_what_an_expression_reads(text, value):
    assert compile_expression(text)(SOURCES) == value


def test_json_paths_see_the_first_hundred_kilobytes_only():
    large = Sources((), b'{"a": 1, "b": "' + b"x" * 102_400 + b'"}', {}, {})
    assert compile_expression("$request.body.a")(large) is None
    assert len(compile_expression("$request.body")(large)) > 102_400


@given(st.text(max_size=40))
def test_any_text_is_an_expression(text):
    value = compile_expression(text)(SOURCES)
    assert value is None or isinstance(value, str)


@given(st.text(alphabet="${}.abcqrstuvw[0]", max_size=30))
def test_texts_that_look_like_expressions_are_read_or_not(text):
    value = compile_expression(f"$request.body.{text}")(SOURCES)
    assert value is None or isinstance(value, str)
