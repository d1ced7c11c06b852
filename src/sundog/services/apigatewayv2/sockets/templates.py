"""Mapping templates of integrations and their responses: which one is taken, and what it makes.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-transformations.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sundog.lang import vtl
from sundog.lang.vtl.gateway import Input, Util, context
from sundog.services.apigatewayv2.sockets.answers import Failed, internal_error
from sundog.services.apigatewayv2.sockets.expressions import Sources, compile_selection

DEFAULT: Final = "$default"
Render = Callable[[Sources, str], str]
"""The text that a body becomes. Raises `Failed`."""


def compile_templates(
    templates: Mapping[str, str] | None, expression: str | None, passthrough: str = "WHEN_NO_MATCH"
) -> Render:
    """The template that ``expression`` selects, else ``$default``'s, else the body as it is.

    ``passthrough`` says whether a body may stay as it is.
    """
    compiled = {name: _compile(text) for name, text in (templates or {}).items()}
    select = compile_selection(expression or "\\$default")
    may_pass = passthrough == "WHEN_NO_MATCH" or (passthrough == "WHEN_NO_TEMPLATES" and not compiled)

    def render(sources: Sources, body: str) -> str:
        chosen = compiled.get(select(sources) or DEFAULT) or compiled.get(DEFAULT)
        if chosen is not None:
            return chosen(sources, body)
        if not may_pass:
            raise Failed(415, "Unsupported Media Type")
        return body

    return render


def _compile(text: str) -> Render:
    if "$" not in text and "#" not in text:
        return lambda _sources, _body: text
    try:
        template = vtl.compile_template(text)
    except vtl.VtlError as error:
        said = f"Unable to transform: {error}"

        def fail(_sources: Sources, _body: str) -> str:
            raise internal_error(said)

        return fail

    def render(sources: Sources, body: str) -> str:
        try:
            return template.render(_variables(sources, body))
        except vtl.VtlError as error:
            raise internal_error(f"Unable to transform: {error}") from error

    return render


def _variables(sources: Sources, body: str) -> dict[str, Any]:
    occasion = sources.occasion
    parameters = {"header": dict(occasion.pairs), "querystring": dict(occasion.query)}
    return {
        "input": Input(body, parameters),
        "context": context(occasion.context(sources.route_key)),
        "stageVariables": dict(occasion.variables),
        "util": Util(),
    }
