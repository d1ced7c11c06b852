"""Models of the APIs that tasks call, also of services that sundog has not: what they answer is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from botocore.model import OperationModel

from sundog.context import Context
from sundog.lang.asl import TaskResource
from sundog.protocol.models import Models, UnknownService
from sundog.protocol.sdk_input import SDK_NAMES
from sundog.service import Part

_OPTIMIZED: Final[Mapping[str, str]] = {"states": "stepfunctions"}
"""Optimised integrations whose name is neither the SDK's nor botocore's."""

_NOT_AN_API: Final = frozenset({"apigateway", "http"})
"""Optimised integrations that call an endpoint of the user's."""


class ApiModels(Part):
    """A part: models are read when a task first names them."""

    def __init__(self, ctx: Context) -> None:
        self._models = Models()

    def operation(self, resource: TaskResource) -> OperationModel | None:
        """The operation whose answer is the task's result; None where no model says what it looks like."""
        if not resource.service or resource.kind == "http":
            return None
        if resource.kind == "optimized" and resource.service in _NOT_AN_API:
            return None
        try:
            model = self._models.get(_botocore_name(resource.service))
        except UnknownService:
            return None
        name = _answering(resource).lower()
        found = next((known for known in model.operation_names if known.lower() == name), None)
        return None if found is None else model.operation_model(found)


def _botocore_name(service: str) -> str:
    return SDK_NAMES.get(service) or _OPTIMIZED.get(service, service)


def _answering(resource: TaskResource) -> str:
    """``.sync`` tasks end with what describes the work, tasks with a token with whatever comes back."""
    if resource.pattern == "wait_for_task_token":
        return ""
    if resource.pattern == "request_response":
        return resource.action
    return "DescribeExecution" if resource.service == "states" else ""
