"""Filters: ``[?(@.price > 3 && @.name =~ /a.*/i)]`` as a function of the element and the root."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from sundog.lang.evaluation import MISSING
from sundog.lang.jsonpath.comparisons import OPERATORS
from sundog.lang.jsonpath.scanner import balanced, end_of_quote, unquoted
from sundog.lang.jsonpath.steps import InvalidPath
from sundog.lang.plain_json import read_json

Predicate = Callable[[Any, Any], bool]
Read = Callable[[Any, Any], Any]
CompilePath = Callable[[str], Callable[[Any], Any]]

_OPERATOR: Final = re.compile(
    r"\s*(===|!==|==|!=|<=|>=|<|>|=~|(?:in|nin|contains|subsetof|anyof|noneof|size|empty|all|type)\b)\s*",
    re.IGNORECASE,
)
_LITERAL: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null")
_REGEX_FLAGS: Final = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE, "x": re.VERBOSE}
_PATH_END: Final = re.compile(r"[\s)=!<>&|,]")


def parse_predicate(text: str, compile_path: CompilePath) -> Predicate:
    """``text`` is ``?(...)``. Raises `InvalidPath`."""
    body = text[1:].strip()
    if not body.startswith("(") or balanced(body, 0) != len(body) - 1:
        raise InvalidPath(f"Filter must be in parentheses: [{text}]")
    parser = _Parser(body[1:-1], compile_path)
    predicate = parser.either()
    parser.skip()
    if parser.at < len(parser.text):
        raise InvalidPath(f"Expected end of filter expression instead of: {parser.text[parser.at :]}")
    return predicate


class _Parser:
    def __init__(self, text: str, compile_path: CompilePath) -> None:
        self.text, self.compile_path, self.at = text, compile_path, 0

    def skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def take(self, word: str) -> bool:
        self.skip()
        if not self.text.startswith(word, self.at):
            return False
        self.at += len(word)
        return True

    def either(self) -> Predicate:
        terms = [self.both()]
        while self.take("||"):
            terms.append(self.both())
        return terms[0] if len(terms) == 1 else lambda e, r: any(term(e, r) for term in terms)

    def both(self) -> Predicate:
        terms = [self.term()]
        while self.take("&&"):
            terms.append(self.term())
        return terms[0] if len(terms) == 1 else lambda e, r: all(term(e, r) for term in terms)

    def term(self) -> Predicate:
        is_negated = False
        while self.take("!"):
            is_negated = not is_negated
        inner = self.group()
        return (lambda e, r: not inner(e, r)) if is_negated else inner

    def group(self) -> Predicate:
        if self.take("("):
            inner = self.either()
            if not self.take(")"):
                raise InvalidPath("Expected ')' in filter expression")
            return inner
        return self.comparison()

    def comparison(self) -> Predicate:
        left = self.operand()
        found = _OPERATOR.match(self.text, self.at)
        if found is None:
            return lambda e, r: left(e, r) is not MISSING
        self.at = found.end()
        compare, right = OPERATORS[found[1].lower()], self.operand()
        return lambda e, r: compare(left(e, r), right(e, r))

    def operand(self) -> Read:
        self.skip()
        start = self.text[self.at : self.at + 1]
        if start and start in "@$":
            return self.path(start)
        if start and start in "'\"":
            end = end_of_quote(self.text, self.at)
            return self.constant(unquoted(self.text[self.at : end + 1]), end + 1)
        if start and start in "[{":
            end = balanced(self.text, self.at)
            return self.constant(_json(self.text[self.at : end + 1]), end + 1)
        if start == "/":
            return self.regex()
        found = _LITERAL.match(self.text, self.at)
        if found is None:
            raise InvalidPath(f"Expected a value in filter expression: {self.text[self.at :]}")
        return self.constant(_json(found[0]), found.end())

    def constant(self, value: Any, end: int) -> Read:
        self.at = end
        return lambda element, root: value

    def path(self, start: str) -> Read:
        end = self.at + 1
        while end < len(self.text) and not _PATH_END.match(self.text, end):
            opens = self.text[end] in "[("
            end = balanced(self.text, end) + 1 if opens else end + 1
        find = self.compile_path("$" + self.text[self.at + 1 : end])
        self.at = end
        return (lambda element, root: find(element)) if start == "@" else lambda element, root: find(root)

    def regex(self) -> Read:
        end = self.at + 1
        while end < len(self.text) and self.text[end] != "/":
            end += 2 if self.text[end] == "\\" else 1
        source, end = self.text[self.at + 1 : end].replace("\\/", "/"), end + 1
        flags = 0
        while end < len(self.text) and self.text[end] in _REGEX_FLAGS:
            flags |= _REGEX_FLAGS[self.text[end]]
            end += 1
        try:
            return self.constant(re.compile(source, flags), end)
        except re.error:
            raise InvalidPath(f"Invalid regular expression: {source}") from None


def _json(text: str) -> Any:
    try:
        return read_json(text)
    except ValueError:
        pass
    try:  # Jayway takes single quotes here
        return read_json(text.replace("'", '"'))
    except ValueError:
        raise InvalidPath(f"Not a JSON value in filter expression: {text}") from None
