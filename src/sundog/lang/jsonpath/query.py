"""A JSONPath in a state machine: ``$.a`` reads data, ``$$.b`` the context object, ``$name.c`` a variable."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sundog.lang.evaluation import MISSING, Environment
from sundog.lang.jsonpath.path import Path, compile_path
from sundog.lang.jsonpath.steps import InvalidPath

_VARIABLE: Final = re.compile(r"\$([^\W\d]\w*)")


@dataclass(frozen=True, slots=True)
class Query:
    """``root`` gives the value that ``path`` starts at, ``read`` what is there or MISSING.

    ``variable`` is the variable it starts from, if any.
    """

    text: str
    path: Path
    root: Callable[[Environment], Any]
    read: Callable[[Environment], Any]
    variable: str | None = None

    @property
    def is_context(self) -> bool:
        return self.text.startswith("$$")

    def why_missing(self, environment: Environment) -> str:
        """Jayway's reason why ``read`` gave MISSING."""
        return self.path.why_missing(self.root(environment))


def compile_query(text: str) -> Query:
    """Raises `InvalidPath`."""
    if text.startswith("$$"):
        path = compile_path(text[1:])
        find = path.find
        return Query(text, path, lambda env: env.context, lambda env: find(env.context))
    named = _VARIABLE.match(text)
    if named is not None:
        return _variable_query(text, named[1], compile_path("$" + text[named.end() :]))
    path = compile_path(text)
    find_input = path.find
    return Query(text, path, lambda env: env.input, lambda env: find_input(env.input))


def _variable_query(text: str, name: str, path: Path) -> Query:
    if name == "states":
        raise InvalidPath("$states is reserved")
    find = path.find

    def root(env: Environment) -> Any:
        return env.variables.get(name, MISSING)

    def read(env: Environment) -> Any:
        value = env.variables.get(name, MISSING)
        return value if value is MISSING else find(value)

    return Query(text, path, root, read, name)
