"""From the text of a definition to its tree, or to what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from sundog.lang.asl.diagnostics import Diagnostic
from sundog.lang.asl.tree import MachineType, State, StateMachine


@dataclass(frozen=True, slots=True)
class Parsed:
    """``machine`` is None where ``diagnostics`` has an ERROR; warnings may come with a machine."""

    machine: StateMachine | None
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class ParsedState:
    """As `Parsed`, for a definition that is one state alone (TestState)."""

    state: State | None
    diagnostics: tuple[Diagnostic, ...]


def parse_definition(text: str, machine_type: MachineType = "STANDARD") -> Parsed:
    """Read and check a whole definition. Never raises for bad text."""
    raise NotImplementedError


def parse_state(text: str, name: str = "TestState") -> ParsedState:
    """Read and check the definition of one state, whose transitions lead anywhere."""
    raise NotImplementedError
