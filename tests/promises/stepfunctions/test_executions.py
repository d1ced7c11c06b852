"""Executions: starting, ending, stopping, time limits, history."""

import json

PASS = {"P": {"Type": "Pass", "End": True}}
HOUR = {"W": {"Type": "Wait", "Seconds": 3_600, "End": True}}
YEAR_MS = 365 * 24 * 3_600_000


async def test_an_execution_answers_its_input_when_nothing_changes_it(machine, run):
    done = await run(await machine(PASS), {"a": [1, None]})
    assert (done["status"], done["output"]) == ("SUCCEEDED", '{"a":[1,null]}')


async def test_a_name_with_the_same_input_is_the_same_execution_while_it_runs(sfn, machine):
    arn = await machine(HOUR)
    first = await sfn.start_execution(stateMachineArn=arn, name="n", input="{}")
    again = await sfn.start_execution(stateMachineArn=arn, name="n", input="{}")
    assert again["executionArn"] == first["executionArn"]
    assert len((await sfn.list_executions(stateMachineArn=arn))["executions"]) == 1


async def test_a_name_with_another_input_is_refused(sfn, machine, refusal):
    arn = await machine(HOUR)
    first = await sfn.start_execution(stateMachineArn=arn, name="n", input="{}")
    code, message = await refusal(sfn.start_execution(stateMachineArn=arn, name="n", input="[]"))
    assert code == "ExecutionAlreadyExists"
    assert message == f"Execution Already Exists: '{first['executionArn']}'"


async def test_input_that_is_no_json_is_refused(sfn, machine, refusal):
    code, message = await refusal(sfn.start_execution(stateMachineArn=await machine(PASS), input="{"))
    assert code == "InvalidExecutionInput"
    assert message.startswith("Invalid State Machine Execution Input: '")


async def test_a_wait_of_a_year_takes_one_advance_of_the_clock(sfn, machine, clock):
    arn = await machine({"W": {"Type": "Wait", "Seconds": 31_536_000, "End": True}})
    started = await sfn.start_execution(stateMachineArn=arn)
    await clock.advance(YEAR_MS - 1)
    assert (await sfn.describe_execution(executionArn=started["executionArn"]))["status"] == "RUNNING"
    await clock.advance(1)
    assert (await sfn.describe_execution(executionArn=started["executionArn"]))["status"] == "SUCCEEDED"


async def test_a_stopped_execution_is_aborted_with_error_and_cause(sfn, machine, history):
    started = await sfn.start_execution(stateMachineArn=await machine(HOUR))
    arn = started["executionArn"]
    await sfn.stop_execution(executionArn=arn, error="E", cause="because")
    found = await sfn.describe_execution(executionArn=arn)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "E", "because")
    last = (await history(arn))[-1]
    assert last["type"] == "ExecutionAborted"
    assert last["executionAbortedEventDetails"] == {"error": "E", "cause": "because"}


async def test_timeout_seconds_of_the_machine_end_it(sfn, clock):
    text = json.dumps({"StartAt": "W", "TimeoutSeconds": 60, "States": HOUR})
    role = "arn:aws:iam::000000000000:role/machine"
    arn = (await sfn.create_state_machine(name="m", definition=text, roleArn=role))["stateMachineArn"]
    started = await sfn.start_execution(stateMachineArn=arn)
    await clock.advance(60_000)
    assert (await sfn.describe_execution(executionArn=started["executionArn"]))["status"] == "TIMED_OUT"


async def test_history_comes_in_pages_and_backwards(sfn, machine, run):
    done = await run(await machine(PASS))
    arn = done["executionArn"]
    first = await sfn.get_execution_history(executionArn=arn, maxResults=3)
    rest = await sfn.get_execution_history(executionArn=arn, nextToken=first["nextToken"])
    forward = [event["id"] for event in (*first["events"], *rest["events"])]
    backward = (await sfn.get_execution_history(executionArn=arn, reverseOrder=True))["events"]
    assert forward == [1, 2, 3, 4] == [event["id"] for event in reversed(backward)]


async def test_a_choice_without_a_match_fails(machine, run):
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "P"}]}
    done = await run(await machine({"C": choice, **PASS}), {"n": 2})
    assert (done["status"], done["error"]) == ("FAILED", "States.NoChoiceMatched")


async def test_a_parallel_answers_what_its_branches_answer_in_their_order(machine, run):
    def branch(value):
        return {
            "StartAt": f"B{value}",
            "States": {f"B{value}": {"Type": "Pass", "Result": value, "End": True}},
        }

    state = {"Type": "Parallel", "Branches": [branch(2), branch(1)], "End": True}
    assert (await run(await machine({"X": state})))["output"] == "[2,1]"


async def test_variables_set_outside_are_seen_inside_a_map(machine, run):
    inner = {
        "I": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input + $n %}", "End": True}
    }
    states = {
        "V": {"Type": "Pass", "Assign": {"n": 10}, "Next": "M"},
        "M": {"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": inner}, "End": True},
    }
    assert (await run(await machine(states), [1, 2]))["output"] == "[11,12]"


async def test_more_than_25000_events_fail_the_execution(machine, run):
    leave = [{"Variable": "$.n", "IsPresent": True, "Next": "S"}]
    states = {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": leave, "Default": "A"},
        "S": {"Type": "Succeed"},
    }
    done = await run(await machine(states), {})
    assert (done["status"], done["error"]) == ("FAILED", "States.Runtime")
    assert "25000" in done["cause"].replace(",", "")


async def test_an_end_is_told_on_the_default_bus(client, sfn, machine, run, clock):
    events, sqs = client("events"), client("sqs")
    url = (await sqs.create_queue(QueueName="told"))["QueueUrl"]
    queue = "arn:aws:sqs:us-east-1:000000000000:told"
    await events.put_rule(Name="r", EventPattern='{"source": ["aws.states"]}')
    await events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": queue}])
    await run(await machine(PASS))
    await clock.settle()
    got = (await sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10))["Messages"]
    told = {json.loads(one["Body"])["detail"]["status"] for one in got}
    assert told == {"RUNNING", "SUCCEEDED"}


async def test_an_express_execution_is_answered_when_it_is_over(sfn, machine):
    arn = await machine({"R": {"Type": "Pass", "Result": {"ok": True}, "End": True}}, type="EXPRESS")
    done = await sfn.start_sync_execution(stateMachineArn=arn, input="{}")
    assert (done["status"], done["output"]) == ("SUCCEEDED", '{"ok":true}')
    assert ":express:m:" in done["executionArn"]


async def test_a_standard_machine_is_not_run_synchronously(sfn, machine, refusal):
    code, _ = await refusal(sfn.start_sync_execution(stateMachineArn=await machine(PASS)))
    assert code == "StateMachineTypeNotSupported"


async def test_a_machine_whose_name_is_not_ascii_has_no_metrics_and_takes_none_from_others(
    machine, run, client, clock
):
    done = {"A": {"Type": "Succeed"}}
    arns = [await machine(done, name=name) for name in ("größe", "m")]
    for arn in arns:
        await run(arn)
    found = await client("cloudwatch").list_metrics(Namespace="AWS/States", MetricName="ExecutionsStarted")
    assert [metric["Dimensions"][0]["Value"] for metric in found["Metrics"]] == [arns[1]]
