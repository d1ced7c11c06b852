"""History in CloudWatch Logs, as much of it as the machine's configuration asks for."""

import json

import pytest

GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/vendedlogs/states/m:*"
FAILING = {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Fail", "Error": "E"}}


@pytest.fixture
def logged(client, machine, sfn, clock):
    """``await logged("ERROR", data=False, type="EXPRESS")``: what one failing execution writes."""

    async def read(level, *, data=False, **more):
        logs = client("logs")
        await logs.create_log_group(logGroupName="/aws/vendedlogs/states/m")
        logging = {
            "level": level,
            "includeExecutionData": data,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": GROUP}}],
        }
        arn = await machine(FAILING, loggingConfiguration=logging, **more)
        await sfn.start_execution(stateMachineArn=arn, input='{"a": 1}')
        await clock.run_until_idle()
        found = await logs.filter_log_events(logGroupName="/aws/vendedlogs/states/m")
        return [json.loads(event["message"]) for event in found["events"]]

    return read


async def test_all_events_are_written_in_their_order(logged):
    types = [record["type"] for record in await logged("ALL")]
    assert types == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "FailStateEntered",
        "ExecutionFailed",
    ]


async def test_errors_only_are_what_went_wrong(logged):
    assert [r["type"] for r in await logged("ERROR")] == ["FailStateEntered", "ExecutionFailed"]


async def test_fatal_is_the_end_of_an_execution_that_failed(logged):
    [record] = await logged("FATAL")
    assert record["type"] == "ExecutionFailed"
    assert (record["id"], record["previous_event_id"]) == ("5", "4")


@pytest.mark.parametrize("data", [True, False])
async def test_payloads_are_written_only_where_they_are_asked_for(logged, data):
    started = (await logged("ALL", data=data))[0]
    assert ("input" in started["details"]) is data


async def test_express_executions_are_logged_too(logged):
    records = await logged("ALL", type="EXPRESS")
    assert records[-1]["type"] == "ExecutionFailed"
    assert ":express:m:" in records[-1]["execution_arn"]


async def test_records_say_how_often_the_execution_was_redriven(logged, sfn, client, clock):
    arn = (await logged("FATAL"))[0]["execution_arn"]
    await sfn.redrive_execution(executionArn=arn)
    await clock.run_until_idle()
    found = await client("logs").filter_log_events(logGroupName="/aws/vendedlogs/states/m")
    records = [json.loads(event["message"]) for event in found["events"]]
    assert [record["redrive_count"] for record in records] == ["0", "1"]
