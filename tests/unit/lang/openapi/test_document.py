"""JSON and YAML texts of documents."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.lang.openapi import InvalidDocument, read_document, write_document
from sundog.lang.openapi.base_path import base_path, prefix

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), values, max_size=4))
def test_what_is_written_is_read(document):
    assert read_document(write_document(document, as_yaml=False)) == document


@given(
    st.dictionaries(st.from_regex(r"[a-z$/{}-]{1,8}", fullmatch=True), st.text("abc 1:#'\"\n", max_size=9))
)
def test_what_is_written_as_yaml_is_read(document):
    assert read_document(write_document(document, as_yaml=True)) == document


def test_keys_are_strings_and_times_stay_texts():
    text = b"info: {version: 2022-04-12T15:36:55Z}\nresponses:\n  200: {}\n  true: 1\n"
    assert read_document(text) == {
        "info": {"version": "2022-04-12T15:36:55Z"},
        "responses": {"200": {}, "true": 1},
    }


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1, 10**300])
def test_whole_numbers_that_no_row_can_hold_are_fractions(number):
    assert read_document(f'{{"a": {number}}}'.encode()) == {"a": float(number)}


def test_a_byte_order_mark_and_yaml_in_braces_are_fine():
    assert read_document(b"\xef\xbb\xbf" + json.dumps({"a": 1}).encode()) == {"a": 1}
    assert read_document(b"{a: 1, 'b': [x]}") == {"a": 1, "b": ["x"]}


BOMB = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{name}: &{name} [{','.join(f'*{before}' for _ in range(10))}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[1]",
        b"text",
        b"{'key:value}",
        b'a:\n  - "b ... "c": $d',
        b"\xff\xfe",
        b"a: &a\n  b: *a\n",
        b"a: !!python/object:os.system x",
        b"a: !!binary aGk=",
        b"? [1, 2]\n: 3",
        BOMB.encode(),
        b'{"a":' * 5000,
        b"[" * 100_000,
    ],
    ids=lambda text: text[:12].decode("utf-8", "replace"),
)
def test_what_is_no_object_is_refused(text):
    with pytest.raises(InvalidDocument):
        read_document(text)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"swagger": "2.0"}, ""),
        ({"swagger": "2.0", "basePath": "/"}, ""),
        ({"swagger": "2.0", "basePath": "a/b/"}, "/a/b"),
        ({"openapi": "3.0.1", "servers": [{"url": "https://example.com/v1/x"}]}, "/v1/x"),
        ({"openapi": "3.0.1", "servers": [{"url": "https://example.com"}]}, ""),
        ({"openapi": "3.0.1", "servers": [{"url": "/v1"}]}, "/v1"),
        (
            {
                "openapi": "3.0.1",
                "servers": [
                    {"url": "https://example.com/other"},
                    {"url": "/", "variables": {"basePath": {"default": "first"}}},
                    {"url": "/", "variables": {"basePath": {"default": "second"}}},
                ],
            },
            "/first",
        ),
    ],
)
def test_the_base_path_is_found(document, expected):
    assert base_path(document) == expected


@pytest.mark.parametrize(("mode", "expected"), [("ignore", ""), ("prepend", "/a/b/c"), ("split", "/b/c")])
def test_the_mode_says_what_becomes_of_the_base_path(mode, expected):
    assert prefix({"swagger": "2.0", "basePath": "/a/b/c"}, mode) == expected
    assert prefix({"swagger": "2.0", "basePath": "/a"}, "split") == ""
