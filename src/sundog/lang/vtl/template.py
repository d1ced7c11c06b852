"""A template compiled to a Python function, and the two dialects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sundog.lang.vtl import runtime, values
from sundog.lang.vtl.errors import ParseError, RenderError
from sundog.lang.vtl.generating import Generated, generate
from sundog.lang.vtl.parser import parse
from sundog.lang.vtl.paths import PathText
from sundog.lang.vtl.runtime import Body, Deferred, Rendering, Scope, Stopped, Write

DialectName = Literal["aws", "plain"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """``text`` prints a value; ``equal`` is ``==``; undefined references print their source or nothing."""

    text: Callable[[Any], str]
    equal: Callable[[Any, Any], bool]
    prints_undefined: bool


# Recorded: API Gateway prints null and undefined references as nothing, lists as JSON, and null equals "".
DIALECTS: Final[Mapping[DialectName, Dialect]] = {
    "plain": Dialect(values.java_text, values.equal, prints_undefined=True),
    "aws": Dialect(values.aws_text, values.equal_in_aws, prints_undefined=False),
}
USED: Final = (
    *(values.add, values.subtract, values.multiply, values.divide, values.remainder),
    *(values.less, values.less_or_equal, values.joined, values.ArrayList),
    *(runtime.Argument, runtime.Deferred, runtime.Left, runtime.Loop, runtime.MacroScope, runtime.Stopped),
    *(runtime.attribute, runtime.called, runtime.item, runtime.put, runtime.leave, runtime.source_of),
    *(runtime.made_map, runtime.made_range, runtime.escaped),
)


class Template:
    """``render`` may be called any number of times; nothing is kept between the calls."""

    __slots__ = ("_dialect", "_macros", "_namespace", "main")

    def __init__(self, text: str, dialect: DialectName = "aws", around: Template | None = None) -> None:
        self._dialect = dialect
        generated = _generated(text, DIALECTS[dialect], around)
        self._namespace: dict[str, Any] = (
            _namespace(DIALECTS[dialect]) if around is None else dict(around._namespace)
        )
        self._macros = generated.macros
        self._namespace.update((name, PathText(path)) for name, path in generated.paths.items())
        _execute(generated.source, self._namespace)
        self.main: Body = self._namespace["main"]

    def render(self, variables: Mapping[str, Any]) -> str:
        """Raises `RenderError`. What a template sets stays inside, but objects it changes are changed."""
        parts: list[str] = []
        scope: MutableMapping[str, Any] = dict(variables)
        try:
            self.main(scope, parts.append, Rendering(self))
        except Stopped:
            pass
        except runtime.Left:
            raise RenderError("#break leaves a loop that has ended") from None
        except (ValueError, OverflowError):
            raise RenderError("A number is too large") from None
        except RecursionError:
            raise RenderError("The template calls itself too deeply") from None
        return runtime.whole(parts)

    def evaluate(self, scope: Scope, write: Write, rendering: Rendering, source: str) -> None:
        """``#evaluate``: the text is a template that sees the macros of this one."""
        Template(source, self._dialect, self).main(scope, write, rendering)


def compile_template(text: str, dialect: DialectName = "aws") -> Template:
    """Raises `ParseError`."""
    return Template(text, dialect)


def _generated(text: str, dialect: Dialect, around: Template | None) -> Generated:
    known = {} if around is None else around._macros
    # Counters of Velocity before 1.7 cost time: only loops of templates that can name them have them.
    counts = "velocity" in text or "#evaluate" in text or "#{evaluate}" in text
    try:
        return generate(parse(text), known, prints_undefined=dialect.prints_undefined, counts_loops=counts)
    except RecursionError:
        raise ParseError("The template is too deeply nested") from None


def _execute(source: str, namespace: dict[str, Any]) -> None:
    """The source holds nothing of the template but constants: see `generating`."""
    try:
        exec(compile(source, "<template>", "exec", dont_inherit=True, optimize=1), namespace)
    except (SyntaxError, RecursionError, MemoryError):
        # Python's parser has limits of its own, for example 200 open parentheses.
        raise ParseError("The template is too deeply nested") from None


def _namespace(dialect: Dialect) -> dict[str, Any]:
    def show(value: Any, source: str) -> str:
        if value is None:
            return source
        if value.__class__ is int:
            return str(value)
        if isinstance(value, Deferred):
            rendered = value.rendered()
            return source if rendered is None else rendered
        return dialect.text(value)

    used = {function.__name__: function for function in USED}
    return {
        "__builtins__": {"len": len, "str": str, "dict": dict, "int": int},
        **used,
        "show": show,
        "equal": dialect.equal,
    }
