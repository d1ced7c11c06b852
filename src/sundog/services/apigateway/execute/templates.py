"""Mapping templates: Velocity with API Gateway's objects, compiled when they are first used.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from sundog.lang import vtl
from sundog.lang.evaluation import MISSING
from sundog.lang.vtl.gateway import EMPTY_BODY, Input, Util
from sundog.lang.vtl.values import Method
from sundog.services.apigateway.execute.failures import API_CONFIGURATION_ERROR, Refusal

if TYPE_CHECKING:
    from sundog.services.apigateway.execute.call import Call


class Template:
    """One template of a deployment. Plain text, the most frequent kind, is never given to the engine."""

    __slots__ = ("_compiled", "_constant", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._constant = "$" not in text and "#" not in text
        self._compiled: vtl.Template | None = None

    def render(self, call: Call, body: str) -> str:
        """The text that ``body`` (the client's, or an integration's) becomes.

        Raises `Refusal`: what fails in a template is the API's mistake.
        """
        if self._constant:
            return self.text
        try:
            if self._compiled is None:
                self._compiled = vtl.compile_template(self.text)
            return self._compiled.render(
                {
                    "input": CallInput(call, body),
                    "context": call.context,
                    "stageVariables": dict(call.variables),
                    "util": Util(),
                }
            )
        except vtl.VtlError as error:
            log = f"Execution failed due to configuration error: Unable to transform request: {error}"
            raise Refusal(API_CONFIGURATION_ERROR, log=log) from error


class CallInput(Input):
    """``$input`` over a call: parameters that a template does not ask for are not collected."""

    __slots__ = ("_call",)

    def __init__(self, call: Call, body: str) -> None:
        self.body, self._root = body or EMPTY_BODY, MISSING
        self._call = call

    def _parameter(self, place: str, name: str) -> str | None:
        if place == "path":
            return self._call.decoded_parameters.get(name)
        if place == "querystring":
            values = self._call.multi_query.get(name)
            return values[-1] if values else None
        return self._call.header(name)

    def params(self, name: str | None = None) -> Any:
        if name is not None:
            return super().params(name)
        call = self._call
        return {
            "path": dict(call.decoded_parameters),
            "querystring": {key: values[-1] for key, values in call.multi_query.items()},
            "header": dict(call.headers),
        }

    methods: ClassVar[Mapping[str, Method]] = {**Input.methods, "params": params}


def compile_templates(templates: Mapping[str, str | None] | None) -> dict[str, Template | None]:
    """By media type, in the order of the API; a template without text lets a body through as it is."""
    return {name.lower(): Template(text) if text else None for name, text in (templates or {}).items()}
