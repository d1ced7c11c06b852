"""Events as values: what of a request reaches a function, and in which form."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.context import Principal
from sundog.protocol.http import HttpRequest
from sundog.scope import Scope
from sundog.services.apigatewayv2.execute.call import Call, Identity, Routed
from sundog.services.apigatewayv2.execute.events import body_text, claim_texts, write_event
from sundog.services.apigatewayv2.snapshots import Snapshot

API = {"ApiId": "aaaaaaaaa1", "ProtocolType": "HTTP"}


def routed(lines=(), *, query="", body=b"", identity=None, parameters=None, variables=None, path="/a"):
    lines = [("Host", "aaaaaaaaa1.execute-api.us-east-1.amazonaws.com"), *lines]
    raw = tuple((name.encode(), value.encode()) for name, value in lines)
    named = {name.lower(): value for name, value in lines}
    http = HttpRequest("GET", path, query, named, body, "1.2.3.4", raw)
    stage = {"StageName": "$default", "DeploymentId": "d", "StageVariables": variables or {}}
    snapshot = Snapshot(Scope(), API, stage, (), {}, {}, {}, {}, {})
    call = Call(http, snapshot, path, path, "id=", "Root=1-2-3", 1_700_000_000_123, lines[0][1])
    return Routed(call, {"RouteKey": "GET /a"}, parameters or {}, identity or Identity(""))


def test_what_is_not_there_has_no_member_in_format_2():
    event = write_event("2.0", routed())
    assert not {"cookies", "queryStringParameters", "pathParameters", "stageVariables", "body"} & set(event)


def test_what_is_not_there_is_null_in_format_1():
    event = write_event("1.0", routed())
    for member in (
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "pathParameters",
        "stageVariables",
        "body",
    ):
        assert event[member] is None


def test_header_lines_of_one_name_are_joined_and_cookies_stand_apart():
    event = write_event(
        "2.0", routed([("X-A", "1"), ("x-a", "2"), ("Cookie", 'a="x,y"; b=2'), ("cookie", "c")])
    )
    assert event["headers"]["x-a"] == "1,2"
    assert event["cookies"] == ['a="x,y"', "b=2", "c"]


def test_the_connection_of_the_client_is_its_own():
    lines = [
        ("Connection", "close"),
        ("TE", "trailers"),
        ("Content-Length", "99"),
        ("X-Forwarded-For", "9.9.9.9"),
    ]
    headers = write_event("2.0", routed(lines, body=b"x"))["headers"]
    assert "connection" not in headers and "te" not in headers
    assert headers["content-length"] == "1"
    assert headers["x-forwarded-for"] == "9.9.9.9, 1.2.3.4"


@pytest.mark.parametrize(
    ("kind", "body", "text", "is_base64"),
    [
        ("application/json; charset=utf-8", b"{}", "{}", False),
        ("application/vnd.api+json", b"{}", "{}", False),
        ("text/plain", "ä".encode(), "ä", False),
        ("text/plain", b"\xff", "/w==", True),
        ("application/x-www-form-urlencoded", b"a=b", "YT1i", True),
        ("image/png", b"\x89PNG", "iVBORw==", True),
        ("", b"x", "eA==", True),
        ("", b"", "", False),
    ],
)
def test_a_body_is_text_where_its_type_says_so(kind, body, text, is_base64):
    headers = {"content-type": kind} if kind else {}
    assert body_text(HttpRequest("POST", "/", "", headers, body)) == (text, is_base64)


def test_an_encoded_body_is_not_text():
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert body_text(HttpRequest("POST", "/", "", headers, b"{}")) == ("e30=", True)


def test_claims_are_texts():
    claims = {"sub": "me", "n": 1, "ok": True, "groups": ["a", "b"], "none": None, "deep": {"a": 1}}
    assert claim_texts(claims) == {
        "sub": "me",
        "n": "1",
        "ok": "true",
        "groups": "[a b]",
        "none": "<nil>",
        "deep": "map[a:1]",
    }


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize(
    "identity",
    [
        Identity(""),
        Identity("jwt", claims={"sub": "me"}, scopes=("a",)),
        Identity("lambda", context={"a": 1}, principal_id="me"),
        Identity("iam", Principal.root("111111111111")),
    ],
    ids=lambda identity: identity.kind,
)
def test_who_was_let_in_is_told(version, identity):
    context = write_event(version, routed(identity=identity))["requestContext"]
    told = context.get("authorizer")
    if version == "1.0":
        assert context["identity"]["userArn"] == (identity.principal and identity.principal.arn)
        expected = {"": {"claims": None, "scopes": None}, "iam": {"claims": None, "scopes": None}}
        expected |= {
            "jwt": {"claims": {"sub": "me"}, "scopes": ["a"]},
            "lambda": {"principalId": "me", "a": 1},
        }
        assert told == expected[identity.kind]
    else:
        assert (told is None) == (identity.kind == "")
        assert told is None or list(told) == [identity.kind]


@given(
    st.sampled_from(["1.0", "2.0"]),
    st.text(alphabet="abc=&%+;", max_size=20),
    st.lists(
        st.tuples(st.sampled_from(["X-A", "x-a", "Cookie", "Accept"]), st.text(max_size=10)), max_size=4
    ),
    st.binary(max_size=20),
)
def test_any_request_is_an_event(version, query, lines, body):
    event = orjson.loads(orjson.dumps(write_event(version, routed(lines, query=query, body=body))))
    assert event["version"] == version
    context = event["requestContext"]
    assert context["timeEpoch" if version == "2.0" else "requestTimeEpoch"] == 1_700_000_000_123
