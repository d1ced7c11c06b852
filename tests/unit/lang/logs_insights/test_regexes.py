"""Regular expressions and globs in Python's words."""

import re

import pytest

from sundog.lang.logs_insights.regexes import compile_glob, compile_regex


@pytest.mark.parametrize(
    ("regex", "text", "matches"),
    [
        (r"^(?i)exception$", "EXCEPTION", True),
        (r"a(?i)b|c", "C", True),
        (r"a(?i)b|c", "aB", True),
        (r"a(?i)b|c", "AB", False),
        (r"(a(?i)b)c", "aBc", True),
        (r"(a(?i)b)c", "aBC", False),
        (r"[[:digit:]]+x", "12x", True),
        (r"[(?i)]", "?", True),
        (r"\(?i\)", "i)", True),
        (r"(?:x|(?s)a.b)", "a\nb", True),
        (r"ends\z", "ends", True),
    ],
)
def test_a_regex_means_what_it_means_to_aws(regex, text, matches):
    pattern, _ = compile_regex(regex)
    assert (pattern.search(text) is not None) == matches


def test_named_groups_are_found_in_order_whatever_they_are_called():
    pattern, names = compile_regex(r"(?<b>.)(.)(?<a>.)(?P<@c>.)")
    assert names == ("b", "a", "@c")
    found = pattern.search("1234")
    assert [found[f"_{number}"] for number in (1, 2, 3)] == ["1", "3", "4"]


@pytest.mark.parametrize("regex", ["(", "[", "a{2,1}", "*", "(?<a>", "a)"])
def test_a_broken_regex_is_an_error_of_the_regex(regex):
    with pytest.raises(re.error):
        compile_regex(regex)


@pytest.mark.parametrize(
    ("glob", "text", "groups"),
    [
        ("a=*,", "x a=1, b", ("1",)),
        ("*=*", "k=v=w", ("k", "v=w")),
        (r"\* *", "* rest", ("rest",)),
        ("[*] (*)", "[a] (b)", ("a", "b")),
        ("a*b", "a\nb", ("\n",)),
        ("x*", "nothing", None),
    ],
)
def test_a_glob_takes_what_its_stars_stand_for(glob, text, groups):
    pattern, count = compile_glob(glob)
    found = pattern.search(text)
    assert (None if found is None else found.groups()) == groups
    assert groups is None or count == len(groups)
