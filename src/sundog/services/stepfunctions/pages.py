"""Part: what ``/_sundog/executions/`` answers: the drawing of an execution, its replay."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import unquote

import orjson

from sundog.arn import parse_arn
from sundog.context import Context
from sundog.errors import AwsError
from sundog.gateway.admin import BadRequest
from sundog.protocol.http import HttpRequest, HttpResponse
from sundog.service import Part
from sundog.services.stepfunctions.definitions import Definitions
from sundog.services.stepfunctions.drawing import draw_execution
from sundog.services.stepfunctions.engine.forking import CannotFork
from sundog.services.stepfunctions.executions import read_input
from sundog.services.stepfunctions.loading import load_execution
from sundog.services.stepfunctions.names import read_execution
from sundog.services.stepfunctions.replaying import Replay, load_history, replay
from sundog.services.stepfunctions.visits import read_visits

PATH: Final = "/_sundog/executions/"
SVG: Final = ".svg"
REPLAY: Final = "/replay"


class Pages(Part):
    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def pages(self) -> Mapping[tuple[str, str], Callable[[HttpRequest], Awaitable[Any]]]:
        return {("GET", PATH): self._drawing, ("POST", PATH): self._replay}

    async def _drawing(self, request: HttpRequest) -> Any:
        """``GET .../<execution ARN>.svg``"""
        arn, ctx = self._named(request, SVG)
        try:
            read_execution(arn)
            async with ctx.store.transaction() as tx:
                started = await load_execution(tx, arn)
                events = await load_history(tx, arn)
            machine = ctx.part(Definitions).compile(started.body["definition"], started.body["type"])
        except AwsError as error:
            raise BadRequest(error.message) from None
        title = f"{started.machine} {started.name} {started.status}"
        svg = draw_execution(machine, read_visits(events), title, ctx.clock.now_ms())
        headers = {"content-type": "image/svg+xml; charset=utf-8", "cache-control": "no-store"}
        return HttpResponse(200, svg.encode(), headers)

    async def _replay(self, request: HttpRequest) -> Any:
        """``POST .../<execution ARN>/replay`` with ``{"from": event id, "definition": text, "input": text}``;
        all may be left out."""
        arn, ctx = self._named(request, REPLAY)
        try:
            return await replay(ctx, _read_replay(arn, request.body))
        except AwsError as error:
            raise BadRequest(error.message) from None
        except CannotFork as reason:
            raise BadRequest(str(reason)) from None

    def _named(self, request: HttpRequest, ending: str) -> tuple[str, Context]:
        """The ARN in the path, and a context of its account and region."""
        text = unquote(request.path.removeprefix(PATH))
        arn = parse_arn(text.removesuffix(ending))
        if arn is None or not text.endswith(ending):
            raise BadRequest(f"the path is {PATH}<execution ARN>{ending}")
        return text.removesuffix(ending), self._ctx.acting(scope=arn.scope)


def _read_replay(arn: str, body: bytes) -> Replay:
    try:
        asked = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the body is not JSON: {error}") from None
    if not isinstance(asked, dict) or not asked.keys() <= {"from", "definition", "input"}:
        raise BadRequest("the body is an object with from, definition and input, each if wanted")
    event_id, definition, text = asked.get("from") or 1, asked.get("definition"), asked.get("input")
    if isinstance(event_id, bool) or not isinstance(event_id, int):
        raise BadRequest("from is the number of an event")
    if not all(each is None or isinstance(each, str) for each in (definition, text)):
        raise BadRequest("definition and input are texts that contain JSON")
    value = None if text is None else read_input(text)
    return Replay(arn, event_id, definition, text is not None, value)
