"""Telephone numbers, and what their owners answer: STOP opts a number out, START in again."""

from __future__ import annotations

import re
from typing import Final

from sundog.scope import Scope
from sundog.services.sns.documents import delete_document, find_document, put_document
from sundog.store import Transaction

_OUT: Final = frozenset(
    {"ARRET", "CANCEL", "END", "OPTOUT", "OPT-OUT", "QUIT", "REMOVE", "STOP", "TD", "UNSUBSCRIBE"}
)
"""https://docs.aws.amazon.com/sns/latest/dg/sms_manage.html"""

_IN: Final = frozenset({"START", "UNSTOP"})
_NO_DIGIT: Final = re.compile(r"[^0-9]")


def plain_number(text: str) -> str:
    """The number in E.164, however it was written."""
    return "+" + _NO_DIGIT.sub("", text)


async def is_opted_out(tx: Transaction, scope: Scope, number: str) -> bool:
    return await find_document(tx, scope, "opted_out", plain_number(number)) is not None


async def receive_text(tx: Transaction, scope: Scope, number: str, text: str) -> bool:
    """The owner of a number has answered; whether the number is opted out after that."""
    word = text.strip().upper()
    if word in _OUT:
        await put_document(tx, scope, "opted_out", plain_number(number), {})
    elif word in _IN:
        await delete_document(tx, scope, "opted_out", plain_number(number))
    return await is_opted_out(tx, scope, number)
