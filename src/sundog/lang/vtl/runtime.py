"""What the Python made from a template calls while it runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, ClassVar, Protocol

from sundog.lang.vtl.errors import RenderError
from sundog.lang.vtl.methods import METHODS
from sundog.lang.vtl.values import TEXT_CHARACTERS_MAX, ArrayList, Method, Scripted, java_text

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
ITERATIONS_MAX = 1000
# Loops in loops: what a whole rendering may do before it holds up the server.
STEPS_MAX = 1_000_000
PARTS_UNCOUNTED_MAX = 10
# Velocity's velocimacro.max.depth.
CALLS_MAX = 20
# Velocity's directive.define.maxdepth.
DEFINE_DEPTH_MAX = 2

NO_METHODS: Mapping[str, Method] = MappingProxyType({})
Write = Callable[[str], Any]


class Scope(Protocol):
    """Where variables live: a dict, or what a macro sees."""

    def get(self, name: str) -> Any: ...
    def __setitem__(self, name: str, value: Any) -> None: ...


Body = Callable[[Scope, Write, "Rendering"], None]


class Evaluator(Protocol):
    """The template, for ``#evaluate``."""

    def evaluate(self, scope: Scope, write: Write, rendering: Rendering, source: str) -> None: ...


class Stopped(Exception):
    """``#stop``: the rendering ends here."""


class Left(Exception):
    """``#break($foreach.parent)``: a loop further out ends."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop


class Loop(Scripted):
    """``$foreach``."""

    __slots__ = ("count", "parent", "size")

    def __init__(self, size: int, parent: Any) -> None:
        self.size = size
        self.count = 0
        self.parent = parent if isinstance(parent, Loop) else None

    def text(self) -> str:
        return "{}"

    def topmost(self) -> Loop:
        return self if self.parent is None else self.parent.topmost()

    properties: ClassVar[Mapping[str, Method]] = {
        "index": lambda loop: loop.count - 1,
        "count": lambda loop: loop.count,
        "hasNext": lambda loop: loop.count < loop.size,
        "first": lambda loop: loop.count == 1,
        "last": lambda loop: loop.count == loop.size,
        "parent": lambda loop: loop.parent,
        "topmost": topmost,
    }
    methods: ClassVar[Mapping[str, Method]] = {
        "getIndex": properties["index"],
        "getCount": properties["count"],
        "hasNext": properties["hasNext"],
        "isFirst": properties["first"],
        "isLast": properties["last"],
        "getParent": properties["parent"],
        "getTopmost": topmost,
    }


class Rendering:
    """One rendering: how much it has done, and which macros are open."""

    __slots__ = ("calls", "steps", "template")

    def __init__(self, template: Evaluator) -> None:
        self.steps = 0
        self.calls: list[str] = []
        self.template = template

    def items(self, value: Any) -> list[Any]:
        """What ``#foreach`` goes over: at most 1,000 items; the values of a map; nothing of anything else."""
        if isinstance(value, dict):
            value = list(value.values())
        if not isinstance(value, list):
            return []
        items = value[:ITERATIONS_MAX]
        self.steps += len(items)
        if self.steps > STEPS_MAX:
            raise RenderError(f"More than {STEPS_MAX} iterations")
        return items

    @contextmanager
    def call(self, name: str) -> Iterator[None]:
        if len(self.calls) >= CALLS_MAX:
            stack = "->".join(self.calls)
            raise RenderError(
                f"Max calling depth of {CALLS_MAX} was exceeded in macro '{name}' with Call Stack:{stack}"
            )
        self.calls.append(name)
        try:
            yield
        finally:
            self.calls.pop()

    def evaluated(self, scope: Scope, write: Write, source: Any) -> None:
        """``#evaluate``."""
        if isinstance(source, str):
            with self.call("#evaluate"):
                self.template.evaluate(scope, write, self, source)


class Deferred(Scripted):
    """What ``#define`` and the body of a macro call leave in a variable: rendered where it is printed."""

    __slots__ = ("body", "depth", "rendering", "scope")

    def __init__(self, body: Body, scope: Scope, rendering: Rendering) -> None:
        self.body = body
        self.scope = scope
        self.rendering = rendering
        self.depth = 0

    def rendered(self) -> str | None:
        if self.depth >= DEFINE_DEPTH_MAX:
            return None
        self.depth += 1
        parts: list[str] = []
        try:
            self.body(self.scope, parts.append, self.rendering)
        finally:
            self.depth -= 1
        return whole(parts)

    def text(self) -> str:
        return self.rendered() or ""


class Argument:
    """An argument of a macro, passed by name: evaluated each time it is read."""

    __slots__ = ("read", "source")

    def __init__(self, read: Callable[[], Any], source: str) -> None:
        self.read = read
        self.source = source


class MacroScope:
    """What the body of a macro sees: its arguments, then the variables of the caller."""

    __slots__ = ("arguments", "local", "outer")

    def __init__(self, outer: Scope, parameters: tuple[str, ...], arguments: tuple[Argument, ...]) -> None:
        self.outer = outer
        self.arguments = dict(zip(parameters, arguments, strict=False))
        self.local: dict[str, Any] = {}

    def give_body(self, body: Deferred) -> None:
        """``$bodyContent``: what stands between ``#@name()`` and ``#end``, rendered in this scope."""
        body.scope = self
        self.local["bodyContent"] = body

    def get(self, name: str) -> Any:
        value = self.local.get(name)
        if value is not None:
            return value
        argument = self.arguments.get(name)
        return self.outer.get(name) if argument is None else argument.read()

    def __setitem__(self, name: str, value: Any) -> None:
        # Velocity's macros have no variables of their own unless it is configured otherwise.
        self.local[name] = value
        self.outer[name] = value


def source_of(scope: Scope, name: str, source: str) -> str:
    """What an undefined argument prints: the reference that the caller wrote."""
    argument = scope.arguments.get(name) if isinstance(scope, MacroScope) else None
    return source if argument is None else argument.source


def attribute(value: Any, name: str) -> Any:
    """``value.name``."""
    if value is None:
        return None
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, Scripted):
        read = value.properties.get(name)
        return None if read is None else read(value)
    table = METHODS.get(value.__class__, {})
    capital = name[:1].upper() + name[1:]
    getter = table.get("get" + capital) or table.get("is" + capital)
    return None if getter is None or name == "get" else getter(value)


def called(value: Any, name: str, *arguments: Any) -> Any:
    """``value.name(arguments)``; None if there is no such method."""
    table = METHODS.get(value.__class__) or (value.methods if isinstance(value, Scripted) else NO_METHODS)
    method = table.get(name)
    if method is None:
        return None
    try:
        return method(value, *arguments)
    except TypeError:
        return None
    except (ValueError, LookupError, OverflowError, re.error) as error:
        raise RenderError(f"Invocation of method '{name}' threw exception {error}") from None


def item(value: Any, key: Any) -> Any:
    """``value[key]``."""
    if isinstance(value, dict):
        return value.get(key) if _is_hashable(key) else None
    if isinstance(value, list) and isinstance(key, int) and not isinstance(key, bool):
        if not -len(value) <= key < len(value):
            raise RenderError(f"Index {key} out of bounds for length {len(value)}")
        return value[key]
    return None


def put(value: Any, key: Any, new: Any) -> None:
    """``#set($value.key = new)`` and ``#set($value[key] = new)``; what cannot be set stays as it is."""
    if isinstance(value, dict):
        if _is_hashable(key):
            value[key] = new
    elif isinstance(value, list) and isinstance(key, int) and not isinstance(key, bool):
        if not -len(value) <= key < len(value):
            raise RenderError(f"Index {key} out of bounds for length {len(value)}")
        value[key] = new


def _is_hashable(key: Any) -> bool:
    return not isinstance(key, list | dict)


def made_map(*pairs: tuple[Any, Any]) -> dict[Any, Any]:
    return {key if _is_hashable(key) else java_text(key): value for key, value in pairs}


def made_range(first: Any, last: Any) -> ArrayList | None:
    for end in (first, last):
        if not isinstance(end, int) or isinstance(end, bool):
            return None
    step = 1 if last >= first else -1
    # A loop sees no more than ITERATIONS_MAX of them, a template may still ask for the size.
    if abs(last - first) >= STEPS_MAX:
        raise RenderError("A range is too long")
    return ArrayList(range(first, last + step, step))


def escaped(value: Any, half: str, source: str) -> str:
    """What follows an even number of backslashes: half of them if it is defined, else all."""
    return half + half + source if value is None else half + java_text(value)


def leave(scope: Any) -> None:
    """``#break($scope)``."""
    if isinstance(scope, Loop):
        raise Left(scope)
    raise RenderError("#break takes a scope, for example $foreach.parent")


def whole(parts: list[str]) -> str:
    """The parts of a text; no more than so many of them are joined before their length is known."""
    if len(parts) > PARTS_UNCOUNTED_MAX and sum(map(len, parts)) > TEXT_CHARACTERS_MAX:
        raise RenderError("The result is too long")
    text = "".join(parts)
    if len(text) > TEXT_CHARACTERS_MAX:
        raise RenderError("The result is too long")
    return text
