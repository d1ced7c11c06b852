"""From bytes to log events: lines and frames, in order, bounded, however the bytes arrive."""

import itertools
import struct

from hypothesis import given
from hypothesis import strategies as st

from sundog.compute.log_records import EVENT_BYTES_MAX, LogRecords


def frame(message, level=3):
    return struct.pack(">IIQ", 0xA55A0000 | level, len(message), 1_700_000_000_000_000) + message


def read(data, cuts=()):
    records = LogRecords()
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    events = []
    for begin, end in itertools.pairwise(places):
        if end > begin:
            events += records.feed(data[begin:end])
    return events + records.flush()


CUTS = st.lists(st.integers(0, 2000), max_size=12)
PLAIN = st.binary(max_size=40).filter(lambda line: b"\xa5" not in line and b"\n" not in line)


@given(lines=st.lists(PLAIN, max_size=8), cuts=CUTS)
def test_each_line_is_an_event_with_its_line_end(lines, cuts):
    assert read(b"".join(line + b"\n" for line in lines), cuts) == [line + b"\n" for line in lines]


@given(parts=st.lists(st.tuples(st.booleans(), PLAIN.filter(bool)), max_size=8), cuts=CUTS)
def test_frames_stay_whole_between_lines_and_keep_the_order(parts, cuts):
    data = b"".join(frame(text + b"\nmore") if framed else text + b"\n" for framed, text in parts)
    assert read(data, cuts) == [text + (b"\nmore" if framed else b"\n") for framed, text in parts]


@given(data=st.binary(max_size=300), cuts=CUTS)
def test_nothing_of_plain_output_is_lost(data, cuts):
    without_frames = data.replace(b"\xa5", b"x")
    assert b"".join(read(without_frames, cuts)) == without_frames


@given(data=st.binary(max_size=300), cuts=CUTS)
def test_no_bytes_whatever_break_the_reader(data, cuts):
    read(b"\xa5\x5a\x00" + data, cuts)


def test_a_line_and_a_frame_beyond_what_an_event_may_hold_are_split():
    long = b"x" * (EVENT_BYTES_MAX + 10)
    assert [len(event) for event in read(long + b"\n")] == [EVENT_BYTES_MAX, 11]
    assert [len(event) for event in read(frame(long))] == [EVENT_BYTES_MAX, 10]


def test_a_line_without_end_is_an_event_when_the_output_is_drained():
    records = LogRecords()
    assert records.feed(b"no end") == []
    assert records.flush() == [b"no end"]
    assert records.flush() == []


def test_a_carriage_return_stays_inside_its_event():
    assert read(b"[ERROR] a\rb\rc\n") == [b"[ERROR] a\rb\rc\n"]
