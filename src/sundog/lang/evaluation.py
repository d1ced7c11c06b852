"""What an expression of a state machine may see, and how its evaluation fails, in both query languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sundog.ids import Ids


class _Missing:
    """Nothing there, which is not null."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()


@dataclass(frozen=True, slots=True)
class Environment:
    """Everything one evaluation reads; a value, so evaluating twice gives the same.

    ``input`` is ``$`` in JSONPath (the input, the result for ResultSelector and Assign) and ``$states.input``
    in JSONata. ``context`` is the context object (``$$``, ``$states.context``). ``variables`` are those in
    scope by name. ``result`` and ``error_output`` are ``$states.result`` and ``$states.errorOutput``, MISSING
    where the state has none (yet). ``ids`` gives random numbers and uuids, ``now_ms`` the time.
    """

    input: Any
    context: Mapping[str, Any]
    variables: Mapping[str, Any]
    ids: Ids
    now_ms: int
    result: Any = MISSING
    error_output: Any = MISSING


class EvaluationFailed(Exception):
    """A field of a state could not be evaluated.

    ``error`` is the error name (``States.Runtime``, ``States.QueryEvaluationError``, ...). ``cause`` is AWS's
    text without the words that say where (`executing` adds them). Where ``error`` is
    States.QueryEvaluationError, history has an EvaluationFailed event, with ``location`` (``Output/result``)
    unless that is None.
    """

    def __init__(self, error: str, cause: str, location: str | None = None) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause
        self.location = location


def executing(state: str, entered_event_id: int, cause: str) -> str:
    """``cause`` as history and answers show it."""
    place = f"the state '{state}' (entered at the event id #{entered_event_id})"
    return f"An error occurred while executing {place}. {cause}"
