"""Lengths of WebSocket frames, found in bytes that come in any pieces."""

from hypothesis import given
from hypothesis import strategies as st

from sundog.gateway.frames import FrameSizes

LENGTHS = st.one_of(st.integers(0, 300), st.sampled_from([125, 126, 127, 65_535, 65_536]))


def frame(length, masked):
    head = bytes([0x81])
    bit = 0x80 if masked else 0
    if length < 126:
        head += bytes([bit | length])
    elif length < 65_536:
        head += bytes([bit | 126]) + length.to_bytes(2, "big")
    else:
        head += bytes([bit | 127]) + length.to_bytes(8, "big")
    return head + (b"mask" if masked else b"") + b"\xff" * length


@given(st.lists(st.tuples(LENGTHS, st.booleans()), max_size=5), st.lists(st.integers(0, 400_000), max_size=5))
def test_the_longest_frame_is_found_wherever_the_bytes_are_cut(frames, cuts):
    data = b"".join(frame(length, masked) for length, masked in frames)
    sizes, found, place = FrameSizes(), 0, 0
    for cut in [*sorted(min(cut, len(data)) for cut in cuts), len(data)]:
        found = max(found, sizes.feed(data[place:cut]))
        place = cut
    assert found == max((length for length, _ in frames), default=0)
