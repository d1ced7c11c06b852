"""Token buckets: so many calls a second."""

from sundog.services.sqs.throttle import Bucket


def test_a_bucket_gives_its_calls_and_fills_up_within_a_second():
    bucket = Bucket(300, 300, 0)
    assert all(bucket.take(0) for _ in range(300))
    assert not bucket.take(0)
    assert not bucket.take(3)
    assert bucket.take(7)
    assert sum(bucket.take(1_007) for _ in range(400)) == 300
