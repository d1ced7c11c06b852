"""JSONPath as Step Functions has it (Jayway's)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.lang.evaluation import MISSING
from sundog.lang.jsonpath import InvalidPath, PathNotWritable, compile_path, compile_reference_path

STORE = {
    "book": [
        {"title": "a", "price": 8.95, "isbn": "1"},
        {"title": "b", "price": 12, "tags": ["x", "y"]},
        {"title": "c", "price": 9},
    ],
    "numbers": [1, 2, 3],
    "delivery-partner": {"name": "d"},
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", STORE),
        ("$.numbers", [1, 2, 3]),
        ("$['numbers'][-1]", 3),
        ("$.delivery-partner.name", "d"),
        ("$.book[1].tags[0]", "x"),
        ("$.[0]", MISSING),
        ("$.numbers.length()", 3),
        ("$.delivery-partner.keys()", ["name"]),
        ("$.numbers.sum()", 6.0),
        ("$.numbers.append(4)", [1, 2, 3, 4]),
        ("$.numbers.first()", 1),
    ],
)
def test_a_definite_path_gives_one_value(path, expected):
    assert compile_path(path).is_definite
    assert compile_path(path).find(STORE) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.book[*].title", ["a", "b", "c"]),
        ("$..title", ["a", "b", "c"]),
        ("$.numbers[1:]", [2, 3]),
        ("$.numbers[:-1]", [1, 2]),
        ("$.numbers[0,2]", [1, 3]),
        ("$.numbers[7:9]", []),
        ("$.nothing[*].title", []),
        ("$.nothing.deep[1:]", []),
        ("$.numbers.nothing[?(@.x)]", []),
        ("$.book[?(@.price < 10)].title", ["a", "c"]),
        ("$.book[?(@.isbn)].title", ["a"]),
        ("$.book[?(!@.isbn)].title", ["b", "c"]),
        ("$.book[?(" + "!" * 5_001 + "(@.isbn))].title", ["b", "c"]),
        ("$.book[?(@.title =~ /[AB]/i && @.price > 10)].title", ["b"]),
        ("$.book[?(@.title in ['a', 'c'] || @.tags contains 'x')].title", ["a", "b", "c"]),
        ("$.book[?(@.isbn == 1)].title", ["a"]),
        ("$.book[?(@.tags size 2)].title", ["b"]),
        ("$.book[?(@.price == $.numbers.max())].title", []),
    ],
)
def test_an_indefinite_path_gives_a_list(path, expected):
    assert not compile_path(path).is_definite
    assert compile_path(path).find(STORE) == expected


def test_several_names_at_the_end_give_an_object_of_those_that_are_there():
    assert compile_path("$.book[0]['title','nothing']").find(STORE) == {"title": "a"}


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("$.nothing", "No results for path: $['nothing']"),
        ("$.nothing.deep", "Missing property in path $['nothing']"),
        ("$.numbers[9]", "No results for path: $['numbers'][9]"),
    ],
)
def test_a_path_that_leads_nowhere_says_why_in_the_words_of_jayway(path, reason):
    compiled = compile_path(path)
    assert compiled.find(STORE) is MISSING
    assert compiled.why_missing(STORE) == reason


@pytest.mark.parametrize(
    "path",
    [
        "",
        "a",
        "$.",
        "$..",
        "$[",
        "$['a",
        "$.a b",
        "$.x.nope()",
        "$[?(@.a ==)]",
        "$[1:2:3]",
        "$[a]",
        "$..a.length().b",
        "$.a.length()[0]",
    ],
)
def test_what_is_no_path_is_refused(path):
    with pytest.raises(InvalidPath):
        compile_path(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(JSON, st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=4), JSON)
def test_what_a_reference_path_wrote_is_found_there_and_the_rest_is_as_it_was(root, names, value):
    text = "$" + "".join(f".{name}" for name in names)
    try:
        written = compile_reference_path(text).write(root, value)
    except PathNotWritable:
        return
    assert compile_path(text).find(written) == value
    assert {k: v for k, v in written.items() if k != names[0]} == {
        k: v for k, v in root.items() if k != names[0]
    }


def test_a_value_that_cannot_have_the_member_is_not_written_to():
    with pytest.raises(PathNotWritable) as refused:
        compile_reference_path("$.a.b").write({"a": 1}, 2)
    assert str(refused.value) == 'Unable to apply ReferencePath $.a.b to input {"a":1}'


@pytest.mark.parametrize("path", ["$.a[*]", "$..a", "$.a[1:]", "$.a[?(@.b)]", "$.a.length()", "$.a[-1]"])
def test_only_names_and_indexes_make_a_reference_path(path):
    with pytest.raises(InvalidPath):
        compile_reference_path(path)
