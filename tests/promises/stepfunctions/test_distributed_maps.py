"""Distributed Maps: child executions, map runs, batches, tolerated failures."""

import json


def distributed(states, **more):
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": next(iter(states)),
        "States": states,
    }
    return {"M": {"Type": "Map", "ItemProcessor": processor, "End": True, **more}}


ECHO = {"A": {"Type": "Pass", "End": True}}
FAIL = {"A": {"Type": "Fail", "Error": "Oops"}}
ODD_FAILS = {
    "C": {
        "Type": "Choice",
        "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "F"}],
        "Default": "A",
    },
    "F": {"Type": "Fail", "Error": "Oops"},
    **ECHO,
}


async def the_run(sfn, execution):
    [run] = (await sfn.list_map_runs(executionArn=execution["executionArn"]))["mapRuns"]
    return await sfn.describe_map_run(mapRunArn=run["mapRunArn"])


async def test_results_come_in_the_order_of_the_items(sfn, machine, run):
    arn = await machine(distributed(ECHO, MaxConcurrency=2))
    ended = await run(arn, list(range(120)))
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", list(range(120)))
    counts = (await the_run(sfn, ended))["itemCounts"]
    assert (counts["succeeded"], counts["total"], counts["pending"]) == (120, 120, 0)


async def test_items_are_selected_and_batched(machine, run):
    more = {
        "ItemSelector": {"n.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index"},
        "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"who.$": "$$.StateMachine.Name"}},
    }
    ended = await run(await machine(distributed(ECHO, **more)), [7, 8, 9])
    assert json.loads(ended["output"]) == [
        {"BatchInput": {"who": "m"}, "Items": [{"n": 7, "i": 0}, {"n": 8, "i": 1}]},
        {"BatchInput": {"who": "m"}, "Items": [{"n": 9, "i": 2}]},
    ]


async def test_one_failure_is_too_much_where_none_is_tolerated(sfn, machine, run, history):
    ended = await run(await machine(distributed(FAIL)), [1])
    assert (ended["status"], ended["error"]) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    types = [event["type"] for event in await history(ended["executionArn"])]
    assert types[-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]
    assert (await the_run(sfn, ended))["status"] == "FAILED"


async def test_tolerated_failures_leave_the_rest_of_the_results(sfn, machine, run):
    ended = await run(await machine(distributed(ODD_FAILS, ToleratedFailureCount=1)), [0, 1, 2])
    assert json.loads(ended["output"]) == [0, 2]
    counts = (await the_run(sfn, ended))["executionCounts"]
    assert (counts["succeeded"], counts["failed"]) == (2, 1)


async def test_stopping_the_execution_aborts_its_children(sfn, machine, clock):
    waiting = {"W": {"Type": "Wait", "Seconds": 1_000, "End": True}}
    arn = await machine(distributed(waiting))
    started = await sfn.start_execution(stateMachineArn=arn, input="[1, 2]")
    await clock.advance(1_000)
    assert (await the_run(sfn, started))["itemCounts"]["running"] == 2
    await sfn.stop_execution(executionArn=started["executionArn"])
    await clock.settle()
    described = await the_run(sfn, started)
    assert (described["status"], described["itemCounts"]["aborted"]) == ("ABORTED", 2)


async def test_a_raised_limit_lets_more_children_run(sfn, machine, clock):
    waiting = {"W": {"Type": "Wait", "Seconds": 1_000, "End": True}}
    arn = await machine(distributed(waiting, MaxConcurrency=1))
    started = await sfn.start_execution(stateMachineArn=arn, input="[1, 2, 3]")
    await clock.advance(1_000)
    described = await the_run(sfn, started)
    assert described["itemCounts"]["running"] == 1
    await sfn.update_map_run(mapRunArn=described["mapRunArn"], maxConcurrency=2)
    await clock.settle()
    assert (await the_run(sfn, started))["itemCounts"]["running"] == 2


async def test_without_s3_a_reader_fails_and_says_so(machine, run):
    reader = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}}
    ended = await run(await machine(distributed(ECHO, ItemReader=reader)), {})
    assert ended["error"] == "States.ItemReaderFailed"
    assert ended["cause"].startswith("sundog does not support the service s3.")


async def test_children_see_no_variables_of_their_parent(machine, run):
    start = {"S": {"Type": "Pass", "Assign": {"v": 1}, "Next": "M"}}
    states = {"A": {"Type": "Pass", "Parameters": {"x.$": "$v"}, "End": True}}
    ended = await run(await machine({**start, **distributed(states)}), [5])
    assert ended["error"] == "States.ExceedToleratedFailureThreshold"


async def test_children_are_listed_by_their_map_run(sfn, machine, run):
    ended = await run(await machine(distributed(ODD_FAILS, ToleratedFailureCount=1)), [0, 1, 2])
    arn = (await the_run(sfn, ended))["mapRunArn"]
    children = (await sfn.list_executions(mapRunArn=arn))["executions"]
    assert [child["status"] for child in children] == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
    assert {child["mapRunArn"] for child in children} == {arn}
    failed = (await sfn.list_executions(mapRunArn=arn, statusFilter="FAILED"))["executions"]
    assert [child["executionArn"] for child in failed] == [children[1]["executionArn"]]


async def test_items_in_batches_are_counted_as_items(sfn, machine, run):
    ended = await run(await machine(distributed(ECHO, ItemBatcher={"MaxItemsPerBatch": 2})), [7, 8, 9])
    described = await the_run(sfn, ended)
    counted = described["itemCounts"]["succeeded"], described["executionCounts"]["succeeded"]
    assert counted == (3, 2)


async def test_members_of_an_object_are_items_with_their_key(machine, run):
    selector = {"k.$": "$$.Map.Item.Key", "v.$": "$$.Map.Item.Value"}
    plain = await run(await machine(distributed(ECHO)), {"a": 1})
    assert json.loads(plain["output"]) == [{"Key": "a", "Value": 1}]
    ended = await run(await machine(distributed(ECHO, ItemSelector=selector), name="n"), {"a": 1})
    assert json.loads(ended["output"]) == [{"k": "a", "v": 1}]


async def test_executions_are_listed_of_a_machine_or_of_a_map_run(sfn, refusal):
    code, _ = await refusal(sfn.list_executions())
    assert code == "ValidationException"
