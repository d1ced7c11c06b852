"""Metric filters and subscription filters: what they are told, and what they do with events."""

import pytest
from botocore.exceptions import ClientError

TRANSFORMATION = {"metricName": "hits", "metricNamespace": "app", "metricValue": "1"}


@pytest.fixture
def filtered(logs, stream):
    """A group whose metric filter has this pattern and transformation."""

    async def create(pattern, **transformation):
        await stream()
        await logs.put_metric_filter(
            logGroupName="app",
            filterName="f",
            filterPattern=pattern,
            metricTransformations=[{**TRANSFORMATION, **transformation}],
        )

    return create


@pytest.fixture
def statistics(client, clock):
    async def get(*names, dimensions=()):
        answer = await client("cloudwatch").get_metric_statistics(
            Namespace="app",
            MetricName="hits",
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions],
            StartTime=clock.now_ms() / 1000 - 86_400,
            EndTime=clock.now_ms() / 1000 + 86_400,
            Period=86_400,
            Statistics=list(names),
        )
        (point,) = answer["Datapoints"] or [{}]
        return tuple(point.get(name) for name in names)

    return get


async def test_matching_events_are_counted_in_a_metric(filtered, put, statistics, clock):
    await filtered("ERROR")
    await put((0, "ERROR a"), (1, "fine"), (2, "ERROR b"))
    await put((3, "fine"))
    await clock.settle()
    assert await statistics("Sum", "SampleCount") == (2.0, 2.0)


async def test_a_metric_takes_its_value_from_the_event(filtered, put, statistics, clock):
    await filtered("{ $.ms > 0 }", metricValue="$.ms")
    await put((0, '{"ms": 10}'), (1, '{"ms": 2.5}'), (2, '{"ms": "x"}'))
    await clock.settle()
    assert await statistics("Sum", "Maximum") == (12.5, 10.0)


async def test_a_value_that_no_metric_can_hold_spoils_no_other(filtered, put, statistics, clock):
    await filtered("{ $.ms > 0 }", metricValue="$.ms")
    await put((0, '{"ms": 10}'), (1, '{"ms": 1e200}'), (2, '{"ms": "1e999"}'))
    await clock.settle()
    assert await statistics("Sum", "SampleCount") == (10.0, 1.0)


async def test_a_metric_takes_its_dimensions_from_the_event(filtered, put, statistics, clock):
    await filtered("{ $.ms > 0 }", metricValue="$.ms", dimensions={"Path": "$.path"})
    await put((0, '{"ms": 1, "path": "/a"}'), (1, '{"ms": 2, "path": "/b"}'), (2, '{"ms": 4}'))
    await clock.settle()
    assert await statistics("Sum", dimensions=[("Path", "/a")]) == (1.0,)
    assert await statistics("Sum", dimensions=[("Path", "/b")]) == (2.0,)


async def test_where_nothing_matches_the_default_value_is_emitted(filtered, put, statistics, clock):
    await filtered("ERROR", defaultValue=0)
    await put((0, "fine"))
    await clock.settle()
    assert await statistics("Sum", "SampleCount") == (0.0, 1.0)


async def test_thousands_of_different_values_all_reach_the_metric(filtered, put, statistics, clock):
    await filtered("[number]", metricValue="$number")
    await put(*[(0, f"{number}") for number in range(5_000)])
    await clock.run_until_idle()
    assert await statistics("Sum", "SampleCount") == (sum(range(5_000)), 5_000.0)


async def test_a_deleted_filter_counts_no_more(logs, filtered, put, statistics, clock):
    await filtered("ERROR")
    await logs.delete_metric_filter(logGroupName="app", filterName="f")
    await put((0, "ERROR"))
    await clock.settle()
    assert await statistics("Sum") == (None,)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        await logs.delete_metric_filter(logGroupName="app", filterName="f")


async def test_a_filter_is_described_as_it_was_put(logs, filtered, clock):
    await filtered("ERROR", defaultValue=0.5, unit="Count")
    (found,) = (await logs.describe_metric_filters(logGroupName="app"))["metricFilters"]
    assert found == {
        "filterName": "f",
        "logGroupName": "app",
        "filterPattern": "ERROR",
        "metricTransformations": [{**TRANSFORMATION, "defaultValue": 0.5, "unit": "Count"}],
        "creationTime": clock.now_ms(),
        "applyOnTransformedLogs": False,
    }
    assert (await logs.describe_log_groups())["logGroups"][0]["metricFilterCount"] == 1


async def test_filters_are_found_by_prefix_and_by_metric(logs, filtered):
    await filtered("ERROR")
    find = logs.describe_metric_filters
    assert len((await find(metricName="hits", metricNamespace="app"))["metricFilters"]) == 1
    assert len((await find(metricName="hits", metricNamespace="other"))["metricFilters"]) == 0
    assert len((await find(logGroupName="app", filterNamePrefix="f"))["metricFilters"]) == 1
    assert len((await find(logGroupName="app", filterNamePrefix="g"))["metricFilters"]) == 0
    with pytest.raises(ClientError, match="you must also include the metricNamespace"):
        await find(metricName="hits")


async def test_a_hundred_metric_filters_are_the_most_on_one_group(logs, stream):
    await stream()
    parameters = {"logGroupName": "app", "filterPattern": "", "metricTransformations": [TRANSFORMATION]}
    for number in range(100):
        await logs.put_metric_filter(filterName=f"f{number}", **parameters)
    with pytest.raises(ClientError, match="LimitExceededException"):
        await logs.put_metric_filter(filterName="more", **parameters)
    await logs.put_metric_filter(filterName="f1", **parameters)


@pytest.mark.parametrize(
    ("pattern", "transformation", "text"),
    [
        ("ERROR", {"metricValue": "x"}, "must be a number or a field selector"),
        ("ERROR", {"dimensions": {"a": "$.a"}}, "filter pattern does not support dimensions"),
        ("{ $.a = 1 }", {"dimensions": {"a": "$.a"}, "defaultValue": 0}, "mutually exclusive"),
        ("{ $.a", {}, "it must end with"),
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(filtered, pattern, transformation, text):
    with pytest.raises(ClientError, match=text) as refused:
        await filtered(pattern, **transformation)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"


async def test_a_pattern_can_be_tried_on_messages(logs):
    answer = await logs.test_metric_filter(
        filterPattern="[level=ERROR, ..., ms]", logEventMessages=["ERROR a 5", "INFO a 5"]
    )
    assert answer["matches"] == [
        {
            "eventNumber": 1,
            "eventMessage": "ERROR a 5",
            "extractedValues": {"$level": "ERROR", "$ms": "5"},
        }
    ]
