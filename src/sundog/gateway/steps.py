"""The named steps every call passes between identify and validate, whoever makes it."""

from __future__ import annotations

from sundog.gateway.call import Call, Step


async def authorize(call: Call) -> None:
    """Record that nothing was decided: policy evaluation arrives with its own issue; until then all pass."""
    call.allowed = "not evaluated"


STEPS: tuple[Step, ...] = (authorize,)
