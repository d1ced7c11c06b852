"""Statements and page bounds of archives, replays, connections, API destinations and endpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sundog.context import Context, Request
from sundog.scope import Scope
from sundog.services.events.rows import scope_key
from sundog.services.events.tokens import read_token
from sundog.store import load_queries

OUTER = load_queries(Path(__file__).with_name("outer.sql"))
_PREFIX_END = "\U0010ffff"


def name_key(scope: Scope, name: str) -> dict[str, str]:
    return {**scope_key(scope), "name": name}


def page_bounds(ctx: Context, request: Request, count: int) -> dict[str, Any]:
    """The values of a statement that lists by name: one row more than asked for says that there is more."""
    prefix = request.get("NamePrefix") or ""
    return {
        **scope_key(ctx.scope),
        "after": read_token(request),
        "prefix": prefix,
        "prefix_end": prefix + _PREFIX_END,
        "count": count + 1,
    }
