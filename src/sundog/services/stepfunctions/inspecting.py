"""One state run alone, with every step between its input and its output kept (TestState).

What a task answers, or how it fails, comes from outside: from a mock, or from really calling it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from sundog.lang.asl import (
    Choice,
    Exhausted,
    Fail,
    Map,
    Parallel,
    Pass,
    Retry,
    State,
    Succeed,
    Task,
    Wait,
    decide_catch,
    decide_retry,
)
from sundog.lang.asl.distributed import ItemReaderFailed, batch_items, read_items
from sundog.lang.evaluation import MISSING, Environment, EvaluationFailed
from sundog.lang.jsonpath import PathNotWritable, ReferencePath

Status = Literal["SUCCEEDED", "FAILED", "RETRIABLE", "CAUGHT_ERROR"]

THRESHOLD_ERROR: Final = "States.ExceedToleratedFailureThreshold"
THRESHOLD_CAUSE: Final = "The specified tolerated failure threshold was exceeded"
NO_CHOICE: Final = "Failed to transition out of the state. The state does not match any transition rule."


class TaskFailed(Exception):
    """The work of the state failed, in the task or by its mock."""

    def __init__(self, error: str | None, cause: str | None) -> None:
        super().__init__(error)
        self.error, self.cause = error, cause


@dataclass(frozen=True, slots=True)
class Outside:
    """What the state meets: ``work`` gives the result for its arguments or raises `TaskFailed`;
    ``wait_until_ms`` returns then. ``retried`` counts for every retrier; ``failed_items`` and
    ``reader_data`` are what a Map is told."""

    work: Callable[[State, Any, Environment], Awaitable[Any]]
    wait_until_ms: Callable[[int], Awaitable[None]]
    retried: int = 0
    failed_items: int = 0
    reader_data: str | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """How the state ended. ``steps`` are InspectionData's values by name, not yet written as text."""

    status: Status
    steps: dict[str, Any]
    next: str | None = None
    output: Any = MISSING
    error: str | None = None
    cause: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)


async def inspect_state(state: State, env: Environment, outside: Outside) -> Inspection:
    """Run ``state`` once on ``env.input``."""
    run = _Run(state, env, outside)
    try:
        return await run.run()
    except EvaluationFailed as failure:
        return run.failed(failure.error, failure.cause)
    except PathNotWritable as failure:
        return run.failed("States.ResultPathMatchFailure", str(failure))
    except TaskFailed as failure:
        return run.failed(failure.error, failure.cause)


class _Run:
    """``steps`` grows as the state goes on, so that a failure shows how far it came."""

    def __init__(self, state: State, env: Environment, outside: Outside) -> None:
        self.state, self.env, self.outside = state, env, outside
        self.steps: dict[str, Any] = {"input": env.input}
        self.is_jsonpath = state.query_language == "JSONPath"

    async def run(self) -> Inspection:
        match self.state.work:
            case Pass() as work:
                return self._pass(work)
            case Choice() as work:
                return self._choice(work)
            case Succeed():
                return self._ended(self._effective_input())
            case Fail() as work:
                return self._fail(work)
            case Wait() as work:
                return await self._wait(work)
            case Parallel():
                return self._result(await self._call(self._parameters(self._input(shown=False), shown=False)))
            case Map() as work:
                return await self._map(work)
            case Task():
                return await self._task()

    # The steps of data flow

    def _effective_input(self) -> Any:
        return self._input(shown=self.is_jsonpath)

    def _input(self, *, shown: bool) -> Any:
        path = self.state.input_path
        value = self.env.input if path is None else path.read(self.env)
        if shown:
            self.steps["afterInputPath"] = value
        return value

    def _parameters(self, value: Any, *, shown: bool) -> Any:
        parameters = self.state.parameters
        if parameters is not None:
            value = parameters.read(replace(self.env, input=value))
        if shown and (self.is_jsonpath or parameters is not None):
            self.steps["afterParameters" if self.is_jsonpath else "afterArguments"] = value
        return value

    async def _call(self, arguments: Any) -> Any:
        return await self.outside.work(self.state, arguments, self.env)

    def _result(self, result: Any) -> Inspection:
        """From the result of work to the output, by either language."""
        if not self.is_jsonpath:
            return self._ended(MISSING, replace(self.env, result=result), default=result)
        selected = result
        if self.state.result_selector is not None:
            selected = self.state.result_selector.read(replace(self.env, input=result))
        self.steps["afterResultSelector"] = selected
        output = self._placed(self.state.result_path, selected)
        self.steps["afterResultPath"] = output
        return self._ended(output, replace(self.env, input=selected))

    def _placed(self, path: ReferencePath | None, value: Any) -> Any:
        return self.env.input if path is None else path.write(self.env.input, value)

    def _ended(self, output: Any, seen: Environment | None = None, default: Any = MISSING) -> Inspection:
        """Assign, and then what leaves the state. ``seen`` is what Assign and Output may read."""
        state, seen = (
            self.state,
            seen or replace(self.env, input=self.env.input if output is MISSING else output),
        )
        variables = self._assigned(seen)
        if self.is_jsonpath:
            if state.output_path is not None:
                output = state.output_path.read(replace(self.env, input=output))
        elif state.output is not None:
            output = state.output.read(seen)
        elif default is not MISSING:
            output = default
        return Inspection("SUCCEEDED", self.steps, state.next, output, variables=variables)

    def _assigned(self, seen: Environment) -> dict[str, Any]:
        assign = self.state.assign
        return {**self.env.variables, **(assign.read(seen) if assign is not None else {})}

    # The types of states

    def _pass(self, work: Pass) -> Inspection:
        if not self.is_jsonpath:
            return self._ended(self.env.input, self.env)
        if work.has_result:
            self.steps["result"] = work.result
            return self._result(work.result)
        return self._result(self._parameters(self._effective_input(), shown=True))

    def _choice(self, work: Choice) -> Inspection:
        value = self._effective_input()
        env = replace(self.env, input=value)
        for rule in work.rules:
            if rule.condition.read(env):
                taken = replace(self.state, next=rule.next, assign=rule.assign, output=rule.output)
                break
        else:
            if work.default is None:
                raise TaskFailed("States.NoChoiceMatched", NO_CHOICE)
            taken = replace(self.state, next=work.default)
        self.state = taken
        return self._ended(value, env)

    def _fail(self, work: Fail) -> Inspection:
        env = replace(self.env, input=self._effective_input())
        error = None if work.error is None else work.error.read(env)
        cause = None if work.cause is None else work.cause.read(env)
        return Inspection("FAILED", self.steps, error=error, cause=cause, variables=dict(self.env.variables))

    async def _wait(self, work: Wait) -> Inspection:
        value = self._effective_input()
        env = replace(self.env, input=value)
        if work.seconds is not None:
            await self.outside.wait_until_ms(env.now_ms + 1_000 * work.seconds.read(env))
        elif work.timestamp is not None:
            await self.outside.wait_until_ms(work.timestamp.read(env))
        return self._ended(value, env)

    async def _task(self) -> Inspection:
        result = await self._call(self._parameters(self._effective_input(), shown=True))
        self.steps["result"] = result
        return self._result(result)

    async def _map(self, work: Map) -> Inspection:
        env = replace(self.env, input=self._effective_input())
        items = self._items(work, env)
        if items is not None:
            self._selected(work, env, items)
        self._map_limits(work, env)
        if self._exceeds(work, env, len(items or ())):
            raise TaskFailed(THRESHOLD_ERROR, THRESHOLD_CAUSE)
        return self._result(await self._call(items))

    def _items(self, work: Map, env: Environment) -> list[Any] | None:
        """None where a reader would fetch them and nobody said what it finds."""
        if work.items is not None:
            items = work.items.read(env)
            if self.is_jsonpath:
                self.steps["afterItemsPath"] = items
            return _listed(items)
        if self.outside.reader_data is None or work.item_reader is None:
            return None
        reader = work.item_reader
        most = None if reader.max_items is None else reader.max_items.read(env)
        try:
            found = read_items(self.outside.reader_data.encode(), reader.reader_config, most)
        except ItemReaderFailed as failure:
            raise TaskFailed("States.ItemReaderFailed", str(failure)) from None
        if "ItemsPointer" in reader.reader_config:
            self.steps["afterItemsPointer"] = found
        return found

    def _selected(self, work: Map, env: Environment, items: list[Any]) -> None:
        """What each iteration would get as its input."""
        if work.item_selector is not None:
            items = [work.item_selector.read(_item_seen(env, i, item)) for i, item in enumerate(items)]
            self.steps["afterItemSelector"] = items
        batcher = work.item_batcher
        if batcher is not None:
            count = batcher.max_items_per_batch
            size = batcher.max_input_bytes_per_batch
            extra = batcher.batch_input
            self.steps["afterItemBatcher"] = list(
                batch_items(
                    items,
                    None if count is None else count.read(env),
                    None if size is None else size.read(env),
                    MISSING if extra is None else extra.read(env),
                )
            )

    def _map_limits(self, work: Map, env: Environment) -> None:
        concurrency = work.max_concurrency
        self.steps["maxConcurrency"] = 0 if concurrency is None else max(0, concurrency.read(env))
        if work.tolerated_failure_count is not None:
            self.steps["toleratedFailureCount"] = work.tolerated_failure_count.read(env)
        if work.tolerated_failure_percentage is not None:
            self.steps["toleratedFailurePercentage"] = float(work.tolerated_failure_percentage.read(env))

    def _exceeds(self, work: Map, env: Environment, item_count: int) -> bool:
        """A map that tolerates nothing in particular does not fail by the count alone (recorded)."""
        failed = self.outside.failed_items
        count = self.steps.get("toleratedFailureCount")
        percentage = self.steps.get("toleratedFailurePercentage")
        if count is not None and failed > count:
            return True
        return percentage is not None and item_count > 0 and 100 * failed / item_count > percentage

    # Errors

    def failed(self, error: str | None, cause: str | None) -> Inspection:
        """Retriers are asked first, then catchers."""
        name, details = error or "", {}
        attempts = [self.outside.retried] * len(self.state.retry)
        retry = decide_retry(self.state.retry, name, attempts, self.env.ids)
        if isinstance(retry, Retry):
            details = {"retryIndex": retry.index, "retryBackoffIntervalSeconds": retry.interval_seconds}
            return self._unhandled("RETRIABLE", error, cause, details)
        if isinstance(retry, Exhausted):
            details = {"retryIndex": retry.index}
        caught = decide_catch(self.state.catch, name)
        if caught is None:
            return self._unhandled("FAILED", error, cause, details)
        index, catcher = caught
        error_output = {"Error": error, "Cause": cause}
        error_output = {key: value for key, value in error_output.items() if value is not None}
        seen = replace(self.env, error_output=error_output)
        if self.is_jsonpath:
            seen = replace(seen, input=error_output)
            output = self._placed(catcher.result_path, error_output)
        else:
            output = error_output if catcher.output is None else catcher.output.read(seen)
        assigned = {} if catcher.assign is None else catcher.assign.read(seen)
        steps = {**self.steps, "errorDetails": {**details, "catchIndex": index}}
        variables = {**self.env.variables, **assigned}
        return Inspection("CAUGHT_ERROR", steps, catcher.next, output, error, cause, variables)

    def _unhandled(
        self, status: Status, error: str | None, cause: str | None, details: dict[str, int]
    ) -> Inspection:
        steps = {**self.steps, "errorDetails": details} if details else self.steps
        return Inspection(status, steps, error=error, cause=cause, variables=dict(self.env.variables))


def _listed(items: Any) -> list[Any]:
    """An object's members are items too, in a distributed map."""
    if isinstance(items, dict):
        return [{"Key": key, "Value": value} for key, value in items.items()]
    return list(items)


def _item_seen(env: Environment, index: int, value: Any) -> Environment:
    context = {**env.context, "Map": {"Item": {"Index": index, "Value": value}}}
    return replace(env, context=context)
