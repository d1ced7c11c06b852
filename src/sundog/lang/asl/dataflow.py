"""How data goes through a state, in both query languages: into it, into its work, and out again.

JSONPath: InputPath -> Parameters -> work -> ResultSelector -> ResultPath -> Assign -> OutputPath, where
ResultPath writes into the input as it came. JSONata: Arguments -> work -> Assign and Output, side by side.
Every function takes an environment whose ``input`` is the state's input as it came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sundog.lang.asl.tree import Catcher, ChoiceRule, Field, Pass, State, Task, Work
from sundog.lang.asl.tree import Map as MapWork
from sundog.lang.asl.tree import Parallel as ParallelWork
from sundog.lang.evaluation import Environment, EvaluationFailed
from sundog.lang.jsonpath import PathNotWritable, ReferencePath


@dataclass(frozen=True, slots=True)
class Left:
    """What a state leaves behind: its output, and the variables it assigned (to be stored by the caller)."""

    output: Any
    assigned: Mapping[str, Any]


def effective_input(state: State, env: Environment) -> Any:
    """After InputPath."""
    return env.input if state.input_path is None else state.input_path.read(env)


def arguments(state: State, env: Environment, effective: Any) -> Any:
    """After Parameters or Arguments: what a task is called with, what every branch gets."""
    return effective if state.parameters is None else state.parameters.read(_with(env, effective))


def pass_result(state: State, work: Pass, env: Environment, effective: Any) -> Any:
    """The result of a Pass: its Result, or what its Parameters make of the input."""
    return work.result if work.has_result else arguments(state, env, effective)


def selected_result(state: State, env: Environment, result: Any) -> Any:
    """After ResultSelector."""
    return result if state.result_selector is None else state.result_selector.read(_with(env, result))


def leave(state: State, env: Environment, result: Any) -> Left:
    """The state has done its work. For Wait and Succeed ``result`` is the effective input."""
    if state.query_language == "JSONata":
        seen = replace(env, result=result) if _has_result(state.work) else env
        output = result if state.output is None else state.output.read(seen)
        return Left(output, _assigned(state.assign, seen))
    selected = selected_result(state, env, result)
    output = _written(state.result_path, env.input, selected)
    assigned = _assigned(state.assign, _with(env, selected))
    return Left(_output_path(state, env, output), assigned)


def leave_choice(state: State, env: Environment, effective: Any, rule: ChoiceRule | None) -> Left:
    """A rule's own Assign and Output go before those of the state, which are for the default."""
    assign = state.assign if rule is None else rule.assign
    if state.query_language == "JSONata":
        output = state.output if rule is None or rule.output is None else rule.output
        return Left(env.input if output is None else output.read(env), _assigned(assign, env))
    return Left(_output_path(state, env, effective), _assigned(assign, _with(env, effective)))


def leave_caught(state: State, env: Environment, catcher: Catcher, error_output: Mapping[str, Any]) -> Left:
    """``error_output`` is ``{"Error": ..., "Cause": ...}``. OutputPath has no say in it (recorded)."""
    if state.query_language == "JSONata":
        seen = replace(env, error_output=error_output)
        output = error_output if catcher.output is None else catcher.output.read(seen)
        return Left(output, _assigned(catcher.assign, seen))
    output = _written(catcher.result_path, env.input, error_output)
    return Left(output, _assigned(catcher.assign, _with(env, error_output)))


def _with(env: Environment, value: Any) -> Environment:
    return env if value is env.input else replace(env, input=value)


def _has_result(work: Work) -> bool:
    """Where ``$states.result`` may be read."""
    return isinstance(work, Task | ParallelWork | MapWork)


def _assigned(assign: Field[dict[str, Any]] | None, env: Environment) -> Mapping[str, Any]:
    return {} if assign is None else assign.read(env)


def _output_path(state: State, env: Environment, output: Any) -> Any:
    return output if state.output_path is None else state.output_path.read(_with(env, output))


def _written(path: ReferencePath | None, root: Any, value: Any) -> Any:
    if path is None:
        return root
    try:
        return path.write(root, value)
    except PathNotWritable as error:
        raise EvaluationFailed("States.ResultPathMatchFailure", str(error)) from None
