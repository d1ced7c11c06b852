"""One call on its way through the chain."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sundog.context import Context, Request


@dataclass(slots=True)
class Call:
    """Who calls which operation with what; ``allowed`` is what the authorize step found."""

    context: Context
    service: str
    operation: str
    request: Request
    allowed: str = ""


Step = Callable[[Call], Awaitable[None]]
"""A named step of the chain: returns to let the call pass, raises `AwsError` to refuse it."""
