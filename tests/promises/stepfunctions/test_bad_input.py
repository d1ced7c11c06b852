"""Rubbish in definitions, inputs and parameters is refused in AWS's words, and never breaks an execution."""

import json

import pytest

from sundog.lang.plain_json import DEPTH_MAX

HAS_B = {"Variable": "$.b", "IsPresent": True}
ECHO = {"P": {"Type": "Pass", "End": True}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": NaN}', "Non-standard token 'NaN'"),
        ('{"a": 1e999}', "Numeric value (1e999) out of range"),
        (f'{{"a": {"9" * 1_001}}}', "Number value length (1001) exceeds the maximum allowed"),
        ('{"a": "\\ud800"}', "Incomplete surrogate pair"),
        ("[" * 500 + "]" * 500, "Document nesting depth exceeds"),
        ("[" * 100_000 + "]" * 100_000, "Document nesting depth exceeds"),
    ],
)
async def test_an_input_that_is_no_plain_json_is_refused(sfn, machine, refusal, text, said):
    arn = await machine(ECHO)
    code, message = await refusal(sfn.start_execution(stateMachineArn=arn, input=text))
    assert code == "InvalidExecutionInput"
    assert said in message


async def test_whole_numbers_beyond_64_bits_are_floating_point_numbers(sfn, machine, clock):
    arn = await machine(ECHO)
    started = await sfn.start_execution(stateMachineArn=arn, input=f'[{10**30}, {2**63}, "\\ud83d\\ude00"]')
    await clock.run_until_idle()
    ended = await sfn.describe_execution(executionArn=started["executionArn"])
    assert json.loads(ended["output"]) == [1e30, 2**63, "\U0001f600"]


async def test_data_may_have_as_many_levels_as_can_be_stored(machine, run):
    value = []
    for _ in range(DEPTH_MAX - 1):
        value = [value]
    branches = [{"StartAt": "Q", "States": {"Q": {"Type": "Wait", "Seconds": 1, "End": True}}}]
    states = {"P": {"Type": "Parallel", "Branches": branches, "ResultPath": None, "End": True}}
    ended = await run(await machine(states), value)
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", value)


async def test_data_that_gets_deeper_and_deeper_ends_the_execution(machine, run):
    states = {
        "P": {"Type": "Pass", "Parameters": {"a.$": "$"}, "Next": "C"},
        "C": {"Type": "Choice", "Choices": [{**HAS_B, "Next": "S"}], "Default": "P"},
        "S": {"Type": "Succeed"},
    }
    ended = await run(await machine(states), {})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.DataLimitExceeded")


@pytest.mark.parametrize("wrong", [True, 5, "x", ["a"]])
async def test_what_is_assigned_is_an_object(machine, refusal, wrong):
    code, message = await refusal(machine({"P": {**ECHO["P"], "Assign": wrong}}))
    assert code == "InvalidDefinition"
    assert "Expected value of type Object at /States/P/Assign" in message


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ("x", "[The Parameters must be a valid JSON object]"),
        ({"DelaySeconds": "soon"}, "[The value for the field 'DelaySeconds' must be an INTEGER]"),
        ({"DelaySeconds": 1.5}, "[The value for the field 'DelaySeconds' must be an INTEGER]"),
        (
            {"MessageAttributes": [1]},
            "[The value for the field 'MessageAttributes' must be a valid JSON object]",
        ),
        ({"MessageAttributes": {"a": 1}}, "[The value for the field 'a' must be a valid JSON object]"),
    ],
)
async def test_parameters_of_a_wrong_type_fail_the_task(machine, run, parameters, said):
    task = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
    ended = await run(await machine({"T": {**task, "Parameters": parameters}}))
    assert ended["error"] == "States.Runtime"
    assert said in ended["cause"]


@pytest.mark.parametrize(
    ("resource", "parameters"),
    [
        ("lambda:invoke", {"FunctionName": {"a": 1}}),
        ("lambda:invoke", {"FunctionName": True, "LogType": []}),
        ("http:invoke", {"Method": 5, "ApiEndpoint": [], "Authentication": "x"}),
        ("http:invoke", {"Method": "GET", "ApiEndpoint": "https://x", "Headers": ["a"]}),
        ("apigateway:invoke", {"Method": ["GET"], "ApiEndpoint": "x"}),
        ("apigateway:invoke", {"Method": "GET", "ApiEndpoint": "x", "QueryParameters": 5}),
        ("sns:publish", {"TopicArn": {}, "Message": None}),
        ("events:putEvents", {"Entries": "x"}),
        ("states:startExecution", {"StateMachineArn": 5, "Input": []}),
    ],
)
async def test_rubbish_as_parameters_is_a_failure_of_the_task(machine, run, resource, parameters):
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "End": True}
    ended = await run(await machine({"T": {**task, "Parameters": parameters}}))
    assert ended["status"] == "FAILED"
    assert ended["error"]


async def test_an_output_that_is_no_json_is_refused(sfn, machine, refusal, client, clock):
    url = (await client("sqs").create_queue(QueueName="q"))["QueueUrl"]
    resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
    asked = {"QueueUrl": url, "MessageBody.$": "$$.Task.Token"}
    arn = await machine({"T": {"Type": "Task", "Resource": resource, "Parameters": asked, "End": True}})
    await sfn.start_execution(stateMachineArn=arn)
    await clock.settle()
    [message] = (await client("sqs").receive_message(QueueUrl=url))["Messages"]
    code, text = await refusal(sfn.send_task_success(taskToken=message["Body"], output="{nonsense"))
    assert code == "InvalidOutput"
    assert "was expecting double-quote to start field name" in text
