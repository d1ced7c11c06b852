"""Partner event sources as seen by their receivers: no partner sends to sundog, so there is none to find."""

from __future__ import annotations

from sundog.context import Context, Request, Result, operation
from sundog.services.events.errors import ResourceNotFoundException


@operation("events", "ListEventSources")
async def list_event_sources(_ctx: Context, _request: Request) -> Result:
    return {"EventSources": []}


@operation("events", "DescribeEventSource")
async def describe_event_source(_ctx: Context, request: Request) -> Result:
    raise _no_source(request)


@operation("events", "ActivateEventSource")
async def activate_event_source(_ctx: Context, request: Request) -> Result:
    raise _no_source(request)


@operation("events", "DeactivateEventSource")
async def deactivate_event_source(_ctx: Context, request: Request) -> Result:
    raise _no_source(request)


def _no_source(request: Request) -> ResourceNotFoundException:
    return ResourceNotFoundException(what=f"Event source {request['Name']}")
