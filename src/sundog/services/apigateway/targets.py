"""A method of a REST API as the target of other services (``arn:aws:execute-api:...``)."""

from __future__ import annotations

from sundog.bus import ApiCall, ConnectionFailure, Delivery, DeliveryFailed, invoke_api
from sundog.context import Context

ERROR_CODE = "SDK_CLIENT_ERROR"
RETRIED = frozenset((401, 407, 409, 429))


async def deliver(ctx: Context, delivery: Delivery) -> None:
    """One call; 401, 407, 409, 429 and 5xx are tried again. Raises `DeliveryFailed`."""
    parameters = delivery.parameters.get("HttpParameters") or {}
    call = ApiCall(
        delivery.target_arn,
        delivery.body,
        parameters.get("PathParameterValues") or (),
        parameters.get("HeaderParameters") or {},
        parameters.get("QueryStringParameters") or {},
        delivery.role_arn,
    )
    try:
        answer = await invoke_api(ctx, call)
    except ConnectionFailure as failure:
        raise DeliveryFailed(ERROR_CODE, str(failure), is_final=failure.is_final) from failure
    if not 200 <= answer.status < 300:
        text = f"Unable to invoke API Gateway endpoint: Request failed due to status code {answer.status}."
        is_final = answer.status < 500 and answer.status not in RETRIED
        raise DeliveryFailed(ERROR_CODE, text, is_final=is_final)
