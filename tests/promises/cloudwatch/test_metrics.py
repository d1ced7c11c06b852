"""Putting data and reading it back as statistics."""

import asyncio
import itertools
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

HOUR_MS, DAY_MS = 3_600_000, 86_400_000


def only(points, name):
    (point,) = points
    return point[name]


async def test_values_of_a_minute_are_one_datapoint(put, statistics):
    await put(value=1.0)
    await put(value=4.0)
    (point,) = await statistics("SampleCount", "Sum", "Average", "Minimum", "Maximum")
    figures = {name: point[name] for name in ("SampleCount", "Sum", "Average", "Minimum", "Maximum")}
    assert figures == {"SampleCount": 2, "Sum": 5, "Average": 2.5, "Minimum": 1, "Maximum": 4}


async def test_a_datapoint_carries_the_start_of_its_period(put, statistics, clock):
    await put()
    point = only(await statistics("Sum"), "Timestamp")
    assert point == datetime.fromtimestamp(clock.now_ms() // 60_000 * 60, UTC)


async def test_values_with_counts_stand_for_many_values(put, statistics):
    await put(value=[1.0, 10.0], Counts=[2, 4])
    (point,) = await statistics("SampleCount", "Sum", "Maximum")
    assert (point["SampleCount"], point["Sum"], point["Maximum"]) == (6, 42, 10)


async def test_a_set_of_statistics_joins_the_values_of_its_minute(put, statistics):
    await put(value=11.0)
    values = {"SampleCount": 10, "Sum": 55, "Minimum": 1, "Maximum": 10}
    await put(value=None, StatisticValues=values)
    (point,) = await statistics("SampleCount", "Sum", "Minimum", "Maximum")
    assert [point[name] for name in ("SampleCount", "Sum", "Minimum", "Maximum")] == [11, 66, 1, 11]


async def test_percentiles_are_of_all_values(put, statistics):
    await put(value=[float(number) for number in range(1, 101)])
    extended = only(await statistics("p50", "p99", "tm(10%:90%)", "PR(:30)"), "ExtendedStatistics")
    assert extended == {"p50": 50, "p99": 99, "tm(10%:90%)": 50.5, "PR(:30)": 30}


async def test_percentiles_of_sets_are_not_known(put, statistics):
    values = {"SampleCount": 2, "Sum": 3, "Minimum": 1, "Maximum": 2}
    await put(value=None, StatisticValues=values)
    assert await statistics("p50") == []


async def test_many_writers_at_once_lose_nothing(cloudwatch, statistics):
    data = [{"MetricName": name, "Value": 1.0} for name in ("latency", "errors")]
    orders = [data, data[::-1]] * 15
    await asyncio.gather(*(cloudwatch.put_metric_data(Namespace="app", MetricData=one) for one in orders))
    for name in ("latency", "errors"):
        assert only(await statistics("Sum", name=name), "Sum") == 30


async def test_each_unit_has_datapoints_of_its_own(put, statistics):
    await put(value=1.0, Unit="Seconds")
    await put(value=5.0, Unit="Count")
    found = {point["Unit"]: point["Sum"] for point in await statistics("Sum")}
    assert found == {"Seconds": 1, "Count": 5}
    assert only(await statistics("Sum", Unit="Count"), "Sum") == 5


async def test_a_metric_is_its_dimensions_in_any_order(put, statistics):
    first, second = {"Name": "a", "Value": "1"}, {"Name": "b", "Value": "2"}
    await put(Dimensions=[second, first])
    assert len(await statistics("Sum", Dimensions=[first, second])) == 1
    assert await statistics("Sum", Dimensions=[first]) == []
    assert await statistics("Sum") == []


async def test_data_of_a_second_is_kept_for_three_hours_and_then_by_the_minute(put, statistics, clock, jump):
    await put(value=1.0, StorageResolution=1)
    await clock.advance(2_000)
    await put(value=2.0, StorageResolution=1)
    assert [point["Sum"] for point in await statistics("Sum", period=1, ago_s=60)] == [1, 2]
    await jump(4 * HOUR_MS)
    then_s = clock.now_ms() / 1_000 - 4 * 3_600
    window = {"StartTime": then_s - 9, "EndTime": then_s + 9}
    assert await statistics("Sum", period=1, **window) == []
    assert only(await statistics("Sum", ago_s=5 * 3_600), "Sum") == 3


@pytest.mark.parametrize(("days", "period"), [(15, 60), (63, 300), (455, 3_600)])
async def test_data_is_kept_as_long_as_its_period_promises(days, period, put, statistics, clock, jump):
    await put(value=7.0)
    put_s = clock.now_ms() / 1_000
    window = {"StartTime": put_s - 3_600, "EndTime": put_s + 3_600, "period": period}
    await jump(days * DAY_MS - 2 * HOUR_MS)
    assert only(await statistics("Sum", **window), "Sum") == 7
    await jump(5 * HOUR_MS)
    assert await statistics("Sum", **window) == []


VALUE, COMBINATION = "InvalidParameterValue", "InvalidParameterCombination"
UMLAUT = [{"Name": "ä", "Value": "b"}]
REFUSALS = [
    ({"Value": float("nan")}, VALUE, "The value NaN for parameter {}.Value is invalid."),
    ({"Value": float("inf")}, VALUE, "The value Infinity for parameter {}.Value is invalid."),
    ({"Value": 1e200}, VALUE, "The value 1e+200 for parameter {}.Value is invalid."),
    (
        {},
        COMBINATION,
        "At least one of the parameters {}.Value and {}.StatisticValues must be specified.",
    ),
    (
        {"Value": 1.0, "Values": [1.0]},
        COMBINATION,
        "The parameters {}.Value and {}.Values are mutually exclusive and you have specified both.",
    ),
    (
        {"Values": [1.0], "Counts": [1.0, 2.0]},
        VALUE,
        "The parameters {}.Values and {}.Counts must be of the same size.",
    ),
    ({"Values": [1.0] * 151}, VALUE, "The collection {}.Values must not have a size greater than 150."),
    (
        {"Value": 1.0, "StorageResolution": 5},
        VALUE,
        "The value 5 for parameter {}.StorageResolution is invalid.",
    ),
    (
        {"Value": 1.0, "Dimensions": UMLAUT},
        VALUE,
        "The value ä for parameter {}.Dimensions.member.1.Name contains non-ASCII characters.",
    ),
]


@pytest.mark.parametrize(("datum", "code", "text"), REFUSALS)
async def test_a_datum_that_makes_no_sense_is_refused_in_aws_words(datum, code, text, cloudwatch):
    with pytest.raises(ClientError) as refused:
        await cloudwatch.put_metric_data(Namespace="app", MetricData=[{"MetricName": "m", **datum}])
    assert refused.value.response["Error"]["Message"] == text.replace("{}", "MetricData.member.1")
    assert code in refused.value.response["Error"]["Code"]


@pytest.mark.parametrize(("age_s", "text"), [(15 * 86_400, "two weeks"), (-7_300, "two hours")])
async def test_a_time_too_far_away_is_refused(age_s, text, put):
    with pytest.raises(ClientError, match=text):
        await put(ago_s=age_s)


async def test_a_thousand_data_are_the_most_of_one_call(cloudwatch):
    data = [{"MetricName": f"m{number}", "Value": 1.0} for number in range(1_001)]
    await cloudwatch.put_metric_data(Namespace="app", MetricData=data[:1_000])
    with pytest.raises(ClientError, match="must not have a size greater than 1000"):
        await cloudwatch.put_metric_data(Namespace="app", MetricData=data)


async def test_one_bad_datum_keeps_the_others_out(cloudwatch, statistics):
    data = [{"MetricName": "latency", "Value": 1.0}, {"MetricName": "latency", "Value": float("nan")}]
    with pytest.raises(ClientError, match=r"member\.2"):
        await cloudwatch.put_metric_data(Namespace="app", MetricData=data)
    assert await statistics("Sum") == []


async def test_nobody_but_a_service_writes_to_the_namespaces_of_aws(cloudwatch):
    with pytest.raises(ClientError, match="The value AWS/ for parameter Namespace is invalid"):
        await cloudwatch.put_metric_data(Namespace="AWS/Own", MetricData=[{"MetricName": "m", "Value": 1.0}])


async def test_entities_are_refused_by_name(cloudwatch):
    entity = {"Entity": {"KeyAttributes": {"Type": "Service", "Name": "a"}}, "MetricData": []}
    with pytest.raises(ClientError, match="does not support EntityMetricData"):
        await cloudwatch.put_metric_data(Namespace="app", EntityMetricData=[entity])


async def test_more_datapoints_than_1440_are_refused(statistics):
    with pytest.raises(
        ClientError, match="You have requested up to 86460 datapoints, which exceeds the limit of 1440"
    ):
        await statistics("Sum", period=1, ago_s=86_400)
    assert await statistics("Sum", period=60, ago_s=86_400 - 60) == []


async def test_the_end_must_be_after_the_start(statistics):
    with pytest.raises(ClientError, match="StartTime must be less than the parameter EndTime"):
        await statistics("Sum", StartTime=1_700_000_000, EndTime=1_700_000_000)


@pytest.mark.parametrize("name", ["p101", "pp", "tm(90%:10%)", "PR(10%:20%)", "Average"])
async def test_an_unknown_extended_statistic_is_refused(name, cloudwatch, clock):
    now_s = clock.now_ms() / 1_000
    with pytest.raises(ClientError, match="ExtendedStatistics is not supported"):
        await cloudwatch.get_metric_statistics(
            Namespace="app", MetricName="m", StartTime=now_s - 60, EndTime=now_s, Period=60,
            ExtendedStatistics=[name],
        )  # fmt: skip


async def names(cloudwatch, **parameters):
    return [metric["MetricName"] for metric in (await cloudwatch.list_metrics(**parameters))["Metrics"]]


async def test_metrics_are_listed_by_namespace_name_and_dimensions(put, cloudwatch):
    await put("a", Dimensions=[{"Name": "shop", "Value": "1"}])
    await put("b")
    await put("c", namespace="other")
    assert await names(cloudwatch) == ["a", "b", "c"]
    assert await names(cloudwatch, Namespace="app") == ["a", "b"]
    assert await names(cloudwatch, Namespace="app", MetricName="b") == ["b"]
    assert await names(cloudwatch, MetricName="c") == ["c"]
    assert await names(cloudwatch, Dimensions=[{"Name": "shop"}]) == ["a"]
    assert await names(cloudwatch, Dimensions=[{"Name": "shop", "Value": "2"}]) == []


async def test_metrics_without_data_leave_the_list(put, cloudwatch, jump):
    await put("old")
    await jump(3 * HOUR_MS + 1)
    await put("new")
    assert await names(cloudwatch, RecentlyActive="PT3H") == ["new"]
    assert await names(cloudwatch) == ["new", "old"]
    await jump(14 * DAY_MS + 1)
    assert await names(cloudwatch) == []


async def test_metrics_are_listed_500_at_a_time(cloudwatch):
    data = [{"MetricName": f"m{number:04}", "Value": 1.0} for number in range(700)]
    await cloudwatch.put_metric_data(Namespace="app", MetricData=data)
    first = await cloudwatch.list_metrics(Namespace="app")
    second = await cloudwatch.list_metrics(Namespace="app", NextToken=first["NextToken"])
    assert [len(first["Metrics"]), len(second["Metrics"]), "NextToken" in second] == [500, 200, False]
    listed = itertools.chain(first["Metrics"], second["Metrics"])
    assert [metric["MetricName"] for metric in listed] == [one["MetricName"] for one in data]


async def test_a_token_of_somebody_elses_making_is_refused(cloudwatch):
    with pytest.raises(ClientError, match="NextToken is invalid"):
        await cloudwatch.list_metrics(NextToken="bm9uc2Vuc2U=")


async def test_metrics_of_another_account_and_region_are_not_seen(put, client):
    await put()
    assert await names(client("cloudwatch", account="111122223333")) == []
    assert await names(client("cloudwatch", region="eu-west-1")) == []
