"""Receipt handles: read back what was written, nothing else."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from sundog.services.sqs.model import Receipt
from sundog.services.sqs.receipts import parse_receipt, write_receipt

RECEIPT = Receipt(7, 123_456_789, "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", 3)
SECRET = b"0123456789abcdef"


def test_a_receipt_is_read_back():
    handle = write_receipt(RECEIPT, SECRET)
    assert handle.startswith("AQEB")
    assert parse_receipt(handle, 7, SECRET) == RECEIPT


def test_a_handle_of_another_queue_is_none():
    handle = write_receipt(RECEIPT, SECRET)
    assert parse_receipt(handle, 8, SECRET) is None
    assert parse_receipt(handle, 7, b"another secret!!") is None


@given(st.text())
def test_any_other_text_is_none(text):
    assert parse_receipt(text, 7, SECRET) is None


@given(st.integers(0, 66), st.integers(1, 255))
def test_a_handle_with_any_byte_changed_is_none(position, change):
    data = bytearray(base64.b64decode(write_receipt(RECEIPT, SECRET)))
    data[position % len(data)] ^= change
    assert parse_receipt(base64.b64encode(data).decode(), 7, SECRET) is None
