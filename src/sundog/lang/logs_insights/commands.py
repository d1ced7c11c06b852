"""Reads a whole query: commands between bars, and what they may and may not do after one another."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sundog.lang.logs_insights.aggregates import AGGREGATES
from sundog.lang.logs_insights.expressions import ExpressionReader, Tokens, read_regex
from sundog.lang.logs_insights.names import check_names, columns_of
from sundog.lang.logs_insights.problems import QueryError, UnsupportedQuery
from sundog.lang.logs_insights.regexes import compile_glob
from sundog.lang.logs_insights.source import read_source
from sundog.lang.logs_insights.syntax import (
    Binary,
    Call,
    Command,
    Dedup,
    Display,
    Field,
    Fields,
    Filter,
    In,
    Item,
    Like,
    Limit,
    Node,
    Parse,
    Query,
    Sort,
    SortKey,
    Source,
    Stats,
    Unary,
)
from sundog.lang.logs_insights.tokens import Token, tokenize, unexpected

LIMIT_MAX = 100_000
STATS_MAX = 2
COMMANDS_MAX = 200
_LEFT_OUT = frozenset(
    {"pattern", "diff", "anomaly", "unmask", "unnest", "expand", "lookup", "join", "addtotals",
     "relevantfields", "filterindex", "estimate", "subquery", "append", "tail"}
)  # fmt: skip
"""Commands AWS has and we have not."""


def parse(text: str) -> Query:
    """The pipeline of a query. Raises `QueryError` or `UnsupportedQuery`."""
    tokens = Tokens(text, tokenize(text))
    source = _source(tokens)
    commands: list[Command] = []
    while True:
        before = tokens.next
        commands.append(_command(tokens))
        _check_order(text, before, commands)
        if tokens.next.kind == "end":
            break
        tokens.expect("|")
    check_names(text, commands)
    return Query(tuple(commands), columns_of(commands), source)


def _source(tokens: Tokens) -> Source | None:
    if not tokens.skip_word("source"):
        return None
    source = read_source(tokens)
    tokens.expect("|")
    return source


def _command(tokens: Tokens) -> Command:
    token = tokens.take()
    if token.word in _LEFT_OUT:
        raise UnsupportedQuery(f"the command {token.text} in queries")
    read = _COMMANDS.get(token.word)
    if read is None:
        raise unexpected(tokens.text, token)
    return read(tokens)


def _check_order(text: str, token: Token, commands: list[Command]) -> None:
    """What AWS's documentation rules out, with the words it has for everything that may not stand there."""
    *before, command = commands
    is_after_dedup = any(isinstance(one, Dedup) for one in before)
    is_second = isinstance(command, Stats) and any(isinstance(one, Stats) for one in before)
    if is_second:
        has_other = any(isinstance(one, Sort | Limit | Dedup) for one in before)
        is_wrong = has_other or sum(isinstance(one, Stats) for one in commands) > STATS_MAX
    else:
        is_wrong = is_after_dedup and not isinstance(command, Limit)
    if is_wrong or len(commands) > COMMANDS_MAX:
        raise unexpected(text, token)


def _fields(tokens: Tokens) -> Fields:
    return Fields(_items(tokens))


def _display(tokens: Tokens) -> Display:
    return Display(_items(tokens))


def _items(tokens: Tokens, *, with_aggregates: bool = False) -> tuple[Item, ...]:
    items = [_item(tokens, with_aggregates)]
    while tokens.skip(","):
        items.append(_item(tokens, with_aggregates))
    return tuple(items)


def _item(tokens: Tokens, with_aggregates: bool) -> Item:
    start = tokens.next.start
    node = ExpressionReader(tokens, with_aggregates=with_aggregates).read()
    text = tokens.text[start : tokens.end]
    if tokens.skip_word("as"):
        return Item(node, ExpressionReader(tokens).field().name, True)
    return Item(node, node.name if isinstance(node, Field) else text, False)


def _filter(tokens: Tokens) -> Filter:
    return Filter(ExpressionReader(tokens).read())


def _parse(tokens: Tokens) -> Parse:
    source = Field(("@message",))
    if tokens.next.kind == "name":
        source = ExpressionReader(tokens).field()
    if tokens.next.word in ("logfmt", "csv", "xml"):
        raise UnsupportedQuery(f"parse in mode {tokens.next.text} in queries")
    token = tokens.take()
    if token.kind == "text":
        return _glob(tokens, source, token)
    if token.kind == "regex":
        return _regex(tokens, source, token)
    raise unexpected(tokens.text, token)


def _glob(tokens: Tokens, source: Field, token: Token) -> Parse:
    pattern, count = compile_glob(token.value)
    if not tokens.skip_word("as"):
        raise unexpected(tokens.text, tokens.next)
    names = _aliases(tokens)
    if len(names) != count:
        raise QueryError(
            f"The number of wildcards ({count}) and of fields ({len(names)}) differ in parse",
            token.start,
            tokens.end,
        )
    return Parse(source, pattern, names, tuple(range(1, count + 1)))


def _regex(tokens: Tokens, source: Field, token: Token) -> Parse:
    """Named groups are the fields; without any, those after ``as`` are, group by group."""
    pattern, named = read_regex(token)
    if tokens.next.word == "multi":
        raise UnsupportedQuery("parse in mode multi in queries")
    if named:
        groups = tuple(pattern.groupindex[f"_{number}"] for number in range(1, len(named) + 1))
        return Parse(source, pattern, named, groups)
    if not tokens.skip_word("as"):
        raise unexpected(tokens.text, tokens.next)
    names = _aliases(tokens)
    if len(names) != pattern.groups:
        raise QueryError(
            f"The number of groups ({pattern.groups}) and of fields ({len(names)}) differ in parse",
            token.start,
            tokens.end,
        )
    return Parse(source, pattern, names, tuple(range(1, len(names) + 1)))


def _aliases(tokens: Tokens) -> tuple[str, ...]:
    return tuple(field.name for field in _names(tokens))


def _names(tokens: Tokens) -> tuple[Field, ...]:
    reader = ExpressionReader(tokens)
    names = [reader.field()]
    while tokens.skip(","):
        names.append(reader.field())
    return tuple(names)


def _stats(tokens: Tokens) -> Stats:
    start = tokens.next
    items = _items(tokens, with_aggregates=True)
    if not all(_has_aggregate(item.expression) for item in items):
        raise unexpected(tokens.text, start)
    return Stats(items, _items(tokens) if tokens.skip_word("by") else ())


def _has_aggregate(node: Node) -> bool:
    if isinstance(node, Call):
        return node.name in AGGREGATES or any(map(_has_aggregate, node.arguments))
    if isinstance(node, Binary):
        return _has_aggregate(node.left) or _has_aggregate(node.right)
    return isinstance(node, Unary | Like | In) and _has_aggregate(node.operand)


def _sort(tokens: Tokens) -> Sort:
    keys = [_sort_key(tokens)]
    while tokens.skip(","):
        keys.append(_sort_key(tokens))
    return Sort(tuple(keys))


def _sort_key(tokens: Tokens) -> SortKey:
    """Names only: ``sort bin(1h)`` is refused at its bracket (observed)."""
    field = ExpressionReader(tokens).field()
    if tokens.skip_word("desc"):
        return SortKey(field, True)
    tokens.skip_word("asc")
    return SortKey(field, False)


def _limit(tokens: Tokens) -> Limit:
    is_any = tokens.skip_word("any")
    token = tokens.take()
    if token.kind != "number" or not token.text.isdigit() or not 1 <= int(token.text[:9]) <= LIMIT_MAX:
        raise unexpected(tokens.text, token)
    return Limit(int(token.text), is_any)


def _dedup(tokens: Tokens) -> Dedup:
    return Dedup(_names(tokens))


_COMMANDS: Mapping[str, Callable[[Tokens], Command]] = {
    "fields": _fields,
    "field": _fields,
    "filter": _filter,
    "parse": _parse,
    "stats": _stats,
    "sort": _sort,
    "limit": _limit,
    "head": _limit,
    "dedup": _dedup,
    "display": _display,
}
