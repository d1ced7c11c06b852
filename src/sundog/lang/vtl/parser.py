"""From the text of a template to its tree.

Which blanks and line ends a directive takes with it was tried with Velocity 1.7: ``(...)``, ``#else`` and
``#end`` take the rest of their line if it is blank, ``#set`` also the blanks between it and what is no text
before it: a reference, another directive, the start of the template.
"""

from __future__ import annotations

import re

from sundog.lang.vtl.cursor import Cursor
from sundog.lang.vtl.errors import ParseError
from sundog.lang.vtl.expressions import read_expression, read_reference, read_value
from sundog.lang.vtl.syntax import (
    Block,
    Break,
    Constant,
    Define,
    Evaluate,
    Expression,
    Foreach,
    If,
    Index,
    Interpolated,
    Macro,
    MacroCall,
    Print,
    Property,
    Reference,
    Set,
    Statement,
    Stop,
    Text,
    Tree,
)

TEMPLATE_BYTES_MAX = 300 * 1024

PLAIN = re.compile(r"[^$#\\]+")
BACKSLASHES = re.compile(r"\\+")
LINE_COMMENT = re.compile(r"##[^\r\n]*(?:\r\n|\n|\r)?")
DIRECTIVE = re.compile(r"#(?:\{(@?[A-Za-z_]\w*)\}|(@?[A-Za-z_]\w*))", re.ASCII)
SET_HEAD = re.compile(r"[ \t]*\(")
HEAD = re.compile(r"\s*\(")
BLANKS = re.compile(r"[ \t]+")
WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
PLAIN_WORD = re.compile(r"(?!(?:true|false)\b)[A-Za-z_]\w*", re.ASCII)

FLOW = {"if", "elseif", "else", "end", "foreach", "break", "stop"}
BUILT_IN = frozenset({*FLOW, "set", "macro", "define", "evaluate", "literal", "include", "parse"})


def parse(text: str) -> Tree:
    """Raises `ParseError`."""
    if len(text.encode("utf-8", "surrogatepass")) > TEMPLATE_BYTES_MAX:
        raise ParseError(f"The template is larger than {TEMPLATE_BYTES_MAX} bytes")
    macros: dict[str, Macro] = {}
    block = _Parser(Cursor(text), macros).whole()
    return Tree(block, macros)


class _Parser:
    def __init__(self, cursor: Cursor, macros: dict[str, Macro]) -> None:
        self.cursor = cursor
        self.macros = macros

    def whole(self) -> Block:
        block, _ = self._block(frozenset())
        return block

    def _inner(self, text: str) -> Block:
        """The template in a string. Its nesting counts on top of what it stands in."""
        inner = Cursor(text)
        inner.depth = self.cursor.depth
        inner.enter()
        return _Parser(inner, self.macros).whole()

    def _block(self, ends: frozenset[str]) -> tuple[Block, str]:
        """Statements up to one of the directives ``ends``, which is taken too, or the end of the text."""
        cursor = self.cursor
        cursor.enter()
        out = _Block()
        while cursor.at < len(cursor.text):
            if plain := cursor.match(PLAIN):
                out.text(plain[0])
                continue
            end = self._marked(out, ends)
            if end:
                cursor.leave()
                return out.finish(), end
        if ends:
            cursor.fail("Was expecting #end")
        cursor.leave()
        return out.finish(), ""

    def _marked(self, out: _Block, ends: frozenset[str]) -> str | None:
        """What begins with a backslash, ``$`` or ``#``."""
        head = self.cursor.text[self.cursor.at]
        if head == "\\":
            self._escaped(out)
        elif head == "$":
            self._dollar(out, 0)
        elif not self._comment(out):
            return self._directive(out, ends)
        return None

    def _escaped(self, out: _Block) -> None:
        cursor = self.cursor
        found = cursor.match(BACKSLASHES)
        assert found is not None
        count = len(found[0])
        if cursor.next_is("$"):
            self._dollar(out, count)
            return
        word = DIRECTIVE.match(cursor.text, cursor.at)
        if word is None or not self._is_known(word[1] or word[2]):
            out.text(found[0])
            out.boundary()
        elif count % 2:
            cursor.at = word.end()
            out.text("\\" * (count // 2) + word[0])
        else:
            # Velocity does not look so far ahead that it would see "#set(" here.
            is_set = (word[1] or word[2]) == "set"
            out.text("\\" * (count if is_set else count // 2))
            out.boundary()

    def _is_known(self, name: str) -> bool:
        return name.removeprefix("@") in self.macros or name in BUILT_IN

    def _dollar(self, out: _Block, backslashes: int) -> None:
        cursor = self.cursor
        reference = read_reference(cursor, self._inner)
        if reference is not None:
            out.add(Print(reference, backslashes))
            if cursor.next_is("##") and _hides_comment(reference):
                cursor.skips("##")
                out.text("##")
            return
        cursor.at += 1
        if cursor.next_is("!") and not cursor.next_is("!{"):
            cursor.at += 1  # Velocity drops the "!" of "$!" with no name after it.
        out.text("\\" * backslashes + "$")

    def _comment(self, out: _Block) -> bool:
        cursor = self.cursor
        if cursor.match(LINE_COMMENT):
            out.boundary()
            return True
        if cursor.next_is("#*"):
            self._until("*#")
            out.boundary()
            return True
        if cursor.next_is("#[["):
            out.text(self._until("]]#")[3:])
            out.boundary()
            return True
        return False

    def _until(self, end: str) -> str:
        start = self.cursor.at
        stop = self.cursor.text.find(end, start + 2)
        if stop < 0:
            self.cursor.at = len(self.cursor.text)
            self.cursor.fail(f'Was expecting "{end}"')
        self.cursor.at = stop + len(end)
        return self.cursor.text[start:stop]

    def _directive(self, out: _Block, ends: frozenset[str]) -> str | None:
        cursor = self.cursor
        start = cursor.at
        found = cursor.match(DIRECTIVE)
        if found is None:
            cursor.at += 1
            out.text("#")
            return None
        name = found[1] or found[2]
        if name in ends:
            if name != "elseif":
                cursor.skip_end_of_line()
            return name
        if name in ("end", "else", "elseif"):
            cursor.at = start
            cursor.fail(f"#{name} has nothing to belong to")
        if name == "set" and cursor.match(SET_HEAD):
            out.drop_blanks()
            out.add(self._set())
        elif name == "macro":
            self._macro()
            out.boundary()
        elif name == "literal":
            out.text(self._literal())
            out.boundary()
        else:
            out.add(self._statement(name, start))
        return None

    def _statement(self, name: str, start: int) -> Statement:
        match name:
            case "if":
                return self._if()
            case "foreach":
                return self._foreach()
            case "break":
                return self._break()
            case "stop":
                return Stop()
            case "define":
                return self._define()
            case "evaluate":
                return self._evaluate()
        if name in ("include", "parse"):
            self.cursor.at = start
            self.cursor.fail(f"#{name} has no files to read")
        return self._macro_call(name, start)

    def _open(self) -> None:
        if not self.cursor.match(HEAD):
            self.cursor.fail('Was expecting "("')

    def _close(self) -> None:
        self.cursor.expect(")")
        self.cursor.skip_end_of_line()

    def _expression(self) -> Expression:
        return read_expression(self.cursor, self._inner)

    def _set(self) -> Set:
        self.cursor.skip_space()
        target = read_reference(self.cursor, self._inner)
        if target is None:
            self.cursor.fail("Was expecting a reference")
        self.cursor.expect("=")
        value = self._expression()
        self._close()
        return Set(target, value)

    def _if(self) -> If:
        branches = []
        end = "elseif"
        while end == "elseif":
            self._open()
            condition = self._expression()
            self._close()
            body, end = self._block(frozenset({"elseif", "else", "end"}))
            branches.append((condition, body))
        otherwise: Block = ()
        if end == "else":
            otherwise, _ = self._block(frozenset({"end"}))
        return If(tuple(branches), otherwise)

    def _foreach(self) -> Foreach:
        self._open()
        self.cursor.skip_space()
        variable = read_reference(self.cursor, self._inner)
        if variable is None:
            self.cursor.fail("Was expecting a reference")
        self.cursor.expect("in")
        items = self._value()
        self._close()
        body, _ = self._block(frozenset({"end"}))
        return Foreach(variable.name, items, body)

    def _value(self) -> Expression:
        value = read_value(self.cursor, self._inner)
        if value is None:
            self.cursor.fail("Was expecting a value")
        return value

    def _break(self) -> Break:
        if not self.cursor.match(HEAD):
            return Break(None)
        self.cursor.skip_space()
        scope = None if self.cursor.next_is(")") else self._value()
        self._close()
        return Break(scope)

    def _define(self) -> Define:
        self._open()
        self.cursor.skip_space()
        target = read_reference(self.cursor, self._inner)
        if target is None:
            self.cursor.fail("Was expecting a reference")
        self._close()
        body, _ = self._block(frozenset({"end"}))
        return Define(target.name, body)

    def _evaluate(self) -> Evaluate:
        self._open()
        template = self._value()
        is_text = isinstance(template, Constant) and isinstance(template.value, str)
        if not is_text and not isinstance(template, Reference | Interpolated):
            self.cursor.fail("#evaluate() argument must be a string literal or reference")
        self._close()
        return Evaluate(template)

    def _literal(self) -> str:
        """The block as it is written; it must be well-formed all the same."""
        self._open()
        self._close()
        start = self.cursor.at
        self._block(frozenset({"end"}))
        return self.cursor.text[start : self.cursor.text.rindex("#", start, self.cursor.at)]

    def _macro(self) -> None:
        cursor = self.cursor
        self._open()
        cursor.skip_space()
        name = cursor.match(WORD)
        if name is None:
            cursor.fail("Was expecting the name of a macro")
        parameters = []
        cursor.skip_space()
        while not cursor.next_is(")"):
            parameter = read_reference(cursor, self._inner)
            if parameter is None:
                cursor.fail("Was expecting a parameter")
            parameters.append(parameter.name)
            cursor.skip_space()
            cursor.skips(",")
            cursor.skip_space()
        self._close()
        # Known by name from here on, so that its body can name it.
        self.macros.setdefault(name[0], Macro((), ()))
        body, _ = self._block(frozenset({"end"}))
        self.macros[name[0]] = Macro(tuple(parameters), body)

    def _macro_call(self, name: str, start: int) -> MacroCall:
        cursor = self.cursor
        arguments: list[Expression] = []
        if cursor.match(HEAD):
            cursor.skip_space()
            while not cursor.next_is(")"):
                word = cursor.match(PLAIN_WORD)
                arguments.append(Constant(word[0]) if word else self._value())
                cursor.skip_space()
                cursor.skips(",")
                cursor.skip_space()
            self._close()
        body = self._block(frozenset({"end"}))[0] if name.startswith("@") else None
        source = cursor.text[start : cursor.at]
        return MacroCall(name.removeprefix("@"), tuple(arguments), source, body)


def _hides_comment(reference: Reference) -> bool:
    """Velocity sees no comment directly behind ``$name.property`` or ``$name.property[0]``."""
    named = [step for step in reference.steps if not isinstance(step, Index)]
    return bool(named) and isinstance(named[-1], Property) and not reference.source.endswith("}")


class _Block:
    """Statements as they come; texts that touch become one."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self.pending: list[str] = []
        self.token = ""

    def text(self, text: str) -> None:
        self.pending.append(text)
        self.token += text

    def boundary(self) -> None:
        """A token ended here that writes nothing."""
        self.token = ""

    def drop_blanks(self) -> None:
        """Takes back the blanks before ``#set`` that belong to its token."""
        if BLANKS.fullmatch(self.token):
            whole = "".join(self.pending)
            self.pending = [whole[: len(whole) - len(self.token)]]

    def add(self, statement: Statement) -> None:
        self._flush()
        self.statements.append(statement)

    def finish(self) -> Block:
        self._flush()
        return tuple(self.statements)

    def _flush(self) -> None:
        text = "".join(self.pending)
        if text:
            self.statements.append(Text(text))
        self.pending = []
        self.token = ""
