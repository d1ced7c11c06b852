"""When a delivery is tried again."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.errors import AwsError
from sundog.services.sns.delivery_policy import (
    AWS_ENDPOINT,
    BACK_OFFS,
    OUTER_ENDPOINT,
    RetryPhases,
    check_topic_policy,
    effective_topic_policy,
    http_policy,
)

phases = st.builds(
    RetryPhases,
    st.integers(0, 5),
    st.integers(0, 5),
    st.integers(0, 20),
    st.integers(0, 5),
    st.integers(1, 50),
    st.integers(50, 3_600),
    st.sampled_from(sorted(BACK_OFFS)),
)


def test_queues_and_functions_are_tried_for_23_days():
    delays = [AWS_ENDPOINT.delay_ms(retry) for retry in range(1, AWS_ENDPOINT.retries + 1)]
    assert len(delays) == 100_015
    assert delays[:5] == [0, 0, 0, 1_000, 1_000]
    assert (delays[14], delays[15]) == (20_000, 20_000)
    assert 23 <= sum(delays) / 86_400_000 < 24


def test_mailboxes_and_telephones_are_tried_50_times_in_six_hours():
    delays = [OUTER_ENDPOINT.delay_ms(retry) for retry in range(1, OUTER_ENDPOINT.retries + 1)]
    assert len(delays) == 50
    assert 6 <= sum(delays) / 3_600_000 < 7


@given(phases)
def test_delays_never_shrink_and_end_after_the_last_retry(policy):
    delays = [policy.delay_ms(retry) for retry in range(1, policy.retries + 1)]
    assert None not in delays
    assert delays == sorted(delays)
    assert policy.delay_ms(policy.retries + 1) is None
    assert all(delay <= policy.longest_s * 1_000 for delay in delays)


def test_a_subscription_says_more_than_its_topic():
    topic = json.dumps({"http": {"defaultHealthyRetryPolicy": {"numRetries": 5}}})
    own = json.dumps({"healthyRetryPolicy": {"numRetries": 7}})
    assert http_policy(topic, None).phases.retries == 5
    assert http_policy(topic, own).phases.retries == 7


def test_a_topic_may_forbid_that():
    topic = json.dumps(
        {"http": {"defaultHealthyRetryPolicy": {"numRetries": 5}, "disableSubscriptionOverrides": True}}
    )
    assert http_policy(topic, json.dumps({"healthyRetryPolicy": {"numRetries": 7}})).phases.retries == 5


def test_a_topic_without_a_policy_tries_three_times_every_20_seconds():
    assert effective_topic_policy(None)["http"]["defaultHealthyRetryPolicy"]["numRetries"] == 3
    assert [http_policy(None, None).phases.delay_ms(n) for n in (1, 2, 3, 4)] == [
        20_000,
        20_000,
        20_000,
        None,
    ]


@pytest.mark.parametrize(
    "policy",
    [
        "{",
        "[]",
        '{"http": 5}',
        '{"http": {"defaultHealthyRetryPolicy": {"numRetries": -1}}}',
        '{"http": {"defaultHealthyRetryPolicy": {"minDelayTarget": 30, "maxDelayTarget": 20}}}',
        '{"http": {"defaultHealthyRetryPolicy": {"backoffFunction": "random"}}}',
        '{"http": {"defaultHealthyRetryPolicy": {"numRetries": 1, "numMinDelayRetries": 2}}}',
        '{"http": {"defaultThrottlePolicy": {"maxReceivesPerSecond": 0}}}',
        '{"http": {"defaultRequestPolicy": {"headerContentType": "image/png"}}}',
        '{"http": {"disableSubscriptionOverrides": "yes"}}',
    ],
)
def test_policies_that_cannot_be_are_refused(policy):
    with pytest.raises(AwsError, match="Invalid parameter: DeliveryPolicy: "):
        check_topic_policy(policy)
