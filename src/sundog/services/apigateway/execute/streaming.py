"""Functions whose answer comes as a stream: JSON of the head, eight zero bytes, then the body as it comes.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any, Final

import orjson

from sundog.arn import parse_arn
from sundog.context import Context
from sundog.errors import AwsError
from sundog.front.headers import Pairs, remapped
from sundog.front.lambda_call import CallFailed, acting_as
from sundog.protocol.http import HttpResponse
from sundog.services.apigateway.execute.call import Call
from sundog.services.apigateway.execute.failures import MALFORMED_ANSWER, Refusal
from sundog.services.apigateway.execute.integrating import timed
from sundog.services.apigateway.execute.media import JSON
from sundog.services.apigateway.execute.program import Integration

DELIMITER: Final = b"\0" * 8
HEAD_BYTES_MAX: Final = 16 * 1024
_STREAMING: Final = "/response-streaming-invocations"


def is_streaming_uri(uri: str) -> bool:
    return uri.endswith(_STREAMING)


async def stream_function(
    ctx: Context, call: Call, integration: Integration, function: str, event: bytes
) -> HttpResponse:
    """Raises `CallFailed`, and `Refusal` where no head of an answer comes."""
    caller = replace(acting_as(ctx, integration.credentials), trace_header=call.trace_id)
    arn = parse_arn(function)
    if arn is not None:
        caller = replace(caller, scope=arn.scope)
    request = {"FunctionName": function, "Payload": event}
    try:
        with timed(ctx, call):
            answer = await caller.dispatch("lambda", "InvokeWithResponseStream", request)
    except AwsError as error:
        raise CallFailed(error) from error
    chunks = _chunks(answer["EventStream"])
    head, rest = await _read_head(chunks)
    status, pairs = _head(head)
    headers = {} if any(name.lower() == "content-type" for name, _ in pairs) else {"Content-Type": JSON}
    return HttpResponse(status, rest, headers, stream=chunks, pairs=remapped(pairs))


async def _chunks(events: AsyncIterator[Mapping[str, Any]]) -> AsyncIterator[bytes]:
    """Ends early where the function fails in the middle: the client sees a body that is cut off."""
    async for event in events:
        if chunk := event.get("PayloadChunk"):
            yield chunk.get("Payload") or b""
        elif (complete := event.get("InvokeComplete")) and complete.get("ErrorCode"):
            raise ConnectionError(f"the function failed: {complete['ErrorCode']}")


async def _read_head(chunks: AsyncIterator[bytes]) -> tuple[bytes, bytes]:
    found = b""
    try:
        async for chunk in chunks:
            found += chunk
            head, delimiter, rest = found.partition(DELIMITER)
            if delimiter:
                return head, rest
            if len(found) > HEAD_BYTES_MAX:
                break
    except ConnectionError as error:
        raise Refusal(MALFORMED_ANSWER, log=f"Lambda execution failed: {error}") from error
    raise Refusal(MALFORMED_ANSWER, log="Malformed Lambda streaming response: no metadata")


def _head(text: bytes) -> tuple[int, Pairs]:
    try:
        head = orjson.loads(text)
        status = int(head.get("statusCode", 200))
        lines = [(name, _text(value)) for name, value in (head.get("headers") or {}).items()]
        for name, values in (head.get("multiValueHeaders") or {}).items():
            lines += [(name, _text(value)) for value in values]
        lines += [("Set-Cookie", _text(value)) for value in head.get("cookies") or ()]
    except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError) as error:
        raise Refusal(MALFORMED_ANSWER, log=f"Malformed Lambda streaming response: {error}") from error
    if not 200 <= status <= 599:
        raise Refusal(MALFORMED_ANSWER, log="Malformed Lambda streaming response: no status code")
    return status, tuple(lines)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise TypeError("a header is no text")
