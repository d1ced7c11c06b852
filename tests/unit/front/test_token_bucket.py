"""Token buckets."""

from hypothesis import given
from hypothesis import strategies as st

from sundog.front.token_bucket import TokenBucket, TokenBuckets


def test_a_burst_passes_and_then_the_rate():
    bucket = TokenBucket(rate=2, burst=3, now_ms=0)
    assert [bucket.take(0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(500), bucket.take(500), bucket.take(999), bucket.take(1_000)] == [
        True,
        False,
        False,
        True,
    ]


def test_a_burst_of_nothing_lets_nothing_pass():
    bucket = TokenBucket(rate=10, burst=0, now_ms=0)
    assert not any(bucket.take(now_ms) for now_ms in range(0, 10_000, 1_000))


@given(
    rate=st.integers(1, 50),
    burst=st.integers(1, 50),
    gaps_ms=st.lists(st.integers(0, 2_000), max_size=200),
)
def test_never_more_than_the_burst_and_what_time_has_brought(rate, burst, gaps_ms):
    bucket, now_ms, taken = TokenBucket(rate, burst, 0), 0, 0
    for gap_ms in gaps_ms:
        now_ms += gap_ms
        taken += bucket.take(now_ms)
        assert taken <= burst + now_ms * rate / 1_000 + 1e-6


def test_limits_that_change_begin_anew_and_old_keys_are_forgotten():
    buckets = TokenBuckets(buckets_max=2)
    assert [buckets.take("a", 1, 1, 0) for _ in range(2)] == [True, False]
    assert buckets.take("a", 1, 2, 0)
    for key in ("b", "c"):
        buckets.take(key, 1, 1, 0)
    assert buckets.take("a", 1, 2, 0)
    assert len(buckets._buckets) == 2
