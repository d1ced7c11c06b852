"""Header lines."""

from sundog.front.headers import (
    DROPPED_FROM_REQUESTS,
    DROPPED_FROM_RESPONSES,
    REMAPPED_IN_RESPONSES,
    flat,
    grouped,
    last_of,
    remapped,
    values_of,
    without,
)

LINES = (("A", "1"), ("b", "2"), ("a", "3"))


def test_names_are_found_whatever_their_case():
    assert values_of(LINES, "a") == ["1", "3"]
    assert (last_of(LINES, "A"), last_of(LINES, "c")) == ("3", None)
    assert without(LINES, frozenset(("a",))) == (("b", "2"),)


def test_names_that_differ_in_case_are_one_spelled_as_the_first():
    assert grouped(LINES) == {"A": ["1", "3"], "b": ["2"]}
    assert list(flat({"A": ["1", "3"], "b": "2"})) == [("A", "1"), ("A", "3"), ("b", "2")]


def test_an_integrations_own_headers_are_renamed_or_dropped():
    lines = (("Date", "x"), ("X-Own", "y"), ("Transfer-Encoding", "chunked"), ("x-amzn-RequestId", "r"))
    assert remapped(lines) == (
        ("x-amzn-Remapped-Date", "x"),
        ("X-Own", "y"),
        ("x-amzn-Remapped-x-amzn-RequestId", "r"),
    )


def test_no_name_is_both_dropped_and_renamed():
    assert not REMAPPED_IN_RESPONSES & DROPPED_FROM_RESPONSES
    assert all(name == name.lower() for name in DROPPED_FROM_REQUESTS | REMAPPED_IN_RESPONSES)
