"""Parameter mappings as values: what they make of a request and of an answer."""

from hypothesis import given
from hypothesis import strategies as st

from sundog.front.http_call import Answer
from sundog.services.apigatewayv2.execute.expressions import Sources
from sundog.services.apigatewayv2.execute.mapping import begin_mapping, compile_answer, compile_request

PAIRS = (("A", "1"), ("a", "2"), ("B", "3"))
NOTHING = Sources(PAIRS, b"", {"stage": "dev"}, {})


def mapped(key, value):
    return compile_request({key: value})(begin_mapping(PAIRS, "q=1&q=2&r=%2F"), NOTHING)


def test_headers_are_appended_overwritten_and_removed_whatever_their_case():
    assert mapped("append:header.a", "x").pairs == (*PAIRS, ("a", "x"))
    assert mapped("overwrite:header.A", "x").pairs == (("B", "3"), ("A", "x"))
    assert mapped("remove:header.a", "''").pairs == (("B", "3"),)


def test_a_query_that_is_not_mapped_is_sent_as_it_came():
    assert mapped("append:header.a", "x").query_text == "q=1&q=2&r=%2F"
    assert mapped("append:querystring.s", "a b").query_text == "q=1&q=2&r=%2F&s=a%20b"
    assert mapped("overwrite:querystring.q", "3").query_text == "r=%2F&q=3"
    assert mapped("remove:querystring.q", "''").query_text == "r=%2F"


def test_a_value_that_is_not_there_changes_nothing():
    for key in ("append:header.a", "overwrite:header.a", "append:querystring.q", "overwrite:path"):
        assert mapped(key, "$context.none") == begin_mapping(PAIRS, "q=1&q=2&r=%2F")


def test_an_answer_is_mapped_by_its_own_status_only():
    run = compile_answer({"200": {"overwrite:statuscode": "201", "append:header.s": "$context.stage"}})
    assert run(Answer(200, PAIRS), NOTHING) == Answer(201, (*PAIRS, ("s", "dev")))
    assert run(Answer(404, PAIRS), NOTHING) == Answer(404, PAIRS)


def test_a_status_that_is_none_leaves_the_answers_own():
    for text in ("many", "99", "600", "$context.none", ""):
        assert compile_answer({"200": {"overwrite:statuscode": text}})(Answer(200), NOTHING).status == 200


@given(st.text(max_size=40))
def test_no_value_ends_a_header_line(text):
    sources = Sources(PAIRS, text.encode("utf-8", "replace"), {}, {})
    parameters = {"append:header.x": "$request.body", "overwrite:header.y": "a${request.body}"}
    for name, value in compile_request(parameters)(begin_mapping(PAIRS, ""), sources).pairs:
        assert not set("\r\n\0") & set(name + value)
