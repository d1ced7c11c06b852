"""A response between the function that writes it and the caller that takes it."""

import asyncio

from sundog.clock import Clock
from sundog.compute.response_stream import BURST_BYTES, WAITING_BYTES_MAX, ResponseStream


class Tap:
    """A connection that remembers whether it was held back."""

    def __init__(self):
        self.is_open = True

    def pause(self):
        self.is_open = False

    def resume(self):
        self.is_open = True


class Naps(Clock):
    """A clock whose sleeps end at once and are remembered."""

    def __init__(self):
        super().__init__()
        self.slept_s = []

    async def sleep_wall(self, seconds):
        self.slept_s.append(seconds)


async def test_what_was_fed_comes_out_in_order_and_ends_with_the_stream():
    stream = ResponseStream(Clock(), 100)
    stream.begin("text/plain")
    for piece in (b"a", b"b"):
        stream.feed(piece)
    stream.close()
    assert (stream.content_type, [chunk async for chunk in stream.chunks()]) == ("text/plain", [b"a", b"b"])


async def test_a_writer_waits_until_its_bytes_are_taken():
    stream, tap = ResponseStream(Clock(), 1 << 30), Tap()
    stream.begin("", tap)
    stream.feed(bytes(WAITING_BYTES_MAX))
    assert tap.is_open
    stream.feed(b"x")
    assert not tap.is_open
    await anext(stream.chunks())
    assert tap.is_open


async def test_nobody_waits_for_a_reader_that_has_left():
    stream, tap = ResponseStream(Clock(), 1 << 30), Tap()
    stream.begin("", tap)
    stream.feed(b"x")
    chunks = stream.chunks()
    await anext(chunks)
    await chunks.aclose()
    stream.feed(bytes(2 * WAITING_BYTES_MAX))
    assert tap.is_open
    assert stream.size == 2 * WAITING_BYTES_MAX + 1


async def test_a_response_beyond_its_limit_is_cut_there():
    stream = ResponseStream(Clock(), 3)
    stream.begin("")
    stream.feed(b"abc")
    assert not stream.is_oversized
    stream.feed(b"d")
    stream.close()
    assert (stream.is_oversized, stream.size) == (True, 3)
    assert b"".join([chunk async for chunk in stream.chunks()]) == b"abc"


async def test_after_six_megabytes_two_go_a_second():
    clock = Naps()
    stream = ResponseStream(clock, 1 << 30)
    stream.begin("")
    stream.feed(bytes(BURST_BYTES))
    stream.feed(bytes(4 << 20))
    stream.close()
    assert sum([len(chunk) async for chunk in stream.chunks()]) == BURST_BYTES + (4 << 20)
    assert len(clock.slept_s) == 1
    assert 1.9 < clock.slept_s[0] <= 2.0


async def test_a_reader_sees_what_comes_while_it_waits():
    stream = ResponseStream(Clock(), 100)
    chunks = stream.chunks()
    first = asyncio.ensure_future(anext(chunks))
    await asyncio.sleep(0)
    stream.begin("")
    stream.feed(b"late")
    assert await first == b"late"
    stream.close()
    assert [chunk async for chunk in chunks] == []
