"""What is wrong with a definition, in the words of ValidateStateMachineDefinition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["ERROR", "WARNING"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """``location`` is a JSON pointer (``/States/A/Next``), or the place in the text, or None."""

    code: str
    message: str
    location: str | None = None
    severity: Severity = "ERROR"


def definition_message(diagnostics: Iterable[Diagnostic]) -> str:
    """What CreateStateMachine, UpdateStateMachine and TestState answer (InvalidDefinition)."""
    errors = [d for d in diagnostics if d.severity == "ERROR"]
    listed = ", ".join(f"{d.code}: {d.message}{_where(d)}" for d in errors)
    return f"Invalid State Machine Definition: '{listed}'"


def _where(diagnostic: Diagnostic) -> str:
    return f" at {diagnostic.location}" if diagnostic.location else ""
