"""Everything of ours under ``/_sundog/``, and the health answer that other tools wait for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import orjson

from sundog.protocol.http import HttpRequest, HttpResponse

HOUR_MS = 3_600_000
ADVANCE_MS_MAX = 100 * 366 * 24 * HOUR_MS


class BadRequest(Exception):
    """What is wrong with a request to the admin interface, in a sentence."""


class Server(Protocol):
    """What the admin interface needs of the server behind it."""

    def info(self) -> dict[str, Any]: ...
    def health(self) -> dict[str, Any]: ...
    def clock_state(self) -> dict[str, Any]: ...
    def requests(self, limit: int) -> list[dict[str, Any]]: ...
    async def move_clock(self, order: ClockOrder) -> None: ...
    async def reset(self) -> None: ...


ClockOrder = tuple[str, int]
"""("advance", ms), ("freeze", 0), ("resume", 0) or ("until_idle", horizon ms)."""

Page = Callable[[Server, HttpRequest], Awaitable[Any]]
PartPage = Callable[[HttpRequest], Awaitable[Any]]
"""A page of a part (`pages()`): answers JSON values, or an `HttpResponse` of its own."""


async def health(server: Server, _request: HttpRequest) -> Any:
    return server.health()


async def info(server: Server, _request: HttpRequest) -> Any:
    return server.info()


async def read_clock(server: Server, _request: HttpRequest) -> Any:
    return server.clock_state()


async def move_clock(server: Server, request: HttpRequest) -> Any:
    for order in parse_clock_orders(request.body):
        await server.move_clock(order)
    return server.clock_state()


async def reset(server: Server, _request: HttpRequest) -> Any:
    await server.reset()
    return {"reset": True}


async def requests(server: Server, request: HttpRequest) -> Any:
    limit = request.query.removeprefix("limit=") or "100"
    if not limit.isdigit():
        raise BadRequest("limit must be a number: /_sundog/requests?limit=100")
    return {"requests": server.requests(int(limit))}


PAGES: Mapping[tuple[str, str], Page] = {
    ("GET", "/_sundog/health"): health,
    ("GET", "/_localstack/health"): health,
    ("HEAD", "/_localstack/health"): health,
    ("GET", "/_sundog/info"): info,
    ("GET", "/_sundog/clock"): read_clock,
    ("POST", "/_sundog/clock"): move_clock,
    ("POST", "/_sundog/reset"): reset,
    ("GET", "/_sundog/requests"): requests,
}


class Admin:
    """Answers the pages of the admin interface, with JSON where the page does not say otherwise."""

    def __init__(self, server: Server, pages: Mapping[tuple[str, str], Page] = PAGES) -> None:
        self._server, self._pages = server, dict(pages)

    def add(self, pages: Mapping[tuple[str, str], PartPage]) -> None:
        """The pages that a part brings; a path that ends in ``/`` stands for everything under it."""
        for place, page in pages.items():
            assert place not in self._pages, f"{place} is answered twice"
            self._pages[place] = _of_part(page)

    def _find(self, method: str, path: str) -> Page | None:
        page = self._pages.get((method, path))
        if page is None and (under := path.rfind("/", 0, -1)) > 0:
            return self._find(method, path[: under + 1])
        return page

    def wants(self, request: HttpRequest) -> bool:
        return request.path.startswith(("/_sundog/", "/_localstack/"))

    async def answer(self, request: HttpRequest, _is_connected: Callable[[], bool]) -> HttpResponse:
        page = self._find(request.method, request.path)
        if page is None:
            known = sorted(f"{method} {path}" for method, path in self._pages)
            return _json(404, {"error": f"no such page: {request.method} {request.path}", "pages": known})
        try:
            found = await page(self._server, request)
            return found if isinstance(found, HttpResponse) else _json(200, found)
        except BadRequest as error:
            return _json(400, {"error": str(error)})


def _of_part(page: PartPage) -> Page:
    return lambda _server, request: page(request)


def parse_clock_orders(body: bytes) -> list[ClockOrder]:
    """Read ``{"advance": seconds, "freeze": true, "until_idle": true}`` and so on; all is checked first."""
    try:
        orders = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the body is not JSON: {error}") from None
    if not isinstance(orders, dict) or not orders:
        raise BadRequest('say what to do: {"advance": seconds}, {"freeze": true}, {"resume": true}, ...')
    return [_clock_order(name, value) for name, value in orders.items()]


def _clock_order(name: str, value: Any) -> ClockOrder:
    if name == "advance":
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not 0 <= value * 1000 <= ADVANCE_MS_MAX
        ):
            raise BadRequest("advance takes a number of seconds, 0 or more")
        return name, round(value * 1000)
    if name in ("freeze", "resume", "until_idle"):
        if value is not True:
            raise BadRequest(f"{name} takes true")
        return name, 0
    raise BadRequest(f"{name} is not an order for the clock: advance, freeze, resume or until_idle")


def _json(status: int, value: Any) -> HttpResponse:
    return HttpResponse(
        status, orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n", {"content-type": "application/json"}
    )
