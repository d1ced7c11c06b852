"""A compressed body is unpacked once; what cannot be unpacked is left to the parsers, which refuse it."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.protocol.compression import BODY_BYTES_MAX, decompressed
from sundog.protocol.http import HttpRequest


def _sent(body: bytes, encoding: str = "gzip") -> HttpRequest:
    return HttpRequest("POST", "/", "", {"content-encoding": encoding}, body)


@given(st.binary(max_size=200), st.sampled_from(["gzip", "GZIP", " gzip "]))
def test_a_compressed_body_is_unpacked(body, encoding):
    assert decompressed(_sent(gzip.compress(body), encoding)).body == body


@given(st.binary(max_size=60))
def test_any_bytes_can_claim_to_be_compressed(junk):
    assert decompressed(_sent(junk)).body in (junk, b"")


@pytest.mark.parametrize("cut", [1, 5, 15])
def test_a_body_that_ends_early_stays_as_it_is(cut):
    whole = gzip.compress(b"hello hello hello")
    assert decompressed(_sent(whole[:-cut])).body == whole[:-cut]


def test_a_body_that_would_fill_the_memory_stays_as_it_is():
    packer = zlib.compressobj(wbits=31)
    bomb = (
        b"".join(packer.compress(bytes(2**20)) for _ in range(BODY_BYTES_MAX // 2**20 + 1)) + packer.flush()
    )
    assert decompressed(_sent(bomb)).body == bomb


@pytest.mark.parametrize("encoding", ["", "br", "identity", "aws-chunked"])
def test_other_encodings_are_not_touched(encoding):
    http = _sent(gzip.compress(b"x"), encoding)
    assert decompressed(http) is http
