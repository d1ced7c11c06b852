"""What AWS warns of in a definition that it accepts.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sundog.lang.asl.diagnostics import Diagnostic
from sundog.lang.asl.graph import every_state
from sundog.lang.asl.tree import Fail, Flow, Pass, State


def diagnose_warnings(flow: Flow) -> Iterator[Diagnostic]:
    for state in every_state(flow):
        if state.query_language == "JSONPath":
            yield from _no_dollar(state)
            yield from _static_result(state)
            yield from _no_path(state)


def _no_dollar(state: State) -> Iterator[Diagnostic]:
    for field in (state.parameters, state.result_selector):
        if field is not None:
            yield from _in_template(field.source, f"{state.pointer}/{field.name}")


def _in_template(value: Any, place: str) -> Iterator[Diagnostic]:
    for name, inner in value.items() if isinstance(value, dict) else ():
        if isinstance(inner, str) and not name.endswith(".$") and _looks_dynamic(inner):
            message = (
                f"The field '{name}' has a value that looks like a JSONPath or an intrinsic function, "
                "but its name does not end with '.$'"
            )
            yield Diagnostic("NO_DOLLAR", message, f"{place}/{name}", "WARNING")
        yield from _in_template(inner, f"{place}/{name}")


def _looks_dynamic(text: str) -> bool:
    return text.startswith(("$.", "$$.", "$[", "States."))


def _static_result(state: State) -> Iterator[Diagnostic]:
    if not isinstance(state.work, Pass) or not isinstance(state.work.result, dict):
        return
    for name, inner in state.work.result.items():
        if name.endswith(".$") or (isinstance(inner, str) and _looks_dynamic(inner)):
            message = "The value of 'Result' is static: paths in it are not evaluated"
            yield Diagnostic("PASS_RESULT_IS_STATIC", message, f"{state.pointer}/Result/{name}", "WARNING")


def _no_path(state: State) -> Iterator[Diagnostic]:
    if not isinstance(state.work, Fail):
        return
    for field in (state.work.error, state.work.cause):
        if field is None or field.name.endswith("Path") or not _looks_dynamic(field.source):
            continue
        problem = "has a value that looks like a path, but its name does not end with 'Path'"
        message = f"The field '{field.name}' {problem}"
        yield Diagnostic("NO_PATH", message, f"{state.pointer}/{field.name}", "WARNING")
