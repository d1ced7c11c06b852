"""Which names a query defines, uses and shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sundog.lang.logs_insights.problems import QueryError
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
    Node,
    Parse,
    Sort,
    Stats,
    Unary,
)

_DEFAULT = (Field(("@timestamp",)), Field(("@message",)))


def check_names(text: str, commands: Iterable[Command]) -> None:
    """No name is defined twice; after ``stats`` there are only the names it defines. Raises `QueryError`."""
    defined: set[str] = set()
    is_aggregated = False
    for command in commands:
        if is_aggregated:
            for field in _used(command):
                if not _is_known(field, defined):
                    raise QueryError(f"Invalid reference to field {field.name}", field.start, field.end)
        if isinstance(command, Stats):
            is_aggregated = True
            defined = {item.name for item in (*command.by, *command.items)}
            continue
        for name in _aliases(command):
            if name in defined:
                raise QueryError(f"Ephemeral field is already defined: {name}", 0, len(text))
            defined.add(name)
        defined |= _unnamed(command)


def columns_of(commands: Iterable[Command]) -> tuple[Field, ...]:
    """The last ``display`` has the say; else what ``fields``, ``parse`` and ``stats`` bring, in order."""
    shown: list[Field] = []
    displayed: list[Field] | None = None
    for command in commands:
        if isinstance(command, Display):
            displayed = [item.column for item in command.items]
        elif isinstance(command, Stats):
            shown, displayed = [Field((item.name,)) for item in _items(command)], None
        elif isinstance(command, Fields):
            shown += [item.column for item in command.items]
        elif isinstance(command, Parse):
            shown += [Field((name,)) for name in command.names]
    names = shown if displayed is None else displayed
    return tuple(dict.fromkeys(names)) or _DEFAULT


def _items(command: Command) -> tuple[Item, ...]:
    if isinstance(command, Stats):
        return (*command.by, *command.items)
    return command.items if isinstance(command, Fields | Display) else ()


def _aliases(command: Command) -> Iterator[str]:
    if isinstance(command, Parse):
        yield from command.names
    yield from (item.name for item in _items(command) if item.is_alias)


def _unnamed(command: Command) -> set[str]:
    """Expressions can be asked for by their text, in backticks."""
    return {item.name for item in _items(command) if item.is_new and not item.is_alias}


def _used(command: Command) -> Iterator[Field]:
    if isinstance(command, Filter):
        yield from fields_in(command.condition)
    elif isinstance(command, Parse):
        yield command.source
    elif isinstance(command, Sort):
        yield from (key.field for key in command.keys)
    elif isinstance(command, Dedup):
        yield from command.fields
    for item in _items(command):
        yield from fields_in(item.expression)


def fields_in(node: Node) -> Iterator[Field]:
    """Every field an expression reads; ``bin`` reads the time of the event."""
    if isinstance(node, Field):
        yield node
    elif isinstance(node, Call):
        if node.name == "bin":
            yield Field(("@timestamp",), node.start, node.end)
        for argument in node.arguments:
            yield from fields_in(argument)
    elif isinstance(node, Binary):
        yield from fields_in(node.left)
        yield from fields_in(node.right)
    elif isinstance(node, Unary | Like | In):
        yield from fields_in(node.operand)
        if isinstance(node, In):
            for item in node.items:
                yield from fields_in(item)


def _is_known(field: Field, defined: set[str]) -> bool:
    return any(".".join(field.path[:length]) in defined for length in range(1, len(field.path) + 1))
