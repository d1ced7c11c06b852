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
    check_subscription_policy,
    check_topic_policy,
    effective_subscription_policy,
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
        '{"http": {"defaultThrottlePolicy": {"maxReceivesPerSecond": 0}}}',
        '{"http": {"defaultRequestPolicy": {"headerContentType": "image/png"}}}',
        '{"http": {"disableSubscriptionOverrides": "yes"}}',
    ],
)
def test_policies_that_cannot_be_are_refused(policy):
    with pytest.raises(AwsError, match="Invalid parameter: DeliveryPolicy: "):
        check_topic_policy(policy)


WHOLE = {"minDelayTarget": 10, "maxDelayTarget": 20, "numRetries": 5}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"minDelayTarget": 0}, "minDelayTarget must be greater than or equal to 1"),
        ({"numRetries": 101}, "numRetries must be less than or equal to 100"),
        ({"numRetries": "5"}, "numRetries must be greater than or equal to 0"),
        ({"maxDelayTarget": 3_601}, "maxDelayTarget must be less than or equal to 3600"),
        (
            {"maxDelayTarget": 9},
            "maxDelayTarget must be greater than or equal to healthyRetryPolicy.minDelayTarget",
        ),
        ({"backoffFunction": "random"}, "backoffFunction must be one of "),
        ({"numMinDelayRetries": 6}, "numRetries must be greater than or equal to the sum of its phases"),
    ],
)
def test_a_retry_policy_out_of_bounds_is_refused_with_the_member(change, reason):
    with pytest.raises(AwsError) as refusal:
        check_subscription_policy(json.dumps({"healthyRetryPolicy": WHOLE | change}))
    assert refusal.value.message.startswith(f"Invalid parameter: DeliveryPolicy: healthyRetryPolicy.{reason}")


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_retry_policy_must_say_how_often_and_when(name):
    policy = {"healthyRetryPolicy": {key: value for key, value in WHOLE.items() if key != name}}
    with pytest.raises(AwsError, match=f"healthyRetryPolicy.{name} must be specified"):
        check_subscription_policy(json.dumps(policy))


@pytest.mark.parametrize(
    "policy",
    [
        {"throttlePolicy": {"maxReceivesPerSecond": 1}},
        {"http": {"throttlePolicy": {"maxReceivesPerSecond": 1}}},
        {"http": {"defaultHealthyRetryPolicy": {**WHOLE, "throttlePolicy": 1}}},
    ],
)
def test_a_member_in_the_wrong_place_is_named(policy):
    with pytest.raises(AwsError, match="DeliveryPolicy: Unexpected JSON member: throttlePolicy"):
        check_topic_policy(json.dumps(policy))


def test_a_policy_may_be_set_again_as_it_is_shown():
    check_topic_policy(json.dumps(effective_topic_policy(None)))
    check_subscription_policy(json.dumps(effective_subscription_policy(None, None)))


def test_only_a_subscription_may_ask_for_other_content_types_than_json_and_text():
    check_subscription_policy(json.dumps({"requestPolicy": {"headerContentType": "text/csv"}}))
    with pytest.raises(AwsError, match="headerContentType is not a supported content type"):
        check_topic_policy(json.dumps({"http": {"defaultRequestPolicy": {"headerContentType": "text/csv"}}}))
