"""Wildcards of conditions, as laws."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from sundog.services.elbv2.matching import glob

LETTERS = st.text(alphabet="ab.*?\\", max_size=8)


def is_like(pattern, text, escapes=False):
    return re.fullmatch(glob(pattern, escapes), text, re.DOTALL) is not None


def by_definition(pattern, text):
    """``*`` is any characters, ``?`` is one."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(by_definition(pattern[1:], text[n:]) for n in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and by_definition(pattern[1:], text[1:])


@settings(deadline=None)
@given(LETTERS, LETTERS)
def test_a_pattern_matches_what_it_says(pattern, text):
    assert is_like(pattern, text) == by_definition(pattern, text)


@settings(deadline=None)
@given(LETTERS)
def test_an_escaped_text_matches_itself_alone(text):
    pattern = re.sub(r"([*?\\])", r"\\\1", text)
    assert is_like(pattern, text, escapes=True)
    assert not is_like(pattern, text + "x", escapes=True)
