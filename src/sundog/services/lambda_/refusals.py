"""Operations of Lambda that are refused by name, each with what to do instead."""

from __future__ import annotations

from collections.abc import Mapping

_DURABLE = "Durable functions are not built: use a state machine, or queues and timers of your own."
_CAPACITY = (
    "Functions run on this machine: leave capacity providers out, they change no answer of a function."
)
_SCALING = "Environments are started as they are needed: limit them with PutFunctionConcurrency."

REFUSED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "CheckpointDurableExecution",
            "DeleteDurableExecution",
            "GetDurableExecution",
            "GetDurableExecutionHistory",
            "GetDurableExecutionState",
            "ListDurableExecutionsByFunction",
            "PauseDurableExecution",
            "ResumeDurableExecution",
            "SendDurableExecutionCallbackFailure",
            "SendDurableExecutionCallbackHeartbeat",
            "SendDurableExecutionCallbackSuccess",
            "StopDurableExecution",
        ),
        _DURABLE,
    ),
    **dict.fromkeys(
        (
            "CreateCapacityProvider",
            "DeleteCapacityProvider",
            "GetCapacityProvider",
            "ListCapacityProviders",
            "ListFunctionVersionsByCapacityProvider",
            "UpdateCapacityProvider",
        ),
        _CAPACITY,
    ),
    **dict.fromkeys(("GetFunctionScalingConfig", "PutFunctionScalingConfig"), _SCALING),
}
