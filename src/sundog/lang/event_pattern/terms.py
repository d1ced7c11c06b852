"""What each operator of a pattern means: constructors of `Term`, tests as closures over one leaf value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sundog.lang.event_pattern.addresses import Address, parse_address
from sundog.lang.event_pattern.values import Term, Test, Word
from sundog.lang.event_pattern.wildcards import wildcard_test

INTEGER_EXACT_MAX: Final = 2**53
"""Numbers are IEEE doubles to AWS; up to here a Python int and its double are the same value."""


def _always(_: Any) -> bool:
    return True


def is_number(value: Any) -> bool:
    return type(value) is float or type(value) is int


def equal(value: str | float | Word, source: Any) -> Term:
    return Term("equal", value, lambda found: found == value, source)


def present(source: Any) -> Term:
    return Term("present", None, _always, source)


def absent(source: Any) -> Term:
    return Term("absent", None, _always, source)


def prefix(text: str, source: Any) -> Term:
    return Term("prefix", text, lambda found: type(found) is str and found.startswith(text), source)


def suffix(text: str, source: Any) -> Term:
    return Term("suffix", text, lambda found: type(found) is str and found.endswith(text), source)


def prefix_ignore_case(text: str, source: Any) -> Term:
    low = text.lower()
    return Term("scan", None, lambda found: type(found) is str and found.lower().startswith(low), source)


def suffix_ignore_case(text: str, source: Any) -> Term:
    low = text.lower()
    return Term("scan", None, lambda found: type(found) is str and found.lower().endswith(low), source)


def equals_ignore_case(text: str, source: Any) -> Term:
    low = text.lower()
    return Term("fold", low, lambda found: type(found) is str and found.lower() == low, source)


def wildcard(pieces: list[str], source: Any) -> Term:
    if len(pieces) == 1:
        return equal(pieces[0], source)
    if pieces[0]:
        return Term("prefix", pieces[0], wildcard_test(pieces), source)
    if pieces[-1]:
        return Term("suffix", pieces[-1], wildcard_test(pieces), source)
    return Term("scan", None, wildcard_test(pieces), source)


def number_range(low: float, low_open: bool, high: float, high_open: bool, source: Any) -> Term:
    test: Test
    if low_open and high_open:
        test = lambda found: is_number(found) and low < found < high  # noqa: E731
    elif low_open:
        test = lambda found: is_number(found) and low < found <= high  # noqa: E731
    elif high_open:
        test = lambda found: is_number(found) and low <= found < high  # noqa: E731
    else:
        test = lambda found: is_number(found) and low <= found <= high  # noqa: E731
    return Term("range", (low, high), test, source)


def address_range(first: Address, last: int, source: Any) -> Term:
    def test(found: Any) -> bool:
        address = parse_address(found) if type(found) is str else None
        return address is not None and address.bits == first.bits and first.number <= address.number <= last

    return Term("scan", None, test, source)


def same_address(text: str, address: Address) -> Term:
    """A plain string that is an address: every spelling of it."""
    if address.bits == 32 and "." in text and str(text) == _canonical(address):
        return equal(text, text)
    return address_range(address, address.number, text)


def _canonical(address: Address) -> str:
    return ".".join(str(part) for part in address.number.to_bytes(4, "big"))


def anything_but(values: Sequence[str | float], source: Any) -> Term:
    if len(values) == 1:
        only = values[0]
        return Term("scan", None, lambda found: found != only, source)
    excluded = frozenset(values)
    return Term("scan", None, lambda found: found not in excluded, source)


def anything_but_matching(terms: Sequence[Term], source: Any) -> Term:
    """Present, and none of ``terms``."""
    if len(terms) == 1:
        only = terms[0].test
        return Term("scan", None, lambda found: not only(found), source)
    tests = [term.test for term in terms]
    return Term("scan", None, lambda found: not any(test(found) for test in tests), source)
