"""What an HTTP call becomes behind a connection, and what its answer means for the event."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.bus import ConnectionFailure, HttpAnswer, HttpCall
from sundog.services.events.api_destination_target import read_refusal, read_retry_after
from sundog.services.events.authorizing import read_token_answer
from sundog.services.events.connection_rules import merge_parameters, show_parameters
from sundog.services.events.invocation import add_parameters, fill_path, merge_body, token_call

WALL_MS = 1_700_000_000_000


@pytest.mark.parametrize(
    ("values", "url"),
    [
        ([], "https://a//b/"),
        (["x"], "https://a/x/b/"),
        (["x", "y"], "https://a/x/b/y"),
        (["ä ?", "/"], "https://a/%C3%A4%20%3F/b/%2F"),
        (["x", "y", "too many"], "https://a/x/b/y"),
    ],
)
def test_each_star_of_an_endpoint_takes_the_next_value(values, url):
    assert fill_path("https://a/*/b/*", values) == url


def test_queries_are_added_to_what_the_url_has():
    call = HttpCall("GET", "https://a/b?c=1", query={"d": "2 3", "e": "&"})
    assert call.whole_url == "https://a/b?c=1&d=2%203&e=%26"


@pytest.mark.parametrize(
    ("body", "merged"),
    [(b"", {"k": "v"}), (b'{"a": 1}', {"a": 1, "k": "v"}), (b'{"k": 1}', {"k": "v"})],
)
def test_body_parameters_go_into_objects(body, merged):
    assert json.loads(merge_body(body, {"k": "v"})) == merged


@pytest.mark.parametrize("body", [b"text", b"[1]", b'"s"'])
def test_what_is_no_object_takes_no_parameters(body):
    assert merge_body(body, {"k": "v"}) == body


def test_headers_differ_by_more_than_case():
    http = {"HeaderParameters": [{"Key": "X-A", "Value": "new"}]}
    assert add_parameters(HttpCall("GET", "https://a", {"x-a": "old"}), http).headers == {"X-A": "new"}


def test_a_token_by_get_is_asked_for_in_the_query():
    client = {"ClientID": "id", "ClientSecret": "s"}
    call = token_call(
        {"AuthorizationEndpoint": "https://a/t", "HttpMethod": "GET", "ClientParameters": client}
    )
    assert call.whole_url == "https://a/t?grant_type=client_credentials&client_id=id&client_secret=s"
    assert call.body == b""


@pytest.mark.parametrize(
    ("text", "pause_ms"),
    [
        ("", None),
        ("soon", None),
        ("0", 0),
        ("120", 120_000),
        ("-5", -5_000),
        ("Tue, 14 Nov 2023 22:13:30 GMT", 10_000),
        ("Tue, 14 Nov 2023 22:13:10 GMT", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(text, pause_ms):
    assert read_retry_after(text, WALL_MS) == pause_ms


@given(st.text(max_size=40))
def test_no_retry_after_is_too_strange(text):
    read_retry_after(text, WALL_MS)


def test_a_refusal_says_whether_and_when_to_come_back():
    assert read_refusal(HttpAnswer(404, {}, b""), 0, WALL_MS).is_final
    assert not read_refusal(HttpAnswer(500, {}, b""), 0, WALL_MS).is_final
    assert read_refusal(HttpAnswer(429, {"retry-after": "7"}, b""), 1_000, WALL_MS).not_before_ms == 8_000


@pytest.mark.parametrize(
    ("body", "header", "life_ms"),
    [
        (b'{"access_token": "t", "expires_in": 60}', "Bearer t", 60_000),
        (b'{"access_token": "t", "expires_in": "60", "token_type": "bearer"}', "Bearer t", 60_000),
        (b'{"access_token": "t", "token_type": "MAC"}', "MAC t", 3_600_000),
        (b'{"access_token": "t", "expires_in": null}', "Bearer t", 3_600_000),
    ],
)
def test_tokens_are_read_as_the_rfc_has_them(body, header, life_ms):
    assert read_token_answer(body) == (header, life_ms)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"access_token": ""}', b'{"access_token": 1}'])
def test_what_is_no_token_is_refused(body):
    with pytest.raises(ConnectionFailure):
        read_token_answer(body)


def test_parameters_of_another_type_are_forgotten():
    known = {"BasicAuthParameters": {"Username": "u"}, "InvocationHttpParameters": {"BodyParameters": []}}
    merged = merge_parameters("API_KEY", known, {"ApiKeyAuthParameters": {"ApiKeyName": "k"}})
    assert set(merged) == {"ApiKeyAuthParameters", "InvocationHttpParameters"}


def test_a_part_of_the_client_can_be_changed():
    known = {"OAuthParameters": {"ClientParameters": {"ClientID": "a", "ClientSecret": "s"}}}
    given = {"OAuthParameters": {"ClientParameters": {"ClientSecret": "t"}}}
    merged = merge_parameters("OAUTH_CLIENT_CREDENTIALS", known, given)
    assert merged["OAuthParameters"]["ClientParameters"] == {"ClientID": "a", "ClientSecret": "t"}
    assert show_parameters(merged) == {"OAuthParameters": {"ClientParameters": {"ClientID": "a"}}}
