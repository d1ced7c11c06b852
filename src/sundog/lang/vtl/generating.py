"""From the tree of a template to the source of Python functions.

Each of them takes ``(c, w, q)``: the scope of variables, what writes text, the rendering. The template is one
function, and so is the body of each loop, macro, ``#define`` and string with directives in it. Nothing of the
template gets into the source but constants (by ``repr``) and numbered names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sundog.lang.vtl.syntax import (
    Arithmetic,
    Block,
    Break,
    Call,
    Comparison,
    Constant,
    Define,
    Evaluate,
    Expression,
    Foreach,
    If,
    Index,
    Interpolated,
    ListOf,
    Logical,
    Macro,
    MacroCall,
    MapOf,
    Not,
    Print,
    Property,
    Range,
    Reference,
    Set,
    Statement,
    Step,
    Stop,
    Text,
    Tree,
)

ARITHMETIC: Final[Mapping[str, str]] = {"-": "subtract", "*": "multiply", "/": "divide", "%": "remainder"}
INDENT = "    "
# Products with numbers up to here cannot grow out of hand within the limits of a rendering.
SMALL_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Generated:
    """``source`` defines ``main``; ``macros`` gives the function and the parameters of each macro.

    ``paths`` are the constant arguments of ``path(...)`` and ``json(...)``, by their name in the source.
    """

    source: str
    macros: Mapping[str, tuple[str, tuple[str, ...]]]
    paths: Mapping[str, str]


def generate(
    tree: Tree,
    known: Mapping[str, tuple[str, tuple[str, ...]]],
    *,
    prints_undefined: bool,
    counts_loops: bool,
) -> Generated:
    """``known`` are the macros of the template around this one (``#evaluate``).

    ``counts_loops``: the template may read ``$velocityCount`` or ``$velocityHasNext``.
    """
    module = _Module(tree.macros, known, prints_undefined=prints_undefined, counts_loops=counts_loops)
    for name, macro in tree.macros.items():
        module.function(macro.body, module.macros[name][0], frozenset(macro.parameters))
    module.function(tree.block, "main", frozenset())
    return Generated("\n".join(module.lines), module.macros, module.paths)


class _Module:
    """The functions of a template, as lines."""

    def __init__(
        self,
        macros: Mapping[str, Macro],
        known: Mapping[str, tuple[str, tuple[str, ...]]],
        *,
        prints_undefined: bool,
        counts_loops: bool,
    ) -> None:
        self.lines: list[str] = []
        self.counts_loops = counts_loops
        self.paths: dict[str, str] = {}
        self.prints_undefined = prints_undefined
        self.count = 0
        self.level = 1 + max((int(function.split("_")[1]) for function, _ in known.values()), default=0)
        own = {
            name: (f"macro_{self.level}_{position}", macro.parameters)
            for position, (name, macro) in enumerate(macros.items())
        }
        self.macros = {**known, **own}

    def name(self, kind: str) -> str:
        self.count += 1
        return f"{kind}_{self.count}"

    def path(self, text: str) -> str:
        """The name of a path that is compiled with the template."""
        name = f"path_{self.level}_{len(self.paths)}"
        self.paths[name] = text
        return name

    def function(self, block: Block, name: str, parameters: frozenset[str]) -> str:
        function = _Function(self, parameters, ends="return")
        function.block(block)
        self.lines += [f"def {name}(c, w, q):", *(function.lines or [f"{INDENT}pass"])]
        return name

    def loop(self, loop: Foreach, parameters: frozenset[str]) -> str:
        """The function of a loop; what it changed in the scope is put back."""
        name = self.name("loop")
        function = _Function(self, parameters, ends="break")
        function.indent = 3
        function.block(loop.body)
        items = function.value(loop.items)
        variable = repr(loop.name)
        counts = [
            "            c['velocityCount'] = loop.count",
            "            c['velocityHasNext'] = loop.count < loop.size",
        ]
        self.lines += [
            f"def {name}(c, w, q):",
            f"    items = q.items({items})",
            f"    before = c.get({variable}), c.get('velocityCount'), c.get('velocityHasNext')",
            "    outer = c.get('foreach')",
            "    c['foreach'] = loop = Loop(len(items), outer)",
            "    try:",
            f"        for c[{variable}] in items:",
            "            loop.count += 1",
            *(counts if self.counts_loops else ()),
            *function.lines,
            "    except Left as left:",
            "        if left.loop is not loop:",
            "            raise",
            "    finally:",
            "        c['foreach'] = outer",
            f"        c[{variable}], c['velocityCount'], c['velocityHasNext'] = before",
        ]
        return name


class _Function:
    """The lines of one function."""

    def __init__(self, module: _Module, parameters: frozenset[str], ends: str) -> None:
        self.module = module
        self.parameters = parameters
        self.ends = ends
        self.lines: list[str] = []
        self.indent = 1
        self.temporaries = 0

    def line(self, text: str) -> None:
        self.lines.append(INDENT * self.indent + text)

    def temporary(self) -> str:
        self.temporaries += 1
        return f"t{self.temporaries}"

    def block(self, block: Block) -> None:
        for statement in block:
            self.statement(statement)

    def statement(self, statement: Statement) -> None:
        match statement:
            case Text(text):
                self.line(f"w({text!r})")
            case Print():
                self.line(f"w({self.printed(statement)})")
            case Set(target, value):
                self._set(target, value)
            case If():
                self._if(statement)
            case Foreach():
                self.line(f"{self.module.loop(statement, self.parameters)}(c, w, q)")
            case Break(None):
                self.line(self.ends)
            case Break(scope):
                assert scope is not None
                self.line(f"leave({self.value(scope)})")
            case Stop():
                self.line("raise Stopped")
            case MacroCall():
                self._macro_call(statement)
            case Define(name, body):
                self.line(f"c[{name!r}] = {self._deferred(body)}")
            case Evaluate(template):
                self.line(f"q.evaluated(c, w, {self.value(template)})")

    def _set(self, target: Reference, value: Expression) -> None:
        new = self.temporary()
        # Velocity assigns no null: the old value stays.
        self.line(f"if ({new} := {self.value(value)}) is not None:")
        self.line(f"{INDENT}{self._assignment(target, new)}")

    def _assignment(self, target: Reference, new: str) -> str:
        if not target.steps:
            return f"c[{target.name!r}] = {new}"
        *before, last = target.steps
        holder = self._steps(target.name, tuple(before))
        match last:
            case Property(name):
                return f"put({holder}, {name!r}, {new})"
            case Index(key):
                return f"put({holder}, {self.value(key)}, {new})"
            case Call():
                return "pass"

    def _if(self, statement: If) -> None:
        word = "if"
        for condition, body in statement.branches:
            self._branch(f"{word} {self.condition(condition)}:", body)
            word = "elif"
        if statement.otherwise:
            self._branch("else:", statement.otherwise)

    def _branch(self, head: str, body: Block) -> None:
        self.line(head)
        self.indent += 1
        self.block(body)
        if not body:
            self.line("pass")
        self.indent -= 1

    def _deferred(self, body: Block) -> str:
        name = self.module.function(body, self.module.name("block"), self.parameters)
        return f"Deferred({name}, c, q)"

    def _macro_call(self, call: MacroCall) -> None:
        known = self.module.macros.get(call.name)
        if known is None:
            self.line(f"w({call.source!r})")
            return
        function, parameters = known
        arguments = "".join(f"{self._argument(argument)}, " for argument in call.arguments)
        body = "" if call.body is None else self._deferred(call.body)
        self.line(f"with q.call({call.name!r}):")
        self.line(f"{INDENT}s = MacroScope(c, {parameters!r}, ({arguments}))")
        if body:
            self.line(f"{INDENT}s.give_body({body})")
        self.line(f"{INDENT}{function}(s, w, q)")

    def _argument(self, argument: Expression) -> str:
        source = ""
        if isinstance(argument, Reference) and self.module.prints_undefined:
            source = argument.source
        return f"Argument(lambda: {self.value(argument)}, {source!r})"

    def printed(self, statement: Print) -> str:
        """The expression of what a reference in text prints."""
        reference, count = statement.reference, statement.backslashes
        value, source = self.value(reference), self._source(reference)
        if not count:
            return self._shown(value, source)
        half = "\\" * (count // 2)
        if count % 2:
            literal = repr(half + reference.source)
            return f"{literal} if {value} is not None else {half + chr(92) + reference.source!r}"
        return f"escaped({value}, {half!r}, {source})"

    def _shown(self, value: str, source: str) -> str:
        shown = self.temporary()
        return f"{shown} if ({shown} := {value}).__class__ is str else show({shown}, {source})"

    def _source(self, reference: Reference) -> str:
        """What is printed for an undefined reference, as an expression."""
        if reference.is_quiet or not self.module.prints_undefined:
            return "''"
        if reference.name in self.parameters and not reference.steps:
            return f"source_of(c, {reference.name!r}, {reference.source!r})"
        return repr(reference.source)

    def condition(self, expression: Expression) -> str:
        """Velocity's idea of truth: only references and operators of logic can be true."""
        match expression:
            case Constant(True):
                return "True"
            case Reference():
                value = self.temporary()
                return f"(({value} := {self.value(expression)}) is not None and {value} is not False)"
            case Comparison() | Logical() | Not():
                return self.value(expression)
            case _:
                return "False"

    def value(self, expression: Expression) -> str:
        match expression:
            case Constant(value):
                return repr(value)
            case Interpolated(block):
                return self._interpolated(block)
            case ListOf(items):
                return f"ArrayList(({''.join(f'{self.value(i)}, ' for i in items)}))"
            case MapOf(pairs):
                return f"made_map({', '.join(f'({self.value(k)}, {self.value(v)})' for k, v in pairs)})"
            case Range(first, last):
                return f"made_range({self.value(first)}, {self.value(last)})"
            case Arithmetic(operator, left, right):
                return self._arithmetic(operator, left, right)
            case Comparison(operator, left, right):
                return self._comparison(operator, left, right)
            case Logical(operator, left, right):
                return f"({self.condition(left)} {operator} {self.condition(right)})"
            case Not(operand):
                return f"(not {self.condition(operand)})"
            case Reference(name, steps):
                return self._steps(name, steps)

    def _interpolated(self, block: Block) -> str:
        pieces = [part for part in block if isinstance(part, Text | Print)]
        if len(pieces) == len(block):
            texts = (repr(p.text) if isinstance(p, Text) else self.printed(p) for p in pieces)
            return f"joined(({''.join(f'{text}, ' for text in texts)}))"
        name = self.module.function(block, self.module.name("text"), self.parameters)
        return f"Deferred({name}, c, q).text()"

    def _arithmetic(self, operator: str, left: Expression, right: Expression) -> str:
        if _is_integer(right) and operator in "+-*":
            # By far the most frequent kind: one number of the template, one that is likely an integer.
            held = self.temporary()
            slow = self._slow_arithmetic(operator, left, right, held)
            quick = f"{held} {operator} {self.value(right)}"
            return f"({quick} if ({held} := {self.value(left)}).__class__ is int else {slow})"
        return self._slow_arithmetic(operator, left, right, self.value(left))

    def _slow_arithmetic(self, operator: str, left: Expression, right: Expression, first: str) -> str:
        second = self.value(right)
        if operator != "+":
            return f"{ARITHMETIC[operator]}({first}, {second})"
        sources = [self._source(side) if isinstance(side, Reference) else "''" for side in (left, right)]
        return f"add({first}, {second}, {sources[0]}, {sources[1]})"

    def _comparison(self, operator: str, left: Expression, right: Expression) -> str:
        first, second = self.value(left), self.value(right)
        kind = _kind(right)
        if kind is None or (kind == "str" and operator not in ("==", "!=")):
            return self._slow_comparison(operator, first, second)
        held = self.temporary()
        slow = self._slow_comparison(operator, held, second)
        return f"({held} {operator} {second} if ({held} := {first}).__class__ is {kind} else {slow})"

    def _slow_comparison(self, operator: str, first: str, second: str) -> str:
        match operator:
            case "==":
                return f"equal({first}, {second})"
            case "!=":
                return f"(not equal({first}, {second}))"
            case "<":
                return f"less({first}, {second})"
            case "<=":
                return f"less_or_equal({first}, {second})"
            case ">":
                return f"less({second}, {first})"
            case _:
                return f"less_or_equal({second}, {first})"

    def _steps(self, name: str, steps: tuple[Step, ...]) -> str:
        value = f"c.get({name!r})"
        for step in steps:
            match step:
                case Property(key):
                    held = self.temporary()
                    get = f"{held}.get({key!r})"
                    value = (
                        f"({get} if ({held} := {value}).__class__ is dict else attribute({held}, {key!r}))"
                    )
                case Call(method, arguments):
                    value = f"called({value}, {method!r}{self._arguments(method, arguments)})"
                case Index(key):
                    value = f"item({value}, {self.value(key)})"
        return value

    def _arguments(self, method: str, arguments: tuple[Expression, ...]) -> str:
        match method, arguments:
            case "path" | "json", (Constant(str(text)),):
                return f", {self.module.path(text)}"
            case _:
                return "".join(f", {self.value(argument)}" for argument in arguments)


def _is_integer(expression: Expression) -> bool:
    return (
        isinstance(expression, Constant)
        and type(expression.value) is int
        and abs(expression.value) <= SMALL_MAX
    )


def _kind(expression: Expression) -> str | None:
    """The class of a constant whose comparisons with its like are Python's own."""
    if not isinstance(expression, Constant):
        return None
    return {int: "int", str: "str"}.get(type(expression.value))
