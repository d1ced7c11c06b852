"""A state machine as a frozen tree, both query languages alike: every evaluated field is a compiled `Field`.

`sundog.lang.asl.parse_definition` makes it once per definition; whoever runs machines keeps it.
Nothing in it is ever parsed again. https://states-language.net/spec.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Literal, TypeVar

from sundog.lang.asl.resource import TaskResource
from sundog.lang.evaluation import Environment
from sundog.lang.jsonpath import ReferencePath

QueryLanguage = Literal["JSONPath", "JSONata"]
StateType = Literal["Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"]
MachineType = Literal["STANDARD", "EXPRESS"]

STATE_TYPES: Final = ("Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map")
"""In the order in which AWS lists them."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Field(Generic[T]):
    """A field whose value is known when its state runs: a path, a template, an expression, or a constant.

    ``name`` is the field as written (``SecondsPath``, ``Arguments``), ``source`` its value as written.
    ``read`` gives the value or raises `sundog.lang.evaluation.EvaluationFailed`. ``variables`` are the names
    it refers to, without ``$``.
    """

    name: str
    source: Any
    read: Callable[[Environment], T]
    variables: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Retrier:
    """One entry of ``Retry``. Times are seconds, as the definition has them."""

    error_equals: tuple[str, ...]
    interval_seconds: int = 1
    max_attempts: int = 3
    backoff_rate: float = 2.0
    max_delay_seconds: int | None = None
    jitter_strategy: Literal["FULL", "NONE"] = "NONE"


@dataclass(frozen=True, slots=True)
class Catcher:
    """One entry of ``Catch``: JSONPath has ``result_path``, JSONata has ``output``; both may assign."""

    error_equals: tuple[str, ...]
    next: str
    result_path: ReferencePath | None = None
    output: Field[Any] | None = None
    assign: Field[dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """States that reach each other: a machine, a branch of a Parallel, what a Map does with an item."""

    start_at: str
    states: Mapping[str, State]


@dataclass(frozen=True, slots=True)
class Pass:
    """``has_result``: the definition has ``Result`` (which may be null)."""

    result: Any = None
    has_result: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """``role_arn`` is ``Credentials.RoleArn``. Timeouts are whole seconds; None where not given."""

    resource: TaskResource
    timeout_seconds: Field[int] | None = None
    heartbeat_seconds: Field[int] | None = None
    role_arn: Field[str] | None = None


@dataclass(frozen=True, slots=True)
class ChoiceRule:
    """``condition`` is a rule of either language; ``assign`` and ``output`` are those of the rule itself."""

    condition: Field[bool]
    next: str
    assign: Field[dict[str, Any]] | None = None
    output: Field[Any] | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The first rule that holds decides; ``default`` else; without one ``States.NoChoiceMatched``."""

    rules: tuple[ChoiceRule, ...]
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Exactly one is set. ``timestamp`` reads as milliseconds since the epoch."""

    seconds: Field[int] | None = None
    timestamp: Field[int] | None = None


@dataclass(frozen=True, slots=True)
class Succeed:
    """Ends the flow."""


@dataclass(frozen=True, slots=True)
class Fail:
    """``error`` and ``cause`` stand for the ``...Path`` fields too; None where not given."""

    error: Field[str] | None = None
    cause: Field[str] | None = None


@dataclass(frozen=True, slots=True)
class Parallel:
    branches: tuple[Flow, ...]


@dataclass(frozen=True, slots=True)
class ItemReader:
    """Where a distributed Map takes its items from. ``reader_config`` is checked, and as written except
    for ``MaxItems``, which is ``max_items``. ``arguments`` reads ``Parameters`` or ``Arguments``."""

    resource: TaskResource
    arguments: Field[Any] | None
    reader_config: Mapping[str, Any]
    max_items: Field[int] | None = None


@dataclass(frozen=True, slots=True)
class ItemBatcher:
    max_items_per_batch: Field[int] | None = None
    max_input_bytes_per_batch: Field[int] | None = None
    batch_input: Field[Any] | None = None


@dataclass(frozen=True, slots=True)
class ResultWriter:
    """``resource`` is None where only the results' form is configured (``WriterConfig`` alone)."""

    resource: TaskResource | None
    arguments: Field[Any] | None
    writer_config: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Map:
    """``items`` reads ``ItemsPath`` or ``Items``, the whole input where neither is given, as an array (or an
    object, distributed only); it is None where there is an ``item_reader``. ``max_concurrency`` below 1 or
    None is unlimited. ``item_selector`` stands for the legacy ``Parameters`` too."""

    processor: Flow
    mode: Literal["INLINE", "DISTRIBUTED"] = "INLINE"
    execution_type: MachineType = "STANDARD"
    items: Field[Any] | None = None
    item_selector: Field[Any] | None = None
    max_concurrency: Field[int] | None = None
    label: str | None = None
    item_reader: ItemReader | None = None
    item_batcher: ItemBatcher | None = None
    result_writer: ResultWriter | None = None
    tolerated_failure_count: Field[int] | None = None
    tolerated_failure_percentage: Field[float] | None = None
    is_legacy: bool = False


Work = Pass | Task | Choice | Wait | Succeed | Fail | Parallel | Map


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One state: what all have, and in ``work`` what its type adds.

    JSONPath states flow ``input_path`` -> ``parameters`` -> work -> ``result_selector`` -> ``result_path``
    -> ``assign`` -> ``output_path``; JSONata states ``parameters`` (written ``Arguments``) -> work ->
    ``assign`` and ``output``. A field that is not in the definition is None, except ``result_path``, where
    None means the definition says null (discard) and the default is the root.
    ``result_path`` writes into the input as it came, before ``input_path``.
    ``next`` None with ``is_end`` False happens for Choice, Succeed and Fail only.
    """

    name: str
    work: Work
    query_language: QueryLanguage
    pointer: str
    next: str | None = None
    is_end: bool = False
    comment: str | None = None
    input_path: Field[Any] | None = None
    parameters: Field[Any] | None = None
    result_selector: Field[Any] | None = None
    result_path: ReferencePath | None
    output_path: Field[Any] | None = None
    output: Field[Any] | None = None
    assign: Field[dict[str, Any]] | None = None
    retry: tuple[Retrier, ...] = ()
    catch: tuple[Catcher, ...] = ()

    @property
    def type(self) -> StateType:
        return type(self.work).__name__  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class StateMachine:
    """``variable_references`` is what DescribeStateMachine answers: state name -> sorted variable names."""

    flow: Flow
    query_language: QueryLanguage = "JSONPath"
    timeout_seconds: int | None = None
    comment: str | None = None
    version: str | None = None
    variable_references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
