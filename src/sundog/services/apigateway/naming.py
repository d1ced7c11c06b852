"""Identifiers as API Gateway makes them."""

from __future__ import annotations

import string
from typing import Final

from sundog.ids import Ids

_LETTERS: Final = string.ascii_lowercase
_SIGNS: Final = string.ascii_lowercase + string.digits
_KEY_SIGNS: Final = string.ascii_letters + string.digits
API_ID_LENGTH, ID_LENGTH, KEY_VALUE_LENGTH = 10, 6, 40


def new_id(ids: Ids, length: int = ID_LENGTH) -> str:
    return _pick(ids, _SIGNS, length)


def new_api_id(ids: Ids) -> str:
    """REST API ids end in a letter, those of HTTP and WebSocket APIs in a digit: a host tells them apart."""
    return _pick(ids, _SIGNS, API_ID_LENGTH - 1) + _pick(ids, _LETTERS, 1)


def new_key_value(ids: Ids) -> str:
    return _pick(ids, _KEY_SIGNS, KEY_VALUE_LENGTH)


def _pick(ids: Ids, signs: str, length: int) -> str:
    number = int.from_bytes(ids.bytes(length + 8), "big")  # enough bits that no sign is favoured noticeably
    text = ""
    for _ in range(length):
        number, place = divmod(number, len(signs))
        text += signs[place]
    return text
