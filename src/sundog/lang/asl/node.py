"""One JSON object of a definition while it is read: its place, and the list where its problems go."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sundog.lang.asl.diagnostics import Diagnostic
from sundog.lang.asl.tree import QueryLanguage

SCHEMA = "SCHEMA_VALIDATION_FAILED"


@dataclass(frozen=True, slots=True)
class Node:
    """``pointer`` is empty at the root. ``field`` is the place inside the state (``Catch[0]``), empty for
    the state itself: it begins the location of evaluation errors."""

    value: dict[str, Any]
    pointer: str
    problems: list[Diagnostic]
    language: QueryLanguage = "JSONPath"
    field: str = ""

    @property
    def is_jsonata(self) -> bool:
        return self.language == "JSONata"

    def refuse(self, message: str, below: str = "", code: str = SCHEMA) -> None:
        """``below`` is where in this object: ``/Next``."""
        self.problems.append(Diagnostic(code, message, (self.pointer + below) or "/"))

    def has(self, name: str) -> bool:
        return name in self.value

    def get(self, name: str) -> Any:
        return self.value.get(name)

    def at(self, name: str) -> str:
        """The field's place in its state, as evaluation errors name it."""
        return f"{self.field}/{name}" if self.field else name

    def speaking(self, language: QueryLanguage) -> Node:
        return replace(self, language=language)

    def require(self, *names: str) -> bool:
        missing = [name for name in names if name not in self.value]
        if missing:
            self.refuse(f"These fields are required: [{', '.join(missing)}]")
        return not missing

    def allow(self, names: Collection[str], others: Collection[str] = ()) -> None:
        """Refuse every other field by name; ``others`` are those of the other query language."""
        other = "JSONPath" if self.is_jsonata else "JSONata"
        for name in self.value:
            if name in names:
                continue
            problem = f"Field '{name}' is not supported"
            if name in others:
                problem = (
                    f"The QueryLanguage is set to '{self.language}', but field '{name}' is only supported "
                    f"for the '{other}' QueryLanguage"
                )
            self.refuse(problem)

    def text(self, name: str) -> str | None:
        value = self.value.get(name)
        if isinstance(value, str):
            return value
        if name in self.value:
            self.refuse("Expected value of type String", f"/{name}")
        return None

    def child(self, name: str) -> Node | None:
        """The object in a field; None, and a problem, where it is something else."""
        value = self.value.get(name)
        if not isinstance(value, dict):
            if name in self.value:
                self.refuse("Expected value of type Object", f"/{name}")
            return None
        return replace(self, value=value, pointer=f"{self.pointer}/{name}", field=self.at(name))

    def children(self, name: str) -> Iterator[Node]:
        """The objects of a list in a field."""
        value = self.value.get(name)
        if value is not None and not isinstance(value, list):
            self.refuse("Expected value of type Array", f"/{name}")
            return
        for index, element in enumerate(value or ()):
            place = f"/{name}[{index}]"
            if not isinstance(element, dict):
                self.refuse("Expected value of type Object", place)
                continue
            field = f"{self.at(name)}[{index}]"
            yield replace(self, value=element, pointer=self.pointer + place, field=field)
