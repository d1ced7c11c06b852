"""What actions are told, after the messages that AWS documents and recorded ones."""

import json

from sundog.scope import Scope
from sundog.services.cloudwatch.model import Alarm
from sundog.services.cloudwatch.notices import write_event, write_notice, write_subject

OLD = {"state": "INSUFFICIENT_DATA", "reason": "Unchecked", "reason_data": "", "updated_ms": 0}
NEW = {"state": "ALARM", "reason": "testing alarm", "reason_data": "", "updated_ms": 1_700_000_000_123}
TOPIC = "arn:aws:sns:us-east-1:111122223333:topic"


def alarm(**configuration):
    configuration = {
        "AlarmDescription": "testing cloudwatch alarms",
        "MetricName": "my-metric101",
        "Namespace": "test/enable",
        "Period": 10,
        "Threshold": 2.0,
        "Dimensions": [{"Name": "InstanceId", "Value": "abc"}],
        "Unit": "Seconds",
        "Statistic": "Average",
        "AlarmActions": [TOPIC],
        "EvaluationPeriods": 2,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "ignore",
    } | configuration
    scope = Scope("111122223333", "us-east-1")
    return Alarm(1, scope, "slow", "MetricAlarm", configuration, "ALARM", "", "", True, 0, 0, 0, {})


def test_a_topic_is_told_what_was_recorded():
    assert json.loads(write_notice(alarm(), OLD, NEW)) == {
        "AWSAccountId": "111122223333",
        "AlarmActions": [TOPIC],
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:slow",
        "AlarmConfigurationUpdatedTimestamp": "1970-01-01T00:00:00.000+0000",
        "AlarmDescription": "testing cloudwatch alarms",
        "AlarmName": "slow",
        "InsufficientDataActions": [],
        "NewStateReason": "testing alarm",
        "NewStateValue": "ALARM",
        "OKActions": [],
        "OldStateValue": "INSUFFICIENT_DATA",
        "Region": "US East (N. Virginia)",
        "StateChangeTime": "2023-11-14T22:13:20.123+0000",
        "Trigger": {
            "ComparisonOperator": "GreaterThanThreshold",
            "Dimensions": [{"name": "InstanceId", "value": "abc"}],
            "EvaluateLowSampleCountPercentile": "",
            "EvaluationPeriods": 2,
            "MetricName": "my-metric101",
            "Namespace": "test/enable",
            "Period": 10,
            "Statistic": "AVERAGE",
            "StatisticType": "Statistic",
            "Threshold": 2.0,
            "TreatMissingData": "ignore",
            "Unit": "Seconds",
        },
    }


def test_a_function_gets_the_event_that_aws_documents():
    event = json.loads(write_event(alarm(), OLD, NEW))
    data = event.pop("alarmData")
    assert event == {
        "source": "aws.cloudwatch",
        "alarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:slow",
        "accountId": "111122223333",
        "time": "2023-11-14T22:13:20.123+0000",
        "region": "us-east-1",
    }
    (metric,) = data["configuration"]["metrics"]
    assert metric["metricStat"] == {
        "metric": {"namespace": "test/enable", "name": "my-metric101", "dimensions": {"InstanceId": "abc"}},
        "period": 10,
        "stat": "Average",
        "unit": "Seconds",
    }
    assert data["state"] == {
        "value": "ALARM",
        "reason": "testing alarm",
        "timestamp": "2023-11-14T22:13:20.123+0000",
    }


def test_the_subject_fits_into_a_mail():
    assert write_subject(alarm(), "ALARM") == 'ALARM: "slow" in US East (N. Virginia)'
