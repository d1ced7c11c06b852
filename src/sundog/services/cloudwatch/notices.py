"""What an alarm's actions are told: the message to a topic, the event of a function.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from sundog.services.cloudwatch.model import ACTIONS, Alarm

REGIONS: Mapping[str, str] = {
    "af-south-1": "Africa (Cape Town)",
    "ap-east-1": "Asia Pacific (Hong Kong)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-northeast-2": "Asia Pacific (Seoul)",
    "ap-northeast-3": "Asia Pacific (Osaka)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "ca-central-1": "Canada (Central)",
    "eu-central-1": "EU (Frankfurt)",
    "eu-north-1": "EU (Stockholm)",
    "eu-south-1": "EU (Milan)",
    "eu-west-1": "EU (Ireland)",
    "eu-west-2": "EU (London)",
    "eu-west-3": "EU (Paris)",
    "me-south-1": "Middle East (Bahrain)",
    "sa-east-1": "South America (Sao Paulo)",
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
}


def write_time(time_ms: int) -> str:
    """``2026-11-26T18:00:00.000+0000``, as alarms write it in text."""
    moment = datetime.fromtimestamp(time_ms / 1_000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time_ms % 1_000:03d}+0000"


def write_subject(alarm: Alarm, state: str) -> str:
    return f'{state}: "{alarm.name}" in {region_name(alarm)}'[:100]


def region_name(alarm: Alarm) -> str:
    return REGIONS.get(alarm.scope.region, alarm.scope.region)


def write_notice(alarm: Alarm, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """The message to a topic. ``old`` and ``new``: the states between which the alarm changed."""
    configuration = alarm.configuration
    notice: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": configuration.get("AlarmDescription"),
        "AWSAccountId": alarm.scope.account,
        "AlarmConfigurationUpdatedTimestamp": write_time(alarm.configured_ms),
        "NewStateValue": new["state"],
        "NewStateReason": new["reason"],
        "StateChangeTime": write_time(new["updated_ms"]),
        "Region": region_name(alarm),
        "AlarmArn": alarm.arn,
        "OldStateValue": old["state"],
        **{name: list(configuration.get(name) or ()) for name in ACTIONS.values()},
    }
    if alarm.is_composite:
        notice |= {"AlarmRule": configuration["AlarmRule"], "TriggeringChildren": _children(new)}
    else:
        notice["Trigger"] = _trigger(configuration)
    return orjson.dumps(notice).decode()


def _children(new: Mapping[str, Any]) -> list[dict[str, Any]]:
    """None where somebody set the state, with data of their own."""
    told = orjson.loads(new["reason_data"]).get("triggeringAlarms") if new["reason_data"] else None
    written = []
    for one in told if isinstance(told, list) else ():
        if isinstance(one, dict) and isinstance(state := one.get("state"), dict):
            written.append(
                {
                    "Arn": one.get("arn"),
                    "State": {"Value": state.get("value"), "Timestamp": state.get("timestamp")},
                }
            )
    return written


def _trigger(configuration: Mapping[str, Any]) -> dict[str, Any]:
    plain = ("Period", "EvaluationPeriods", "DatapointsToAlarm", "ComparisonOperator", "Threshold")
    trigger = {name: configuration[name] for name in plain if name in configuration}
    trigger["TreatMissingData"] = configuration.get("TreatMissingData", "")
    trigger["EvaluateLowSampleCountPercentile"] = configuration.get("EvaluateLowSampleCountPercentile", "")
    if "Metrics" in configuration:
        return trigger | {"Metrics": configuration["Metrics"]}
    trigger |= {
        "MetricName": configuration["MetricName"],
        "Namespace": configuration["Namespace"],
        "Unit": configuration.get("Unit"),
        "Dimensions": [
            {"value": one["Value"], "name": one["Name"]} for one in configuration.get("Dimensions") or ()
        ],
    }
    if "ExtendedStatistic" in configuration:
        return trigger | {
            "StatisticType": "ExtendedStatistic",
            "ExtendedStatistic": configuration["ExtendedStatistic"],
        }
    names = {"SampleCount": "SAMPLE_COUNT"}
    statistic = configuration["Statistic"]
    return trigger | {
        "StatisticType": "Statistic",
        "Statistic": names.get(statistic, statistic.upper()),
    }


def write_event(alarm: Alarm, old: Mapping[str, Any], new: Mapping[str, Any]) -> bytes:
    """The event of a function that is an action."""
    event = {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.arn,
        "accountId": alarm.scope.account,
        "time": write_time(new["updated_ms"]),
        "region": alarm.scope.region,
        "alarmData": describe_change(alarm, old, new),
    }
    return orjson.dumps(event)


def describe_change(alarm: Alarm, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What functions and event buses are told of an alarm that changes its state.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
    """
    return {
        "alarmName": alarm.name,
        "state": _event_state(new),
        "previousState": _event_state(old),
        "configuration": _event_configuration(alarm),
    }


def _event_state(told: Mapping[str, Any]) -> dict[str, str]:
    state = {
        "value": told["state"],
        "reason": told["reason"],
        "timestamp": write_time(told["updated_ms"]),
    }
    return state | ({"reasonData": told["reason_data"]} if told["reason_data"] else {})


def _event_configuration(alarm: Alarm) -> dict[str, Any]:
    configuration = alarm.configuration
    description = configuration.get("AlarmDescription")
    described = {} if description is None else {"description": description}
    if alarm.is_composite:
        return {"alarmRule": configuration["AlarmRule"], **described}
    if "Metrics" in configuration:
        return described | {"metrics": [_event_query(query) for query in configuration["Metrics"]]}
    stat = {
        "Metric": configuration,
        "Period": configuration["Period"],
        "Stat": configuration.get("Statistic") or configuration.get("ExtendedStatistic"),
        "Unit": configuration.get("Unit"),
    }
    # AWS gives the one metric of such an alarm an id of its own making.
    query = {"Id": str(uuid.uuid5(uuid.NAMESPACE_URL, alarm.arn)), "MetricStat": stat}
    return described | {"metrics": [_event_query(query)]}


def _event_query(query: Mapping[str, Any]) -> dict[str, Any]:
    written: dict[str, Any] = {"id": query["Id"]}
    if "Expression" in query:
        written["expression"] = query["Expression"]
    else:
        stat, metric = query["MetricStat"], query["MetricStat"]["Metric"]
        dimensions = {one["Name"]: one["Value"] for one in metric.get("Dimensions") or ()}
        written["metricStat"] = {
            "metric": {
                "namespace": metric["Namespace"],
                "name": metric["MetricName"],
                "dimensions": dimensions,
            },
            "period": stat["Period"],
            "stat": stat["Stat"],
        }
        if stat.get("Unit"):
            written["metricStat"]["unit"] = stat["Unit"]
    if "Label" in query:
        written["label"] = query["Label"]
    return written | {"returnData": query.get("ReturnData", True)}
