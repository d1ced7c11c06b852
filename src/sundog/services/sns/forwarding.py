"""Mails that leave the machine after all: to the SMTP server that ``--smtp`` names."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from sundog import work
from sundog.context import Context
from sundog.scope import Scope
from sundog.store import Transaction
from sundog.work import WorkItem

logger = logging.getLogger(__name__)

FORWARD: Final = "sns.mail.forward"
ATTEMPTS_MAX: Final = 50
"""As AWS tries mail: with the schedule's minute at most between attempts, the better part of an hour."""

TIMEOUT_S: Final = 15
_PERMANENT: Final = 500
PORT: Final = 25


async def put_forward(ctx: Context, tx: Transaction, scope: Scope, mail: Mapping[str, Any]) -> None:
    """Write the row that forwards the mail, if there is somebody to forward it to."""
    if ctx.config.smtp:
        await work.put(tx, FORWARD, mail, scope=scope, due_ms=ctx.clock.now_ms())


async def forward(ctx: Context, item: WorkItem) -> None:
    """One attempt; raises where another one may help."""
    server = urlsplit(ctx.config.smtp)
    if not server.hostname:  # the option was taken away since
        return
    try:
        await aiosmtplib.send(
            write_mail(item.payload, item.created_ms),
            hostname=server.hostname,
            port=server.port or PORT,
            username=unquote(server.username) if server.username else None,
            password=unquote(server.password) if server.password else None,
            use_tls=server.scheme == "smtps",
            timeout=TIMEOUT_S,
        )
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        if not is_final(error) and item.attempt < ATTEMPTS_MAX:
            raise
        logger.warning("the mail to %s was not taken by %s: %s", item.payload["to"], server.hostname, error)


def is_final(error: Exception) -> bool:
    """A refusal for good (5xx), of the mail or of its receiver, or a mail that cannot be written."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(one.code >= _PERMANENT for one in error.recipients)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return error.code >= _PERMANENT
    return isinstance(error, ValueError)


def write_mail(mail: Mapping[str, Any], sent_ms: int) -> EmailMessage:
    """The mail as it goes over the wire."""
    name, _, address = mail["from"].removesuffix(">").rpartition(" <")
    message = EmailMessage()
    message["From"] = Address(display_name=name, addr_spec=address)
    message["To"] = mail["to"]
    message["Subject"] = mail["subject"]
    message["Date"] = format_datetime(datetime.fromtimestamp(sent_ms // 1_000, UTC))
    message["Message-ID"] = f"<{mail['message_id']}@sns.amazonaws.com>"
    message.set_content(mail["text"])
    return message
