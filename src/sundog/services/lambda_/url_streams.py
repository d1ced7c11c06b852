"""A streamed response as the HTTP response of a function URL.

https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import orjson

from sundog.protocol.http import HttpResponse
from sundog.services.lambda_.response_streams import Streaming
from sundog.services.lambda_.url_messages import BadAnswer, read_head

INTEGRATION_TYPE = "application/vnd.awslambda.http-integration-response"
"""Of a response that begins with status and headers as JSON, ended by eight null bytes."""
_END_OF_HEAD = bytes(8)
_HEAD_BYTES_MAX = 64 * 1024


async def streamed_answer(streaming: Streaming, request_id: str, trace_header: str) -> HttpResponse:
    """Raises `BadAnswer` for a function that failed before it began, or whose head is no such head."""
    chunks = streaming.chunks()
    always = {"x-amzn-requestid": request_id, "x-amzn-trace-id": trace_header}
    if not streaming.has_begun and (await streaming.ran()).outcome.function_error:
        raise BadAnswer("the function failed")
    if streaming.content_type != INTEGRATION_TYPE:
        kind = streaming.content_type or "application/json"
        return HttpResponse(200, b"", {"content-type": kind, **always}, stream=_to_the_end(chunks, streaming))
    head, first = await _take_head(chunks)
    status, headers, cookies = read_head(head)
    return HttpResponse(
        status,
        first,
        {"content-type": "application/octet-stream", **headers, **always},
        stream=_to_the_end(chunks, streaming),
        cookies=cookies,
    )


async def _take_head(chunks: AsyncIterator[bytes]) -> tuple[dict[str, object], bytes]:
    """The document before the null bytes, and what came of the body with it."""
    data = b""
    async for chunk in chunks:
        data += chunk
        text, end, first = data.partition(_END_OF_HEAD)
        if end:
            break
        if len(data) > _HEAD_BYTES_MAX:
            raise BadAnswer("the head of the response has no end")
    else:
        text, first = data, b""
    try:
        head = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadAnswer("the head of the response is not JSON") from error
    if not isinstance(head, dict):
        raise BadAnswer("the head of the response is no object")
    return head, first


async def _to_the_end(chunks: AsyncGenerator[bytes], streaming: Streaming) -> AsyncIterator[bytes]:
    """The rest; a function that fails midway leaves its response without an end."""
    async with aclosing(chunks):
        async for chunk in chunks:
            yield chunk
    if (await streaming.ran()).outcome.function_error:
        raise ConnectionError("the function failed in the middle of its response")
