"""What the CloudWatch tests share: a client, and metrics put and read in one line."""

from contextlib import suppress
from dataclasses import replace

import pytest

from sundog.context import Principal
from sundog.scope import Scope
from sundog.services.cloudwatch.service import SERVICE

MINUTE_MS = 60_000


@pytest.fixture
def cloudwatch(client):
    return client("cloudwatch")


@pytest.fixture
def loose(client):
    """A client that sends what boto3 itself would refuse."""
    return client("cloudwatch", validate=False)


@pytest.fixture
def put(cloudwatch, clock):
    """``await put("latency", 1.0, ago_s=60)``: one value, a list of them, or a whole datum."""

    async def put(name="latency", value=1.0, *, ago_s=0, namespace="app", **datum):
        if value is not None:
            datum |= {"Values": value} if isinstance(value, list) else {"Value": value}
        datum.setdefault("Timestamp", (clock.now_ms() - ago_s * 1_000) / 1_000)
        data = [{"MetricName": name, **datum}]
        await cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)

    return put


@pytest.fixture
def jump(clock):
    """Days in one step: nothing that would have happened in between happens, what is due then is done."""

    async def jump(duration_ms):
        clock.restore(0, clock.now_ms() + duration_ms - 1)
        await clock.advance(1)

    return jump


@pytest.fixture
def statistics(cloudwatch, clock):
    """The datapoints of one metric in the last hour, oldest first."""

    async def read(*names, name="latency", namespace="app", ago_s=3_600, period=60, **parameters):
        now_s = clock.now_ms() / 1_000
        plain = [one for one in names if one in ("Average", "Sum", "Minimum", "Maximum", "SampleCount")]
        extended = [one for one in names if one not in plain]
        parameters |= {"Statistics": plain} if plain else {}
        parameters |= {"ExtendedStatistics": extended} if extended else {}
        parameters.setdefault("StartTime", now_s - ago_s)
        parameters.setdefault("EndTime", now_s + 60)
        answer = await cloudwatch.get_metric_statistics(
            Namespace=namespace, MetricName=name, Period=period, **parameters
        )
        return sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])

    return read


@pytest.fixture
def data(cloudwatch, clock):
    """The results of GetMetricData for queries given as keywords: text is an expression."""

    async def read(*, ago_s=600, order="TimestampAscending", **queries):
        now_s = clock.now_ms() // MINUTE_MS * 60
        written = [{"Id": id, **_query(query)} for id, query in queries.items()]
        answer = await cloudwatch.get_metric_data(
            MetricDataQueries=written, StartTime=now_s - ago_s, EndTime=now_s + 60, ScanBy=order
        )
        return {one["Id"]: one for one in answer["MetricDataResults"]}

    return read


def _query(query):
    if isinstance(query, str):
        return {"Expression": query}
    if isinstance(query, tuple):
        name, stat, *rest = query
        metric = {"Namespace": "app", "MetricName": name}
        return {"MetricStat": {"Metric": metric, "Period": rest[0] if rest else 60, "Stat": stat}}
    return query


@pytest.fixture
def alarm(cloudwatch):
    """``await alarm("slow", Threshold=5)``: on the maximum of latency, one minute, one period."""

    async def put(name="slow", **parameters):
        parameters = {
            "Namespace": "app",
            "MetricName": "latency",
            "Statistic": "Maximum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 5.0,
            "ComparisonOperator": "GreaterThanThreshold",
            **parameters,
        }
        await cloudwatch.put_metric_alarm(AlarmName=name, **parameters)

    return put


@pytest.fixture
def state(cloudwatch):
    async def read(name="slow"):
        answer = await cloudwatch.describe_alarms(
            AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        (found,) = answer["MetricAlarms"] + answer["CompositeAlarms"]
        return found["StateValue"]

    return read


@pytest.fixture
def history(cloudwatch):
    """The summaries of what happened to an alarm, oldest first."""

    async def read(name="slow", kind="StateUpdate"):
        answer = await cloudwatch.describe_alarm_history(
            AlarmName=name, HistoryItemType=kind, ScanBy="TimestampAscending"
        )
        return [item["HistorySummary"] for item in answer["AlarmHistoryItems"]]

    return read


@pytest.fixture
def call_on(world):
    """Call an operation in process on a store of the test's own making; nothing where it dies."""

    async def call(make_store, operation, request, death):
        ctx = world.app.system_context(Scope(), Principal.root(Scope().account))
        handlers = {one.name: one.handler for one in SERVICE.operations}
        with suppress(death):
            await handlers[operation](replace(ctx, store=make_store(ctx.store)), request)

    return call
