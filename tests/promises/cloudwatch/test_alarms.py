"""Alarms: evaluated by the clock, with M of N datapoints, missing data, history and actions."""

import json

import pytest
from botocore.exceptions import ClientError

MINUTE_MS = 60_000


async def test_a_new_alarm_knows_nothing(alarm, cloudwatch):
    await alarm()
    (found,) = (await cloudwatch.describe_alarms())["MetricAlarms"]
    assert (found["StateValue"], found["StateReason"]) == (
        "INSUFFICIENT_DATA",
        "Unchecked: Initial alarm creation",
    )
    assert (found["AlarmActions"], found["Dimensions"], found["ActionsEnabled"]) == ([], [], True)


async def test_a_breach_raises_the_alarm_at_the_next_minute_and_its_end_calms_it(
    alarm, put, state, history, clock
):
    await alarm()
    await put(value=9.0)
    await clock.advance(MINUTE_MS)
    assert await state() == "ALARM"
    await put(value=1.0)
    await clock.advance(MINUTE_MS)
    assert await state() == "OK"
    assert await history() == [
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        "Alarm updated from ALARM to OK",
    ]


async def test_a_breach_says_which_datapoints_made_it(alarm, put, cloudwatch, clock):
    await alarm()
    await put(value=9.0)
    await clock.advance(MINUTE_MS)
    (found,) = (await cloudwatch.describe_alarms())["MetricAlarms"]
    assert found["StateReason"] == (
        "Threshold Crossed: 1 out of the last 1 datapoints [9.0 (14/11/23 22:13:00)] was greater than the "
        "threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    data = json.loads(found["StateReasonData"])
    assert (data["recentDatapoints"], data["threshold"], data["period"]) == ([9.0], 5.0, 60)


async def test_two_of_three_datapoints_must_breach_where_the_alarm_says_so(alarm, put, state, clock):
    await alarm(EvaluationPeriods=3, DatapointsToAlarm=2)
    seen = []
    for value in (9.0, 1.0, 1.0, 9.0, 9.0):
        await put(value=value)
        await clock.advance(MINUTE_MS)
        seen.append(await state())
    assert seen[-2:] == ["OK", "ALARM"]


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("breaching", "ALARM"),
        ("notBreaching", "OK"),
        ("ignore", "INSUFFICIENT_DATA"),
        ("missing", "INSUFFICIENT_DATA"),
    ],
)
async def test_missing_data_counts_as_the_alarm_says(missing, expected, alarm, state, clock):
    await alarm(EvaluationPeriods=2, TreatMissingData=missing)
    await clock.advance(2 * MINUTE_MS)
    assert await state() == expected


async def test_silence_after_a_breach_is_insufficient_data(alarm, put, state, clock):
    await alarm()
    await put(value=9.0)
    await clock.advance(MINUTE_MS)
    await clock.advance(5 * MINUTE_MS)
    assert await state() == "INSUFFICIENT_DATA"


async def test_the_reason_tells_of_missing_datapoints(alarm, cloudwatch, clock):
    await alarm(Period=10, EvaluationPeriods=2, TreatMissingData="breaching")
    await clock.advance(10_000)
    (found,) = (await cloudwatch.describe_alarms())["MetricAlarms"]
    assert found["StateReason"] == (
        "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were "
        "treated as [Breaching]."
    )


async def test_an_alarm_may_watch_an_expression(alarm, put, state, clock, cloudwatch):
    queries = [
        {"Id": id, "ReturnData": False,
         "MetricStat": {"Metric": {"Namespace": "app", "MetricName": name}, "Period": 60, "Stat": "Sum"}}
        for id, name in (("errors", "errors"), ("calls", "calls"))
    ]  # fmt: skip
    await cloudwatch.put_metric_alarm(
        AlarmName="slow",
        Metrics=[*queries, {"Id": "rate", "Expression": "100 * errors / calls"}],
        EvaluationPeriods=1,
        Threshold=10.0,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    await put("errors", 2.0)
    await put("calls", 20.0)
    await clock.advance(MINUTE_MS)
    assert await state() == "ALARM"


async def test_a_change_is_told_on_the_default_bus(client, alarm, cloudwatch, clock):
    events, sqs = client("events"), client("sqs")
    url = (await sqs.create_queue(QueueName="told"))["QueueUrl"]
    await events.put_rule(Name="r", EventPattern='{"source": ["aws.cloudwatch"]}')
    target = {"Id": "1", "Arn": "arn:aws:sqs:us-east-1:000000000000:told"}
    await events.put_targets(Rule="r", Targets=[target])
    await alarm("slow")
    await cloudwatch.set_alarm_state(AlarmName="slow", StateValue="ALARM", StateReason="a drill")
    await clock.settle()
    [message] = (await sqs.receive_message(QueueUrl=url))["Messages"]
    event = json.loads(message["Body"])
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert (event["detail"]["alarmName"], event["detail"]["state"]["value"]) == ("slow", "ALARM")
    assert event["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"


async def test_a_state_that_was_set_lasts_as_long_as_a_tick(alarm, put, state, cloudwatch, clock):
    await alarm()
    await put(value=1.0)
    await clock.advance(MINUTE_MS // 2)
    await cloudwatch.set_alarm_state(AlarmName="slow", StateValue="ALARM", StateReason="a drill")
    await clock.advance(MINUTE_MS - 1)
    assert await state() == "ALARM"
    await clock.advance(1)
    assert await state() == "OK"


async def test_an_action_of_a_function_invokes_it_or_is_recorded_as_failed(alarm, cloudwatch, history, clock):
    arn = "arn:aws:lambda:us-east-1:000000000000:function:nobody"
    await alarm(AlarmActions=[arn])
    await cloudwatch.set_alarm_state(AlarmName="slow", StateValue="ALARM", StateReason="a drill")
    await clock.settle()
    assert await history(kind="Action") == [f"Failed to execute action {arn}"]


async def test_actions_that_are_switched_off_do_not_happen(alarm, cloudwatch, history, clock):
    await alarm(AlarmActions=["arn:aws:swf:us-east-1:000000000000:action/x"])
    await cloudwatch.disable_alarm_actions(AlarmNames=["slow"])
    await cloudwatch.set_alarm_state(AlarmName="slow", StateValue="ALARM", StateReason="a drill")
    await clock.settle()
    assert await history(kind="Action") == []


async def test_a_composite_alarm_follows_its_children(alarm, cloudwatch, state):
    await alarm("a")
    await alarm("b")
    await cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule='ALARM("a") AND NOT OK(b)')
    assert await state("both") == "OK"
    await cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="a drill")
    assert await state("both") == "ALARM"
    await cloudwatch.set_alarm_state(AlarmName="b", StateValue="OK", StateReason="a drill")
    assert await state("both") == "OK"


async def test_a_composite_alarm_names_the_child_that_moved_it(alarm, cloudwatch):
    await alarm("a")
    await cloudwatch.put_composite_alarm(AlarmName="top", AlarmRule="ALARM(a)")
    await cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="a drill")
    (found,) = (await cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"]))["CompositeAlarms"]
    (cause,) = json.loads(found["StateReasonData"])["triggeringAlarms"]
    assert (cause["arn"], cause["state"]["value"]) == (
        "arn:aws:cloudwatch:us-east-1:000000000000:alarm:a",
        "ALARM",
    )


@pytest.mark.parametrize("rule", ["ALARM(", "ALARM(a) b", "FOO(a)", "ALARM(nobody)", "ALARM(top)"])
async def test_a_composite_alarm_with_a_rule_that_makes_no_sense_is_refused(rule, alarm, cloudwatch):
    await alarm("a")
    with pytest.raises(ClientError) as refused:
        await cloudwatch.put_composite_alarm(AlarmName="top", AlarmRule=rule)
    assert "Validation" in refused.value.response["Error"]["Code"]


async def test_a_deleted_alarm_is_gone_and_its_history_stays(alarm, cloudwatch, history, clock):
    await alarm()
    await cloudwatch.delete_alarms(AlarmNames=["slow"])
    assert (await cloudwatch.describe_alarms())["MetricAlarms"] == []
    await clock.advance(2 * MINUTE_MS)
    assert await history(kind="ConfigurationUpdate") == ['Alarm "slow" created', 'Alarm "slow" deleted']


async def test_alarms_are_deleted_all_or_none(alarm, cloudwatch):
    await alarm()
    with pytest.raises(ClientError) as refused:
        await cloudwatch.delete_alarms(AlarmNames=["slow", "nobody"])
    assert refused.value.response["Error"]["Code"] == "ResourceNotFound"
    assert len((await cloudwatch.describe_alarms())["MetricAlarms"]) == 1


async def test_alarms_are_described_by_prefix_state_and_page(alarm, cloudwatch):
    for name in ("a1", "a2", "a3", "b1"):
        await alarm(name)
    await cloudwatch.set_alarm_state(AlarmName="a2", StateValue="ALARM", StateReason="a drill")

    async def names(**parameters):
        answer = await cloudwatch.describe_alarms(**parameters)
        return [one["AlarmName"] for one in answer["MetricAlarms"]], answer.get("NextToken")

    assert await names(AlarmNamePrefix="a") == (["a1", "a2", "a3"], None)
    assert await names(StateValue="ALARM") == (["a2"], None)
    first, token = await names(MaxRecords=3)
    assert (first, await names(MaxRecords=3, NextToken=token)) == (["a1", "a2", "a3"], (["b1"], None))


async def test_alarms_of_a_metric_are_found(alarm, cloudwatch):
    await alarm("mine")
    await alarm("other", MetricName="errors")
    answer = await cloudwatch.describe_alarms_for_metric(Namespace="app", MetricName="latency")
    assert [one["AlarmName"] for one in answer["MetricAlarms"]] == ["mine"]


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"DatapointsToAlarm": 2}, "DatapointsToAlarm must be less than or equal to EvaluationPeriods"),
        ({"Period": 45}, "Period must be"),
        ({"ExtendedStatistic": "p90"}, "Exactly one of Statistic and ExtendedStatistic"),
        ({"TreatMissingData": "guess"}, "TreatMissingData is not supported"),
        ({"EvaluationPeriods": 1_441}, "Metrics cannot be checked across more than a day"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "sundog does not support"),
        ({"AlarmActions": ["my-topic"]}, "Invalid arn syntax: my-topic"),
        ({"Threshold": float("nan")}, "Threshold must be specified"),
    ],
)
async def test_an_alarm_that_makes_no_sense_is_refused(parameters, text, alarm, cloudwatch):
    with pytest.raises(ClientError, match=text):
        await alarm(**parameters)
    assert (await cloudwatch.describe_alarms())["MetricAlarms"] == []


async def test_an_alarm_goes_on_after_a_change_of_its_settings(alarm, put, state, clock):
    await alarm()
    await put(value=9.0)
    await clock.advance(MINUTE_MS)
    await alarm(Threshold=100.0)
    assert await state() == "ALARM"
    await put(value=9.0)
    await clock.advance(MINUTE_MS)
    assert await state() == "OK"


@pytest.mark.parametrize("period", [10, 20, 30])
async def test_a_period_below_a_minute_is_evaluated_every_ten_seconds(period, alarm, put, state, clock):
    await alarm(Period=period)
    await clock.advance(MINUTE_MS - clock.now_ms() % MINUTE_MS)
    await put(value=9.0, StorageResolution=1)
    await clock.advance((period - 1) * 1_000)
    before = await state()
    await clock.advance(1_000)
    assert (before, await state()) == ("INSUFFICIENT_DATA", "ALARM")


async def test_an_alarm_may_not_search(cloudwatch):
    search = {"Id": "e", "Expression": "SEARCH('{app} latency', 'Sum', 60)"}
    with pytest.raises(ClientError, match="SEARCH is not supported on Metric Alarms"):
        await cloudwatch.put_metric_alarm(
            AlarmName="slow",
            Metrics=[search],
            EvaluationPeriods=1,
            Threshold=1.0,
            ComparisonOperator="GreaterThanThreshold",
        )


async def test_a_notice_of_a_state_set_by_hand_with_data_of_its_own_can_be_written(
    alarm, cloudwatch, history, clock
):
    await alarm("a")
    action = "arn:aws:lambda:us-east-1:000000000000:function:nobody"
    await cloudwatch.put_composite_alarm(AlarmName="slow", AlarmRule="ALARM(a)", AlarmActions=[action])
    data = json.dumps({"triggeringAlarms": [1, {"state": 2}]})
    await cloudwatch.set_alarm_state(
        AlarmName="slow", StateValue="ALARM", StateReason="a drill", StateReasonData=data
    )
    await clock.settle()
    assert await history(kind="Action") == [f"Failed to execute action {action}"]
