"""The values of Step Functions: machines, activities, executions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sundog.arn import Arn
from sundog.scope import Scope


@dataclass(frozen=True, slots=True)
class Machine:
    """``body`` are members of DescribeStateMachine (definition, roleArn, type, revisionId, ...)."""

    scope: Scope
    name: str
    body: Mapping[str, Any]
    tags: Mapping[str, str]
    created_ms: int

    @property
    def arn(self) -> str:
        return machine_arn(self.scope, self.name)

    @property
    def is_express(self) -> bool:
        return bool(self.body["type"] == "EXPRESS")


@dataclass(frozen=True, slots=True)
class Activity:
    """``body``: encryptionConfiguration."""

    scope: Scope
    name: str
    body: Mapping[str, Any]
    tags: Mapping[str, str]
    created_ms: int

    @property
    def arn(self) -> str:
        return str(Arn.of("states", self.scope, f"activity:{self.name}"))


@dataclass(frozen=True, slots=True)
class Started:
    """An execution as its row has it.

    ``body``: definition, roleArn, type, input, output, error, cause, traceHeader, revisionId,
    loggingConfiguration, the version or alias it was started by, and ``parent``, who waits for its end.
    ``state`` is where it stands, empty once it is over.
    """

    scope: Scope
    machine: str
    name: str
    arn: str
    status: str
    started_ms: int
    stopped_ms: int | None
    body: Mapping[str, Any]
    state: str
    id: int = 0

    @property
    def machine_arn(self) -> str:
        return machine_arn(self.scope, self.machine)


def machine_arn(scope: Scope, name: str) -> str:
    return str(Arn.of("states", scope, f"stateMachine:{name}"))
