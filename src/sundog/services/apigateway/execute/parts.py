"""The parts of the data plane, in the order they are built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sundog.context import Context
from sundog.service import Part
from sundog.services.apigateway.execute.authorizing import Verdicts
from sundog.services.apigateway.execute.cache import AnswerCache
from sundog.services.apigateway.execute.directory import Directory
from sundog.services.apigateway.execute.face import Face
from sundog.services.apigateway.execute.integrating import RunningOn
from sundog.services.apigateway.execute.invoking import Invoker
from sundog.services.apigateway.execute.records import Logs, Metrics
from sundog.services.apigateway.execute.usage import Usage

PARTS: Final[tuple[Callable[[Context], Part], ...]] = (
    Directory,
    Verdicts,
    Usage,
    AnswerCache,
    RunningOn,
    Metrics,
    Logs,
    Face,
    Invoker,
)
