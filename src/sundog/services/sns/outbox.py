"""Part: what would have left this machine is kept for whoever wants to look: `/_sundog/mail`,
`/_sundog/outbox`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson

from sundog.context import Context
from sundog.protocol.http import HttpRequest, HttpResponse
from sundog.scope import Scope
from sundog.service import Part
from sundog.services.sns.documents import SQL
from sundog.services.sns.forwarding import put_forward
from sundog.services.sns.model import Subscription, Topic
from sundog.services.sns.phones import receive_text
from sundog.services.sns.rendering import write_envelope
from sundog.services.sns.rows import scope_key, write_json
from sundog.store import Transaction

KEPT: Final = 10_000
LISTED: Final = 200
MAIL_FROM: Final = "AWS Notifications <no-reply@sns.amazonaws.com>"


async def put_mail(
    ctx: Context, topic: Topic, subscription: Subscription, envelope: Mapping[str, Any]
) -> None:
    """A mail as SNS would send it: text for ``email``, the envelope for ``email-json``."""
    display = topic.attributes.get("DisplayName")
    mail = {
        "from": f"{display} <no-reply@sns.amazonaws.com>" if display else MAIL_FROM,
        "to": subscription.endpoint,
        "subject": envelope.get("Subject") or _subject(envelope["Type"]),
        "text": write_envelope(envelope)
        if subscription.protocol == "email-json"
        else _text(subscription, envelope),
        "topic_arn": topic.arn,
        "message_id": envelope["MessageId"],
    }
    if "SubscribeURL" in envelope:
        mail["confirm_url"] = envelope["SubscribeURL"]
    async with ctx.store.transaction() as tx:
        await put_sent(ctx, tx, topic.scope, "mail", mail)
        await put_forward(ctx, tx, topic.scope, mail)


def _subject(kind: str) -> str:
    return (
        "AWS Notification Message"
        if kind == "Notification"
        else "AWS Notification - Subscription Confirmation"
    )


def _text(subscription: Subscription, envelope: Mapping[str, Any]) -> str:
    if envelope["Type"] == "Notification":
        return (
            f"{envelope['Message']}\n\n--\nIf you wish to stop receiving notifications from this topic, "
            f"please "
            f"click or visit the link below to unsubscribe:\n{envelope['UnsubscribeURL']}\n"
        )
    return (
        f"You have chosen to subscribe to the topic:\n{subscription.topic_arn}\n\nTo confirm this "
        f"subscription, "
        f"click or visit the link below (If this was in error no action is "
        f"necessary):\n{envelope['SubscribeURL']}\n"
    )


async def put_sent(ctx: Context, tx: Transaction, scope: Scope, kind: str, body: Mapping[str, Any]) -> None:
    """Keep what would have left the machine now."""
    await tx.run(
        SQL["put_sent"], **scope_key(scope), kind=kind, sent_ms=ctx.clock.now_ms(), body=write_json(body)
    )
    await tx.run(SQL["forget_sent"], kept=KEPT)


class Outbox(Part):
    """The pages: everything, or the mails alone; one by its number."""

    def __init__(self, ctx: Context) -> None:
        self._store, self._scope = ctx.store, ctx.scope

    def pages(self) -> Mapping[tuple[str, str], Callable[[HttpRequest], Awaitable[Any]]]:
        return {
            ("GET", "/_sundog/mail"): self._mails,
            ("GET", "/_sundog/mail/"): self._one,
            ("GET", "/_sundog/outbox"): self._everything,
            ("POST", "/_sundog/outbox/reply"): self._reply,
        }

    async def _mails(self, _request: HttpRequest) -> Any:
        return {"mails": await self._list("mail")}

    async def _everything(self, _request: HttpRequest) -> Any:
        return {"sent": await self._list("")}

    async def _reply(self, request: HttpRequest) -> Any:
        """``{"from": "+49...", "text": "STOP"}``: somebody answers a text message."""
        try:
            reply = orjson.loads(request.body)
            number, text = reply["from"], reply["text"]
            scope = Scope(reply.get("account", self._scope.account), reply.get("region", self._scope.region))
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return _refusal(400, "a reply is an object with the texts from and text")
        if not (isinstance(number, str) and isinstance(text, str)):
            return _refusal(400, "a reply is an object with the texts from and text")
        async with self._store.transaction() as tx:
            return {"from": number, "opted_out": await receive_text(tx, scope, number, text)}

    async def _one(self, request: HttpRequest) -> Any:
        number = request.path.rpartition("/")[2]
        async with self._store.transaction() as tx:
            row = await tx.one(SQL["sent_one"], id=int(number)) if number.isdigit() else None
        if row is None:
            return _refusal(404, f"there is no mail {number}")
        return _shown(row)

    async def _list(self, kind: str) -> list[dict[str, Any]]:
        async with self._store.transaction() as tx:
            return [_shown(row) for row in await tx.all(SQL["sent"], kind=kind, count=LISTED)]


def _refusal(status: int, text: str) -> HttpResponse:
    return HttpResponse(status, orjson.dumps({"error": text}), {"content-type": "application/json"})


def _shown(row: Any) -> dict[str, Any]:
    return {
        "id": row["id"],
        "kind": row["kind"],
        "sent_ms": row["sent_ms"],
        "account": row["account"],
        "region": row["region"],
        **orjson.loads(row["body"]),
    }
