"""Part: messages of several deliveries to one queue, sent together.

A topic or a bus under load has many messages for the same queue in the same moment. Those that are posted
in one turn of the loop go by one SendMessageBatch: one call and one transaction instead of ten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sundog.context import Context, Principal, Request, Result
from sundog.scope import Scope

BATCH_MAX: Final = 10
BODY_LENGTH_MAX: Final = 16_384
"""Longer messages go by themselves, so that a batch is never too long."""

_Key = tuple[Scope, Principal, str]


@dataclass(slots=True)
class _Letter:
    request: Request
    answer: asyncio.Future[Result]


class Postbox:
    """FIFO queues get each message by itself, in order."""

    def __init__(self) -> None:
        self._waiting: dict[_Key, tuple[Context, list[_Letter]]] = {}
        self._rounds: set[asyncio.Task[None]] = set()

    async def post(
        self,
        ctx: Context,
        request: Request,
        *,
        scope: Scope | None = None,
        principal: Principal | None = None,
    ) -> Result:
        """The answer of SendMessage, as ``principal`` in ``scope``; raises its `AwsError`."""
        url: str = request["QueueUrl"]
        scope, principal = scope or ctx.scope, principal or ctx.principal
        if url.endswith(".fifo") or len(request["MessageBody"]) > BODY_LENGTH_MAX:
            caller = ctx.acting(scope=scope, principal=principal)
            return await caller.dispatch("sqs", "SendMessage", request)
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._empty)
        letter = _Letter(request, asyncio.get_running_loop().create_future())
        waiting = self._waiting.get(key := (scope, principal, url))
        if waiting is None:
            waiting = self._waiting[key] = ctx, []
        waiting[1].append(letter)
        return await letter.answer

    async def stop(self) -> None:
        """What was posted is sent before the store closes."""
        while self._rounds:
            await asyncio.wait(self._rounds)

    def _empty(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for (scope, principal, _), (ctx, letters) in waiting.items():
            caller = replace(ctx.acting(scope=scope, principal=principal), trace_header="")
            for start in range(0, len(letters), BATCH_MAX):
                task = asyncio.get_running_loop().create_task(
                    _carry(caller, letters[start : start + BATCH_MAX])
                )
                self._rounds.add(task)
                task.add_done_callback(self._rounds.discard)


async def _carry(ctx: Context, letters: Sequence[_Letter]) -> None:
    left = letters if len(letters) == 1 else await _carry_together(ctx, letters)
    for letter in left:
        try:
            sent = await ctx.dispatch("sqs", "SendMessage", letter.request)
        except Exception as error:
            _settle(letter, error)
        else:
            _settle(letter, sent)


async def _carry_together(ctx: Context, letters: Sequence[_Letter]) -> list[_Letter]:
    """Those that a batch did not take: sent by themselves they get the error that is theirs."""
    entries = [_entry(n, letter.request) for n, letter in enumerate(letters)]
    request = {"QueueUrl": letters[0].request["QueueUrl"], "Entries": entries}
    try:
        result = await ctx.dispatch("sqs", "SendMessageBatch", request)
    except Exception:
        return list(letters)
    for sent in result.get("Successful", ()):
        _settle(letters[int(sent["Id"])], {name: value for name, value in sent.items() if name != "Id"})
    return [letters[int(failed["Id"])] for failed in result.get("Failed", ())]


def _entry(n: int, request: Request) -> dict[str, Any]:
    return {"Id": str(n), **{name: value for name, value in request.items() if name != "QueueUrl"}}


def _settle(letter: _Letter, outcome: Result | Exception) -> None:
    if letter.answer.done():  # whoever posted it is gone
        return
    if isinstance(outcome, Exception):
        letter.answer.set_exception(outcome)
    else:
        letter.answer.set_result(outcome)
