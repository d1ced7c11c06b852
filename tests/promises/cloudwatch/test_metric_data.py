"""GetMetricData: several metrics at once, metric math, labels, pages."""

import pytest
from botocore.exceptions import ClientError

MATH = [
    ("m1 + m2", [3, 5, 11]),
    ("m1 / m2", [0.5, 1.5, 4.5]),
    ("m2 ^ 2 - 1", [3, 3, 3]),
    ("SUM(METRICS())", [3, 5, 11]),
    ("MAX([m1, m2])", [2, 3, 9]),
    ("IF(m1 > 2, m1, 0)", [0, 3, 9]),
    ("RATE(m1) * PERIOD(m1)", [2, 6]),
    ("DIFF(m1)", [2, 6]),
    ("RUNNING_SUM(m1)", [1, 4, 13]),
    ("m1 - MIN(m1)", [0, 2, 8]),
    ("TIME_SERIES(AVG(m2)) + m1", [3, 5, 11]),
]


@pytest.fixture
async def two_metrics(put):
    for ago_s, value in ((180, 1.0), (120, 3.0), (60, 9.0)):
        await put("first", value, ago_s=ago_s)
        await put("second", 2.0, ago_s=ago_s)


@pytest.mark.parametrize(("expression", "expected"), MATH, ids=lambda value: str(value))
async def test_expressions_compute_with_metrics(expression, expected, two_metrics, data):
    found = await data(m1=("first", "Sum"), m2=("second", "Sum"), e=expression)
    assert found["e"]["Values"] == expected


async def test_a_gap_is_filled_only_where_it_is_asked_for(put, data):
    await put("first", 1.0, ago_s=180)
    await put("first", 3.0, ago_s=60)
    found = await data(ago_s=180, m1=("first", "Sum"), e="FILL(m1, 0)", f="FILL(m1, LINEAR)")
    assert found["m1"]["Values"] == [1, 3]
    assert found["e"]["Values"] == [1, 0, 3, 0]
    assert found["f"]["Values"] == [1, 2, 3]


async def test_expressions_may_use_one_another_in_any_order(two_metrics, data):
    found = await data(a="b * 10", b="m1 + 1", m1=("first", "Sum"))
    assert found["a"]["Values"] == [20, 40, 100]


async def test_only_what_is_to_be_returned_is_returned(two_metrics, cloudwatch, clock):
    now_s = clock.now_ms() / 1_000
    metric = {"Namespace": "app", "MetricName": "first"}
    stat = {"Metric": metric, "Period": 60, "Stat": "Sum"}
    queries = [
        {"Id": "m1", "MetricStat": stat, "ReturnData": False},
        {"Id": "e1", "Expression": "m1 * 2", "Label": "twice"},
    ]
    answer = await cloudwatch.get_metric_data(
        MetricDataQueries=queries, StartTime=now_s - 600, EndTime=now_s + 60
    )
    assert [(one["Id"], one["Label"]) for one in answer["MetricDataResults"]] == [("e1", "twice")]


async def test_the_newest_value_comes_first_unless_the_oldest_is_asked_for(two_metrics, data):
    newest = await data(order="TimestampDescending", m1=("first", "Sum"))
    oldest = await data(order="TimestampAscending", m1=("first", "Sum"))
    assert newest["m1"]["Values"] == [9, 3, 1]
    assert oldest["m1"]["Values"] == [1, 3, 9]
    assert oldest["m1"]["Timestamps"] == sorted(newest["m1"]["Timestamps"])


@pytest.mark.parametrize(
    ("queries", "labels"),
    [
        ([("first", "Sum")], ["first"]),
        ([("first", "Sum"), ("second", "Sum")], ["first", "second"]),
        ([("first", "Sum"), ("first", "Minimum")], ["first Sum", "first Minimum"]),
        ([("first", "Sum", 60), ("first", "Sum", 300)], ["first 60", "first 300"]),
        ([("first", "Sum", 60), ("first", "Minimum", 300)], ["first Sum 60", "first Minimum 300"]),
    ],
)
async def test_labels_say_what_differs(queries, labels, two_metrics, data):
    found = await data(**{f"q{number}": query for number, query in enumerate(queries)})
    assert [one["Label"] for one in found.values()] == labels


async def test_a_label_may_hold_figures_and_properties(put, data):
    await put("first", [1.0, 4.0])
    metric = {"Namespace": "app", "MetricName": "first"}
    stat = {"Metric": metric, "Period": 60, "Stat": "Maximum"}
    label = "${LABEL} of ${PROP('Namespace')} at most ${MAX}"
    found = await data(m1={"MetricStat": stat, "Label": label})
    assert found["m1"]["Label"] == "first of app at most 4"


async def test_a_search_finds_metrics_by_schema_and_words(put, data):
    for shop in ("berlin-north", "paris"):
        for metric in ("Orders", "Errors"):
            await put(metric, 1.0, Dimensions=[{"Name": "Shop", "Value": shop}])
    await put("Orders", 1.0)
    found = await data(e="SUM(SEARCH('{app,Shop} MetricName=\"Orders\"', 'Sum', 60))")
    assert found["e"]["Values"] == [2]
    found = await data(e="SEARCH('{app,Shop} berlin Orders', 'Sum', 60)")
    assert (found["e"]["Label"], found["e"]["Values"]) == ("Orders", [1])


async def test_pages_hold_as_many_datapoints_as_asked_for(two_metrics, cloudwatch, clock):
    now_s = clock.now_ms() / 1_000
    metrics = {id: {"Namespace": "app", "MetricName": name} for id, name in (("a", "first"), ("b", "second"))}
    queries = [
        {"Id": id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}
        for id, metric in metrics.items()
    ]
    window = {"StartTime": now_s - 600, "EndTime": now_s + 60, "ScanBy": "TimestampAscending"}
    pages, token = [], {}
    while token is not None:
        page = await cloudwatch.get_metric_data(MetricDataQueries=queries, MaxDatapoints=4, **window, **token)
        pages.append([one["Values"] for one in page["MetricDataResults"]])
        token = {"NextToken": page["NextToken"]} if "NextToken" in page else None
    assert pages == [[[1, 3, 9], [2]], [[], [2, 2]]]


@pytest.mark.parametrize(
    ("queries", "text"),
    [
        ({"e": "m1 +"}, "Error in expression 'e'"),
        ({"e": "unknown * 2"}, "Unrecognized name 'unknown'"),
        ({"e": "FROBNICATE(1)"}, "Unrecognized function 'FROBNICATE'"),
        ({"e": "ANOMALY_DETECTION_BAND(e)"}, "Error in expression 'e'"),
        ({"a": "b", "b": "a"}, "refers to itself"),
        ({"e": "AVG(TIME_SERIES(1))"}, "must return a time series"),
        ({"Upper": ("first", "Sum")}, "not matching the expected pattern"),
        ({"m1": ("first", "median")}, "Stat is not supported"),
        ({"m1": ("first", "Sum", 45)}, "Period is invalid"),
    ],
)
async def test_queries_that_make_no_sense_are_refused(queries, text, data):
    with pytest.raises(ClientError, match=text) as refused:
        await data(**queries)
    assert "Validation" in refused.value.response["Error"]["Code"]


async def test_a_long_time_by_the_second_is_answered_and_bounded(put, cloudwatch, clock):
    await put("first", 1.0, StorageResolution=1)
    now_s = clock.now_ms() / 1_000
    stat = {"Metric": {"Namespace": "app", "MetricName": "first"}, "Period": 1, "Stat": "Sum"}
    answer = await cloudwatch.get_metric_data(
        MetricDataQueries=[
            {"Id": "m1", "MetricStat": stat, "ReturnData": False},
            {"Id": "e", "Expression": "m1 * DATAPOINT_COUNT(FILL(m1, 0))"},
        ],
        StartTime=0,
        EndTime=now_s + 1,
    )
    assert answer["MetricDataResults"][0]["Values"] == [100_800]
