"""When the bus tries again, and when it gives up."""

import pytest

from sundog.bus.courier import NoTarget, dead_letter, decide_retry
from sundog.bus.delivery import Delivery, DeliveryFailed, RetryPolicy, read_deliveries
from sundog.errors import AwsError
from sundog.scope import Scope
from sundog.work import WorkItem

NOW_MS = 1_000_000


def item(attempt=1, created_ms=NOW_MS):
    return WorkItem(1, "bus.deliver", None, Scope(), {}, attempt, created_ms, NOW_MS)


def retry_ms(attempt, policy=None, error=None, created_ms=NOW_MS, jitter=1.0):
    return decide_retry(
        item(attempt, created_ms), policy or RetryPolicy(), error or AwsError("no"), NOW_MS, jitter
    )


def test_the_pause_doubles_up_to_five_minutes():
    pauses = [retry_ms(attempt) - NOW_MS for attempt in (1, 2, 3, 9, 10, 100)]
    assert pauses == [1_000, 2_000, 4_000, 256_000, 300_000, 300_000]


def test_jitter_takes_away_up_to_half_of_the_pause():
    assert retry_ms(3, jitter=0.0) - NOW_MS == 2_000


def test_the_bus_gives_up_after_the_last_attempt_of_the_policy():
    assert retry_ms(2, RetryPolicy(attempts_max=2)) is not None
    assert retry_ms(3, RetryPolicy(attempts_max=2)) is None


def test_the_bus_gives_up_when_the_event_would_be_too_old():
    policy = RetryPolicy(age_ms_max=60_000)
    assert retry_ms(1, policy, created_ms=NOW_MS - 59_000) is not None
    assert retry_ms(1, policy, created_ms=NOW_MS - 59_001) is None


def test_a_target_that_cannot_exist_is_not_tried_again():
    assert retry_ms(1, error=NoTarget(arn="arn:aws:ec2:::x")) is None


def test_a_failure_that_time_does_not_heal_is_not_tried_again():
    assert retry_ms(1, error=DeliveryFailed("CODE", "no", is_final=True)) is None


def test_a_target_may_ask_for_a_longer_pause_but_not_for_a_shorter_one():
    assert retry_ms(1, error=DeliveryFailed("CODE", "no", not_before_ms=NOW_MS + 90_000)) == NOW_MS + 90_000
    assert retry_ms(1, error=DeliveryFailed("CODE", "no", not_before_ms=NOW_MS + 1)) == NOW_MS + 1_000


def test_a_failure_says_what_the_dead_letter_carries(delivery):
    letter = dead_letter(delivery, DeliveryFailed("SDK_CLIENT_ERROR", "in words"), 1)
    attributes = letter.parameters["MessageAttributes"]
    assert attributes["ERROR_CODE"]["StringValue"] == "SDK_CLIENT_ERROR"
    assert attributes["ERROR_MESSAGE"]["StringValue"] == "in words"


@pytest.fixture
def delivery():
    return Delivery(
        "arn:aws:sqs:us-east-1:1:q", "{}", "arn:aws:lambda:us-east-1:1:function:f", "lambda.amazonaws.com"
    )


def test_a_delivery_is_the_same_after_it_was_a_row(delivery):
    row = {
        "target_arn": delivery.target_arn,
        "body": "{}",
        "source_arn": delivery.source_arn,
        "service": delivery.service,
        "role_arn": "",
        "parameters": {},
        "retry": {"attempts_max": 185, "age_ms_max": 86_400_000},
        "dead_letter_arn": "",
        "trace_header": "",
    }
    assert read_deliveries(row) == [delivery]


def test_a_dead_letter_says_why(delivery):
    letter = dead_letter(delivery, NoTarget(arn="x"), attempts=1)
    attributes = letter.parameters["MessageAttributes"]
    assert attributes["ERROR_CODE"] == {"DataType": "String", "StringValue": "NoTarget"}
    assert attributes["TARGET_ARN"]["StringValue"] == delivery.target_arn
    assert letter.body == delivery.body
