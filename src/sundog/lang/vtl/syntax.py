"""The tree of a template. Blocks are tuples of statements; every value is an expression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, a boolean or a string without references."""

    value: str | int | float | bool


@dataclass(frozen=True, slots=True)
class Interpolated:
    """A string in double quotes that is a template itself."""

    block: Block


@dataclass(frozen=True, slots=True)
class ListOf:
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class MapOf:
    pairs: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True, slots=True)
class Range:
    first: Expression
    last: Expression


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``operator`` is one of ``+ - * / %``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Comparison:
    """``operator`` is one of ``== != < <= > >=``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Logical:
    """``operator`` is ``and`` or ``or``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Not:
    operand: Expression


@dataclass(frozen=True, slots=True)
class Property:
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Index:
    key: Expression


Step = Property | Call | Index


@dataclass(frozen=True, slots=True)
class Reference:
    """``source`` is how it is written; it is printed where the value is undefined and not ``is_quiet``."""

    name: str
    steps: tuple[Step, ...]
    source: str
    is_quiet: bool


Expression = (
    Constant | Interpolated | ListOf | MapOf | Range | Arithmetic | Comparison | Logical | Not | Reference
)


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Print:
    """A reference in text, with so many backslashes before it."""

    reference: Reference
    backslashes: int


@dataclass(frozen=True, slots=True)
class Set:
    target: Reference
    value: Expression


@dataclass(frozen=True, slots=True)
class If:
    branches: tuple[tuple[Expression, Block], ...]
    otherwise: Block


@dataclass(frozen=True, slots=True)
class Foreach:
    name: str
    items: Expression
    body: Block


@dataclass(frozen=True, slots=True)
class Break:
    """Ends the innermost scope, or that of a given ``$foreach``."""

    scope: Expression | None


@dataclass(frozen=True, slots=True)
class Stop:
    """Ends the rendering; what was written stays."""


@dataclass(frozen=True, slots=True)
class MacroCall:
    """``body`` is what stands between ``#@name()`` and ``#end``; an unknown macro prints ``source``."""

    name: str
    arguments: tuple[Expression, ...]
    source: str
    body: Block | None


@dataclass(frozen=True, slots=True)
class Define:
    name: str
    body: Block


@dataclass(frozen=True, slots=True)
class Evaluate:
    template: Expression


Statement = Text | Print | Set | If | Foreach | Break | Stop | MacroCall | Define | Evaluate
Block = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Macro:
    parameters: tuple[str, ...]
    body: Block


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed template."""

    block: Block
    macros: Mapping[str, Macro]
