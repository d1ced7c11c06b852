"""Match expressions such as ``{"prefix": "a"}``: read from tokens into a `Term`, refused in AWS's words.

The order of the checks is AWS's (aws/event-ruler's compiler), because the first complaint is the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sundog.lang.event_pattern import terms
from sundog.lang.event_pattern.addresses import parse_range
from sundog.lang.event_pattern.tokens import Tokens
from sundog.lang.event_pattern.values import InvalidPattern, Term
from sundog.lang.event_pattern.wildcards import COMPLEXITY_MAX, complexity, parse_wildcard

ONE_KEY: Final = "Only one key allowed in match expression"
TOO_COMPLEX: Final = (
    "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a"
    " wildcard character"
)


@dataclass(frozen=True, slots=True)
class Grammar:
    """Which operators a dialect knows: EventBridge's are all of them, SNS's fewer."""

    operators: frozenset[str]
    anything_but: frozenset[str]
    affix_ignore_case: bool


def read_expression(tokens: Tokens, grammar: Grammar) -> Term:
    """The expression whose ``{`` was just read, up to and with its ``}``."""
    if tokens.next() != "name":
        tokens.refuse("Match expression name not found")
    name = tokens.text()
    if name not in grammar.operators:
        tokens.refuse(f"Unrecognized match type {name}")
    return READERS[name](tokens, grammar)


def _end(tokens: Tokens, message: str = ONE_KEY) -> None:
    if tokens.next() != "}":
        tokens.refuse(message)


def _read_text(tokens: Tokens, message: str) -> str:
    if tokens.next() != "string":
        tokens.refuse(message)
    return tokens.text()


def _read_exactly(tokens: Tokens, grammar: Grammar) -> Term:
    text = _read_text(tokens, "exact match pattern must be a string")
    _end(tokens)
    return terms.equal(text, {"exactly": text})


def _read_affix(
    tokens: Tokens,
    grammar: Grammar,
    name: str,
    plain: Callable[[str, object], Term],
    ignore_case: Callable[[str, object], Term],
) -> Term:
    kind = tokens.next()
    if kind == "{" and grammar.affix_ignore_case:
        text = _read_inner_ignore_case(tokens, name)
        _end(tokens)
        return ignore_case(text, {name: {"equals-ignore-case": text}})
    if kind != "string":
        tokens.refuse(f"{name} match pattern must be a string")
    text = tokens.text()
    _end(tokens)
    return plain(text, {name: text})


def _read_inner_ignore_case(tokens: Tokens, name: str) -> str:
    if tokens.next() != "name":
        tokens.refuse(f"{name.capitalize()} expression name not found")
    if tokens.text() != "equals-ignore-case":
        tokens.refuse(f"Unsupported {name} pattern: {tokens.text()}")
    text = _read_text(tokens, "equals-ignore-case match pattern must be a string")
    _end(tokens)
    return text


def _read_prefix(tokens: Tokens, grammar: Grammar) -> Term:
    return _read_affix(tokens, grammar, "prefix", terms.prefix, terms.prefix_ignore_case)


def _read_suffix(tokens: Tokens, grammar: Grammar) -> Term:
    return _read_affix(tokens, grammar, "suffix", terms.suffix, terms.suffix_ignore_case)


def _read_ignore_case(tokens: Tokens, grammar: Grammar) -> Term:
    text = _read_text(tokens, "equals-ignore-case match pattern must be a string")
    _end(tokens)
    return terms.equals_ignore_case(text, {"equals-ignore-case": text})


def _read_wildcard(tokens: Tokens, grammar: Grammar) -> Term:
    text = _read_text(tokens, "wildcard match pattern must be a string")
    pieces = _pieces(tokens, text)
    _end(tokens)
    if complexity(pieces) > COMPLEXITY_MAX:
        raise InvalidPattern(TOO_COMPLEX)
    return terms.wildcard(pieces, {"wildcard": text})


def _pieces(tokens: Tokens, text: str) -> list[str]:
    try:
        return parse_wildcard(text)
    except InvalidPattern as error:
        tokens.refuse(error.message)


def _read_cidr(tokens: Tokens, grammar: Grammar) -> Term:
    # AWS's own slip: the message names prefix.
    text = _read_text(tokens, "prefix match pattern must be a string")
    first, last = parse_range(text)
    _end(tokens)
    return terms.address_range(first, last, {"cidr": text})


def _read_exists(tokens: Tokens, grammar: Grammar) -> Term:
    kind = tokens.next()
    if kind not in ("true", "false"):
        tokens.refuse("exists match pattern must be either true or false.")
    _end(tokens)
    return terms.present({"exists": True}) if kind == "true" else terms.absent({"exists": False})


# -- anything-but -------------------------------------------------------------------------------------------


def _read_anything_but(tokens: Tokens, grammar: Grammar) -> Term:
    kind, operator = tokens.next(), ""
    if kind == "{":
        if tokens.next() != "name":
            tokens.refuse("Anything-But expression name not found")
        operator = tokens.text()
        if operator not in grammar.anything_but:
            tokens.refuse(f"Unsupported anything-but pattern: {operator}")
        kind = tokens.next()
    if kind not in ("[", "string", "number"):
        tokens.refuse("Value of anything-but must be an array or single string/number value.")
    term = _read_excluded_matches(tokens, operator) if operator else _read_excluded(tokens)
    _end(tokens, "Too many elements in numeric expression")
    if operator:
        _end(tokens, "Too many elements in numeric expression")
    return term


def _read_excluded(tokens: Tokens) -> Term:
    if tokens.kind != "[":
        value = _value(tokens)
        return terms.anything_but([value], {"anything-but": value})
    values: list[str | float] = []
    try:
        while tokens.next() != "]":
            if tokens.kind not in ("string", "number"):
                tokens.refuse("Inside anything but list, start|null|boolean is not supported.")
            values.append(_value(tokens))
    except InvalidPattern as error:
        tokens.refuse(error.message)  # AWS adds a second location here
    if len({type(value) is str for value in values}) != 1:
        tokens.refuse(
            "Inside anything but list, either all values are number or string, mixed type is not supported"
        )
    return terms.anything_but(values, {"anything-but": values})


def _value(tokens: Tokens) -> str | float:
    return tokens.text() if tokens.kind == "string" else read_number(tokens)


_NOT_TEXT: Final = {
    "equals-ignore-case": (
        "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
    ),
    "wildcard": "wildcard match pattern must be a string",
    "prefix": "prefix/suffix match pattern must be a string",
    "suffix": "prefix/suffix match pattern must be a string",
}


def _read_excluded_matches(tokens: Tokens, operator: str) -> Term:
    texts: list[str] = []
    if tokens.kind != "[":
        texts.append(_excluded_text(tokens, operator))
        source: object = texts[0]
    else:
        source = texts
        try:
            while tokens.next() != "]":
                texts.append(_excluded_text(tokens, operator))
        except InvalidPattern as error:
            tokens.refuse(error.message)  # AWS adds a second location here
    matches = [_excluded_term(tokens, operator, text) for text in texts]
    return terms.anything_but_matching(matches, {"anything-but": {operator: source}})


def _excluded_text(tokens: Tokens, operator: str) -> str:
    if tokens.kind != "string":
        tokens.refuse(_NOT_TEXT[operator])
    text = tokens.text()
    if not text and operator in ("prefix", "suffix"):
        tokens.refuse("Null prefix/suffix not allowed")
    return text


def _excluded_term(tokens: Tokens, operator: str, text: str) -> Term:
    if operator == "wildcard":
        return terms.wildcard(_pieces(tokens, text), text)
    if operator == "equals-ignore-case":
        return terms.equals_ignore_case(text, text)
    return terms.prefix(text, text) if operator == "prefix" else terms.suffix(text, text)


# -- numeric ------------------------------------------------------------------------------------------------

_INFINITY: Final = float("inf")


def _read_numeric(tokens: Tokens, grammar: Grammar) -> Term:
    if tokens.next() != "[":
        tokens.refuse("Value of numeric must be an array.")
    term = _read_comparison(tokens)
    _end(tokens, "Too many elements in numeric expression")
    return term


def _read_comparison(tokens: Tokens) -> Term:
    if tokens.next() != "string":
        tokens.refuse(f"Invalid member in numeric match: {tokens.text()}")
    operator = tokens.text()
    kind = tokens.next()
    if operator not in ("=", ">", ">=", "<", "<="):
        tokens.refuse(f"Unrecognized numeric range operator: {operator}")
    if kind != "number":
        tokens.refuse(f"Value of {'equals' if operator == '=' else operator} must be numeric")
    value = read_number(tokens)
    source = {"numeric": [operator, value]}
    if operator in (">", ">="):
        return _read_top(tokens, operator, value)
    if tokens.next() != "]":
        tokens.refuse("Too many elements in numeric expression")
    if operator == "=":
        return terms.equal(value, source)
    return terms.number_range(-_INFINITY, False, value, operator == "<", source)


def _read_top(tokens: Tokens, bottom_operator: str, bottom: float) -> Term:
    """What may follow a lower bound: nothing, or an upper bound above it."""
    kind, is_open = tokens.next(), bottom_operator == ">"
    if kind == "]":
        return terms.number_range(bottom, is_open, _INFINITY, False, {"numeric": [bottom_operator, bottom]})
    if kind != "string":
        tokens.refuse(f"Bad value in numeric range: {tokens.text()}")
    operator = tokens.text()
    if operator not in ("<", "<="):
        tokens.refuse(f"Bad numeric range operator: {operator}")
    if tokens.next() != "number":
        tokens.refuse(f"Value of {operator} must be numeric")
    top = read_number(tokens)
    if tokens.next() != "]":
        tokens.refuse("Too many terms in numeric range expression")
    if bottom >= top:
        tokens.refuse("Bottom must be less than top")
    source = {"numeric": [bottom_operator, bottom, operator, top]}
    return terms.number_range(bottom, is_open, top, operator == "<", source)


def read_number(tokens: Tokens) -> float:
    """The number as a double, refused when it has no finite one."""
    number = as_double(tokens.text())
    if number is None:
        tokens.refuse(f"Cannot compare number : {tokens.text()}")
    return number


def as_double(literal: str) -> float | None:
    """The value a comparison uses: an int where that is the same number, as it was written."""
    number = float(literal)
    if number in (_INFINITY, -_INFINITY):
        return None
    return int(number) if number == int(number) and abs(number) <= terms.INTEGER_EXACT_MAX else number


READERS: Final[dict[str, Callable[[Tokens, Grammar], Term]]] = {
    "exactly": _read_exactly,
    "prefix": _read_prefix,
    "suffix": _read_suffix,
    "equals-ignore-case": _read_ignore_case,
    "wildcard": _read_wildcard,
    "cidr": _read_cidr,
    "exists": _read_exists,
    "anything-but": _read_anything_but,
    "numeric": _read_numeric,
}
