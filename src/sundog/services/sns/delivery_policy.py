"""How often and when a delivery is tried again: four phases, as AWS documents them, and policies that say so.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sundog.services.sns.errors import InvalidParameterException, invalid

TOTAL_S_MAX: Final = 3_600
RETRIES_MAX: Final = 100
CONTENT_TYPE_DEFAULT: Final = "text/plain; charset=UTF-8"
CONTENT_TYPES: Final = frozenset(
    {
        "text/plain",
        "application/json",
        "text/css",
        "text/csv",
        "text/html",
        "text/xml",
        "application/atom+xml",
        "application/octet-stream",
        "application/soap+xml",
        "application/x-www-form-urlencoded",
        "application/xhtml+xml",
        "application/xml",
    }
)

PLAIN_CONTENT_TYPES: Final = frozenset({"text/plain", "application/json"})
"""What a topic may say: only bodies of raw deliveries can be anything else."""

BackOff = Callable[[float, float, float], float]
"""(least delay, longest delay, how far the phase has come: above 0 to 1) to the delay, all in seconds."""

BACK_OFFS: Final[Mapping[str, BackOff]] = {
    "linear": lambda least, most, part: least + (most - least) * part,
    "arithmetic": lambda least, most, part: least + (most - least) * part * (1 + part) / 2,
    "geometric": lambda least, most, part: least * (most / least) ** part,
    "exponential": lambda least, most, part: least + (most - least) * (2 ** (10 * part) - 1) / 1_023,
}


@dataclass(frozen=True, slots=True)
class RetryPhases:
    """Retries: some at once, some after the least delay, some in growing steps, the rest after the
    longest.
    """

    at_once: int
    least: int
    growing: int
    longest: int
    least_s: int
    longest_s: int
    function: str

    @property
    def retries(self) -> int:
        return self.at_once + self.least + self.growing + self.longest

    def delay_ms(self, retry: int) -> int | None:
        """How long to wait before the ``retry``-th retry (from 1); None: give up."""
        assert retry >= 1
        if retry > self.retries:
            return None
        if (retry := retry - self.at_once) <= 0:
            return 0
        if (retry := retry - self.least) <= 0:
            return self.least_s * 1_000
        if retry <= self.growing:
            back_off = BACK_OFFS[self.function]
            return round(back_off(self.least_s, self.longest_s, retry / self.growing) * 1_000)
        return self.longest_s * 1_000


AWS_ENDPOINT: Final = RetryPhases(3, 2, 10, 100_000, 1, 20, "exponential")
"""Queues, functions, delivery streams: 100,015 times in 23 days."""

OUTER_ENDPOINT: Final = RetryPhases(0, 2, 10, 38, 10, 600, "exponential")
"""Mail, text messages, mobile push: 50 times in six hours."""

HTTP_DEFAULT: Final = RetryPhases(0, 0, 3, 0, 20, 20, "linear")

_HEALTHY_DEFAULT: Final[Mapping[str, Any]] = {
    "minDelayTarget": 20,
    "maxDelayTarget": 20,
    "numRetries": 3,
    "numMaxDelayRetries": 0,
    "numNoDelayRetries": 0,
    "numMinDelayRetries": 0,
    "backoffFunction": "linear",
}
_COUNTS: Final = ("numMaxDelayRetries", "numNoDelayRetries", "numMinDelayRetries")
_REQUIRED: Final = ("minDelayTarget", "maxDelayTarget", "numRetries")
_BOUNDS: Final[Mapping[str, tuple[int, int]]] = {
    "minDelayTarget": (1, TOTAL_S_MAX),
    "maxDelayTarget": (1, TOTAL_S_MAX),
    "numRetries": (0, RETRIES_MAX),
    **dict.fromkeys(_COUNTS, (0, RETRIES_MAX)),
}
_HTTP_MEMBERS: Final = frozenset(
    {
        "defaultHealthyRetryPolicy",
        "defaultSicklyRetryPolicy",
        "disableSubscriptionOverrides",
        "defaultThrottlePolicy",
        "defaultRequestPolicy",
    }
)
_SUBSCRIPTION_MEMBERS: Final = frozenset(
    {"healthyRetryPolicy", "sicklyRetryPolicy", "throttlePolicy", "requestPolicy", "guaranteed"}
)


@dataclass(frozen=True, slots=True)
class HttpPolicy:
    """What a delivery policy says of one HTTP subscription."""

    phases: RetryPhases = HTTP_DEFAULT
    content_type: str = CONTENT_TYPE_DEFAULT
    per_second_max: int | None = None


def check_topic_policy(text: str, prefix: str = "") -> None:
    """Refuse a topic's DeliveryPolicy that AWS would refuse."""
    policy = _parse(text, prefix)
    _check_members(policy, frozenset({"http"}), prefix)
    http = _section(policy, "http", prefix)
    _check_members(http, _HTTP_MEMBERS, prefix)
    if "disableSubscriptionOverrides" in http and not isinstance(http["disableSubscriptionOverrides"], bool):
        raise _bad(prefix, "http.disableSubscriptionOverrides must be true or false")
    for name in ("defaultHealthyRetryPolicy", "defaultSicklyRetryPolicy"):
        _check_retry(_section(http, name, prefix), f"http.{name}", prefix)
    _check_throttle(_section(http, "defaultThrottlePolicy", prefix), "http.defaultThrottlePolicy", prefix)
    request = _section(http, "defaultRequestPolicy", prefix)
    _check_request(request, "http.defaultRequestPolicy", prefix, PLAIN_CONTENT_TYPES)


def check_subscription_policy(text: str, prefix: str = "") -> None:
    """Refuse a subscription's DeliveryPolicy that AWS would refuse."""
    policy = _parse(text, prefix)
    _check_members(policy, _SUBSCRIPTION_MEMBERS, prefix)
    for name in ("healthyRetryPolicy", "sicklyRetryPolicy"):
        _check_retry(_section(policy, name, prefix), name, prefix)
    _check_throttle(_section(policy, "throttlePolicy", prefix), "throttlePolicy", prefix)
    _check_request(_section(policy, "requestPolicy", prefix), "requestPolicy", prefix)


def effective_topic_policy(text: str | None) -> dict[str, Any]:
    """What GetTopicAttributes shows as EffectiveDeliveryPolicy."""
    http = (json.loads(text) if text else {}).get("http") or {}
    shown: dict[str, Any] = {
        "defaultHealthyRetryPolicy": {**_HEALTHY_DEFAULT, **(http.get("defaultHealthyRetryPolicy") or {})},
        "disableSubscriptionOverrides": http.get("disableSubscriptionOverrides", False),
        "defaultRequestPolicy": {
            "headerContentType": CONTENT_TYPE_DEFAULT,
            **(http.get("defaultRequestPolicy") or {}),
        },
    }
    if http.get("defaultThrottlePolicy"):
        shown["defaultThrottlePolicy"] = http["defaultThrottlePolicy"]
    return {"http": shown}


def effective_subscription_policy(topic_text: str | None, own_text: str | None) -> dict[str, Any]:
    """What GetSubscriptionAttributes shows as EffectiveDeliveryPolicy: the subscription's own or the
    topic's.
    """
    topic = effective_topic_policy(topic_text)["http"]
    own = json.loads(own_text) if own_text and not topic["disableSubscriptionOverrides"] else {}
    return {
        "healthyRetryPolicy": {
            **topic["defaultHealthyRetryPolicy"],
            **(own.get("healthyRetryPolicy") or {}),
        },
        "sicklyRetryPolicy": None,
        "throttlePolicy": own.get("throttlePolicy") or topic.get("defaultThrottlePolicy"),
        "requestPolicy": {**topic["defaultRequestPolicy"], **(own.get("requestPolicy") or {})},
        "guaranteed": False,
    }


def http_policy(topic_text: str | None, own_text: str | None) -> HttpPolicy:
    """How deliveries to one HTTP subscription are made."""
    effective = effective_subscription_policy(topic_text, own_text)
    healthy = effective["healthyRetryPolicy"]
    at_once, least, longest = (
        healthy["numNoDelayRetries"],
        healthy["numMinDelayRetries"],
        healthy["numMaxDelayRetries"],
    )
    phases = replace(
        HTTP_DEFAULT,
        at_once=at_once,
        least=least,
        growing=max(0, healthy["numRetries"] - at_once - least - longest),
        longest=longest,
        least_s=healthy["minDelayTarget"],
        longest_s=healthy["maxDelayTarget"],
        function=healthy["backoffFunction"],
    )
    throttle = effective["throttlePolicy"] or {}
    content_type = effective["requestPolicy"]["headerContentType"]
    return HttpPolicy(phases, content_type, throttle.get("maxReceivesPerSecond"))


def _parse(text: str, prefix: str) -> dict[str, Any]:
    try:
        policy = json.loads(text)
    except ValueError:
        raise _bad(prefix, "failed to parse JSON") from None
    if not isinstance(policy, dict):
        raise _bad(prefix, "must be a JSON object")
    return policy


def _section(policy: Mapping[str, Any], name: str, prefix: str) -> Mapping[str, Any]:
    section = policy.get(name)
    if section is None:
        return {}
    if not isinstance(section, dict):
        raise _bad(prefix, f"{name} must be a JSON object")
    return section


def _check_members(given: Mapping[str, Any], known: frozenset[str], prefix: str) -> None:
    for name in given:
        if name not in known:
            raise _bad(prefix, f"Unexpected JSON member: {name}")


def _check_retry(given: Mapping[str, Any], name: str, prefix: str) -> None:
    """Bounds and texts as AWS answers them; some are known from what users report."""
    if not given:
        return
    _check_members(given, frozenset(_HEALTHY_DEFAULT), prefix)
    for key in _REQUIRED:
        if key not in given:
            raise _bad(prefix, f"{name}.{key} must be specified")
    policy = {**_HEALTHY_DEFAULT, **given}
    for key, (least, most) in _BOUNDS.items():
        if type(policy[key]) is not int or policy[key] < least:
            raise _bad(prefix, f"{name}.{key} must be greater than or equal to {least}")
        if policy[key] > most:
            raise _bad(prefix, f"{name}.{key} must be less than or equal to {most}")
    if policy["backoffFunction"] not in BACK_OFFS:
        raise _bad(prefix, f"{name}.backoffFunction must be one of {', '.join(sorted(BACK_OFFS))}")
    if policy["minDelayTarget"] > policy["maxDelayTarget"]:
        raise _bad(prefix, f"{name}.maxDelayTarget must be greater than or equal to {name}.minDelayTarget")
    if sum(policy[key] for key in _COUNTS) > policy["numRetries"]:
        raise _bad(prefix, f"{name}.numRetries must be greater than or equal to the sum of its phases")


def _check_throttle(policy: Mapping[str, Any], name: str, prefix: str) -> None:
    _check_members(policy, frozenset({"maxReceivesPerSecond"}), prefix)
    rate = policy.get("maxReceivesPerSecond")
    if rate is not None and (type(rate) is not int or rate < 1):
        raise _bad(prefix, f"{name}.maxReceivesPerSecond must be greater than or equal to 1")


def _check_request(
    policy: Mapping[str, Any], name: str, prefix: str, types: frozenset[str] = CONTENT_TYPES
) -> None:
    _check_members(policy, frozenset({"headerContentType"}), prefix)
    given = policy.get("headerContentType")
    if given is not None and str(given).split(";")[0].strip() not in types:
        raise _bad(prefix, f"{name}.headerContentType is not a supported content type")


def _bad(prefix: str, reason: str) -> InvalidParameterException:
    return invalid(f"{prefix}DeliveryPolicy: {reason}")
