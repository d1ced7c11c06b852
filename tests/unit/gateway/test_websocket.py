"""WebSocket frames: what a client's bytes become, wherever they are cut, and what breaks the rules."""

import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sundog.gateway.websocket import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    WebSocket,
    unmask,
    write_frame,
)

LIMIT = 70_000
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How long it takes says more about the machine than about us."""


class Wire:
    """A transport that remembers."""

    def __init__(self):
        self.written, self.is_closed, self.is_paused = b"", False, False

    def write(self, data):
        self.written += data

    def close(self):
        self.is_closed = True

    def pause_reading(self):
        self.is_paused = True

    def resume_reading(self):
        self.is_paused = False


def opened(message_bytes_max=LIMIT, frame_bytes_max=0):
    socket, wire = WebSocket(message_bytes_max, frame_bytes_max), Wire()
    socket.connection_made(wire)
    return socket, wire


def frame(opcode, payload=b"", *, final=True, mask=b"\x01\x02\x03\x04", reserved=0):
    """As a client writes it."""
    head = bytes([(0x80 if final else 0) | reserved | opcode])
    length = len(payload)
    if length < 126:
        head += bytes([0x80 | length])
    elif length < 65_536:
        head += bytes([0x80 | 126]) + struct.pack(">H", length)
    else:
        head += bytes([0x80 | 127]) + struct.pack(">Q", length)
    return head + mask + unmask(mask, payload)


async def received(socket, count):
    return [await socket.receive() for _ in range(count)]


MESSAGES = st.lists(
    st.one_of(
        st.text(alphabet="a\u00e9\u20ac\U0001f600", max_size=9),
        st.binary(max_size=9),
        st.sampled_from(["a" * 126, "b" * 66_000]),
    ),
    max_size=4,
)


@PATIENT
@given(MESSAGES, st.lists(st.integers(0, 300_000), max_size=6), st.integers(1, 3))
async def test_messages_arrive_whole_wherever_bytes_and_messages_are_cut(messages, cuts, pieces):
    data = b""
    for message in messages:
        opcode, payload = (TEXT, message.encode()) if isinstance(message, str) else (BINARY, message)
        size = len(payload) // pieces + 1
        parts = [payload[n : n + size] for n in range(0, len(payload) or 1, size)]
        for place, part in enumerate(parts):
            data += frame(opcode if place == 0 else 0, part, final=place == len(parts) - 1)
            data += frame(PING, b"between")
    socket, _ = opened()
    place = 0
    for cut in [*sorted(min(cut, len(data)) for cut in cuts), len(data)]:
        socket.data_received(data[place:cut])
        place = cut
    assert await received(socket, len(messages)) == messages


@PATIENT
@given(st.binary(max_size=400))
def test_no_bytes_make_it_fail(data):
    socket, _ = opened(message_bytes_max=100)
    socket.data_received(data)


@PATIENT
@given(st.binary(min_size=4, max_size=4), st.binary(max_size=300))
def test_a_mask_undoes_itself(mask, payload):
    assert unmask(mask, unmask(mask, payload)) == payload
    assert unmask(mask, payload) == bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


BAD = {
    "reserved bits": (frame(TEXT, b"x", reserved=0x40), 1002),
    "an unknown kind": (frame(0x3, b"x"), 1002),
    "a piece of nothing": (frame(0, b"x"), 1002),
    "a message within a message": (frame(TEXT, b"x", final=False) + frame(TEXT, b"y"), 1002),
    "a long ping": (frame(PING, b"x" * 126), 1002),
    "a ping in pieces": (frame(PING, b"x", final=False), 1002),
    "no mask": (b"\x81\x01x", 1002),
    "no UTF-8": (frame(TEXT, b"\xff"), 1007),
    "a close code of one byte": (frame(CLOSE, b"\x03"), 1002),
    "a close code that none may send": (frame(CLOSE, struct.pack(">H", 1005)), 1002),
    "too long a frame": (frame(TEXT, b"x" * 21), 1009),
    "too long a message": (frame(TEXT, b"x" * 20, final=False) + frame(0, b"x" * 11), 1009),
}


@pytest.mark.parametrize("kind", BAD)
async def test_a_client_that_breaks_the_rules_is_told_and_cut_off(kind):
    data, code = BAD[kind]
    socket, wire = opened(message_bytes_max=30, frame_bytes_max=20)
    socket.data_received(data)
    assert await socket.receive() is None
    assert wire.is_closed and struct.pack(">H", code) in wire.written
    assert socket.closed_with[0] == code
    with pytest.raises(ConnectionError):
        await socket.send("x")


async def test_a_length_alone_is_enough_to_refuse_a_frame():
    socket, wire = opened(message_bytes_max=30)
    socket.data_received(frame(TEXT, b"x" * 31)[:6])
    assert wire.is_closed


async def test_pings_are_answered():
    socket, wire = opened()
    socket.data_received(frame(PING, b"hello"))
    assert wire.written == write_frame(PONG, b"hello")


@pytest.mark.parametrize(
    ("payload", "closed_with"),
    [
        (b"", (1005, "Client-side close frame status not set")),
        (struct.pack(">H", 4000) + b"bye", (4000, "bye")),
    ],
)
async def test_a_close_is_answered_and_remembered(payload, closed_with):
    socket, wire = opened()
    socket.data_received(frame(TEXT, b"last words") + frame(CLOSE, payload))
    assert await received(socket, 2) == ["last words", None]
    assert socket.closed_with == closed_with
    assert wire.written == write_frame(CLOSE, payload[:2]) and wire.is_closed


async def test_a_connection_that_just_goes_is_abnormal():
    socket, _ = opened()
    socket.connection_lost(None)
    assert await socket.receive() is None and socket.closed_with[0] == 1006
    await socket.close(1000)


async def test_a_client_that_sends_faster_than_it_is_received_waits():
    socket, wire = opened()
    socket.data_received(frame(TEXT, b"x") * 64)
    assert wire.is_paused
    assert await received(socket, 64) == ["x"] * 64
    assert not wire.is_paused


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536])
def test_lengths_are_written_as_short_as_they_can_be(length):
    written = write_frame(TEXT, b"x" * length)
    head = 2 if length < 126 else 4 if length < 65_536 else 10
    assert len(written) == head + length


async def test_a_close_is_said_at_once_and_the_client_may_answer():
    socket, wire = opened()
    await socket.close(1001, "Going away")
    assert wire.written == write_frame(CLOSE, struct.pack(">H", 1001) + b"Going away")
    assert not wire.is_closed and await socket.receive() is None
    with pytest.raises(ConnectionError):
        await socket.send("x")
    socket.data_received(frame(CLOSE, struct.pack(">H", 1001)))
    assert wire.is_closed
    socket.connection_lost(None)
