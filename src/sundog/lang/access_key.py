"""Access key ids: four letters that say what kind, then 16 that hold the account.

Ten bytes in base32; bits 7 to 46 of the first six are the account number, as keys made since 2019 have it.
"""

from __future__ import annotations

import base64
import binascii

_ACCOUNT_MASK = 0x7FFFFFFFFF80
KEY_ID_LENGTH = 20


def write_key_id(prefix: str, account: str, chance: bytes) -> str:
    """A key id of ``account``; ``prefix`` is ``AKIA`` (lasting) or ``ASIA`` (temporary)."""
    assert len(chance) >= 5
    head = (1 << 47) | (int(account) << 7) | (chance[4] & 0x7F)
    return prefix + base64.b32encode(head.to_bytes(6) + chance[:4]).decode()


def read_account(key_id: str) -> str | None:
    """The account a key id belongs to; None when it is not a key id."""
    try:
        number = int.from_bytes(base64.b32decode(key_id[4:20])[:6])
    except (binascii.Error, ValueError):
        return None
    account = f"{(number & _ACCOUNT_MASK) >> 7:012d}"
    return account if len(key_id) >= KEY_ID_LENGTH and len(account) == 12 else None
