"""The named steps every call passes between identify and validate, whoever makes it."""

from __future__ import annotations

from sundog.gateway.call import Call, Step


async def authorize(call: Call) -> None:
    """Record that nothing was decided: policy evaluation arrives with its own issue; until then all pass."""
    call.allowed = "not evaluated"


async def note_key(call: Call) -> None:
    """Tell whoever keeps it that a user's key signed this call."""
    context = call.context
    if context.protocol and context.principal.access_key_id.startswith("AKIA"):
        for part in context.parts.with_method("key_used"):
            part.key_used(context.principal.access_key_id, call.service, context.scope.region)


STEPS: tuple[Step, ...] = (note_key, authorize)
