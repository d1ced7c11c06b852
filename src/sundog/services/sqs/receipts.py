"""Receipt handles: opaque texts that only we can make, one for each receive of a message."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct

from sundog.services.sqs.model import Receipt

_FIELDS = struct.Struct(">3sQQ16sI")
_MARK = b"\x01\x01\x01"  # every handle begins with AQEB, as on AWS
_PROOF_BYTES = 24


def write_receipt(receipt: Receipt, secret: bytes) -> str:
    """The handle of ``receipt``, proved with the queue's secret."""
    uuid = bytes.fromhex(receipt.message_id.replace("-", ""))
    fields = _FIELDS.pack(_MARK, receipt.queue_id, receipt.id, uuid, receipt.receive_count)
    return base64.b64encode(fields + _proof(fields, secret)).decode()


def parse_receipt(handle: str, queue_id: int, secret: bytes) -> Receipt | None:
    """What ``handle`` says; None when we did not write it for this queue."""
    try:
        data = base64.b64decode(handle.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    fields, proof = data[: _FIELDS.size], data[_FIELDS.size :]
    if len(fields) != _FIELDS.size or not hmac.compare_digest(proof, _proof(fields, secret)):
        return None
    _mark, owner_id, row_id, uuid, receive_count = _FIELDS.unpack(fields)
    if owner_id != queue_id:
        return None
    text = uuid.hex()
    message_id = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
    return Receipt(owner_id, row_id, message_id, receive_count)


def _proof(fields: bytes, secret: bytes) -> bytes:
    return hashlib.blake2b(fields, digest_size=_PROOF_BYTES, key=secret).digest()
