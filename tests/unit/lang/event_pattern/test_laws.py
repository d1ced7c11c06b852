"""Laws of event patterns over generated patterns, events and texts."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sundog.lang.event_pattern import Dialect, InvalidPattern, RuleIndex, compile_pattern

KEYS = st.sampled_from(["a", "b", "c", "a.b"])
TEXTS = st.sampled_from(["", "a", "ab", "abc", "B", "x*y", "10.0.0.7", "::1", "é"])
NUMBERS = st.sampled_from([0, 1, 1.0, -1.5, 300, 2**53 + 1, 1e300])
LEAVES = st.one_of(TEXTS, NUMBERS, st.booleans(), st.none())


def operator(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return values.map(lambda value: {name: value})


AFFIX = st.one_of(TEXTS, operator("equals-ignore-case", TEXTS))
WILDCARDS = st.sampled_from(["*", "a*", "*b", "a*c", "*b*", "a\\*b", "x*y"])
NOT_EMPTY = TEXTS.filter(bool)
TERMS = st.one_of(
    LEAVES,
    operator("prefix", AFFIX),
    operator("suffix", AFFIX),
    operator("equals-ignore-case", TEXTS),
    operator("wildcard", WILDCARDS),
    operator("exists", st.booleans()),
    operator("cidr", st.sampled_from(["10.0.0.0/24", "::/64"])),
    operator("numeric", st.sampled_from([["=", 1], [">", 0], [">=", 0, "<", 300], ["<=", -1]])),
    operator("anything-but", st.one_of(TEXTS, NUMBERS, st.lists(TEXTS, min_size=1, max_size=3))),
    operator("anything-but", operator("prefix", NOT_EMPTY)),
    operator("anything-but", operator("wildcard", WILDCARDS)),
    operator("anything-but", operator("equals-ignore-case", st.lists(TEXTS, min_size=1, max_size=2))),
)
FIELDS = st.lists(TERMS, min_size=1, max_size=3)
OBJECTS = st.recursive(
    st.dictionaries(KEYS, FIELDS, min_size=1, max_size=3),
    lambda inner: (
        st.dictionaries(KEYS, st.one_of(FIELDS, inner), min_size=1, max_size=3)
        | st.tuples(st.lists(inner, min_size=2, max_size=3), FIELDS).map(lambda p: {"$or": p[0], "b": p[1]})
    ),
    max_leaves=6,
)
EVENTS = st.dictionaries(
    KEYS,
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=3,
)
ANY_JSON = st.recursive(
    LEAVES | st.text(max_size=4) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            KEYS
            | st.sampled_from(["$or", "prefix", "numeric", "anything-but", "exists"])
            | st.text(max_size=3),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(st.lists(OBJECTS, min_size=1, max_size=6), EVENTS)
def test_the_index_and_the_pattern_alone_agree(patterns: list[dict[str, Any]], event: dict[str, Any]) -> None:
    compiled = {str(n): compile_pattern(json.dumps(pattern)) for n, pattern in enumerate(patterns)}
    index = RuleIndex()
    for name, pattern in compiled.items():
        index.add(name, pattern)
    assert index.match(event) == {name for name, pattern in compiled.items() if pattern.matches(event)}


@given(st.lists(OBJECTS, min_size=2, max_size=6), EVENTS)
def test_a_removed_rule_leaves_no_trace(patterns: list[dict[str, Any]], event: dict[str, Any]) -> None:
    index, fresh = RuleIndex(), RuleIndex()
    compiled = [compile_pattern(json.dumps(pattern)) for pattern in patterns]
    for number, pattern in enumerate(compiled):
        index.add(str(number), pattern)
    for number in range(1, len(compiled)):
        index.remove(str(number))
    fresh.add("0", compiled[0])
    assert index.match(event) == fresh.match(event)
    index.remove("0")
    assert len(index) == 0
    assert index.match(event) == set()


@given(OBJECTS, EVENTS)
def test_an_explanation_is_given_exactly_when_nothing_matches(
    pattern: dict[str, Any], event: dict[str, Any]
) -> None:
    compiled = compile_pattern(json.dumps(pattern))
    assert (compiled.explain(event) is None) == compiled.matches(event)


@given(OBJECTS, EVENTS)
def test_spaces_in_a_pattern_mean_nothing(pattern: dict[str, Any], event: dict[str, Any]) -> None:
    spaced = compile_pattern(json.dumps(pattern, indent=3, ensure_ascii=False))
    assert spaced.matches(event) == compile_pattern(json.dumps(pattern)).matches(event)


@settings(max_examples=300)
@given(ANY_JSON, st.sampled_from(Dialect), EVENTS)
def test_any_json_compiles_or_is_refused(value: Any, dialect: Dialect, event: dict[str, Any]) -> None:
    try:
        pattern = compile_pattern(json.dumps(value), dialect)
    except InvalidPattern as error:
        assert error.message
    else:
        pattern.matches(event)


@settings(max_examples=300)
@given(st.text(alphabet='{}[]":,\\*0123456789.eE-+tfnu abx$\n\t', max_size=30), st.sampled_from(Dialect))
def test_any_text_compiles_or_is_refused(text: str, dialect: Dialect) -> None:
    for tried in (text, '{"a": [' + text, '{"a": [{"' + text + '"}]}'):
        try:
            compile_pattern(tried, dialect)
        except InvalidPattern as error:
            assert error.message
