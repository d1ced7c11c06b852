"""TestState: one state run alone, with mocks, shown step by step."""

import json

TASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::events:putEvents",
    "Parameters": {"Entries.$": "$.Entries"},
    "End": True,
}


def tried(sfn, state, **more):
    return sfn.test_state(definition=json.dumps(state), **more)


async def test_every_step_of_data_flow_is_shown(sfn):
    state = {
        "Type": "Pass",
        "InputPath": "$.a",
        "Parameters": {"b.$": "$.b"},
        "ResultPath": "$.c",
        "Next": "Other",
    }
    answer = await tried(sfn, state, input='{"a": {"b": 1}}', inspectionLevel="DEBUG")
    steps = {name: json.loads(text) for name, text in answer["inspectionData"].items()}
    assert steps == {
        "input": {"a": {"b": 1}},
        "afterInputPath": {"b": 1},
        "afterParameters": {"b": 1},
        "afterResultSelector": {"b": 1},
        "afterResultPath": {"a": {"b": 1}, "c": {"b": 1}},
    }
    assert json.loads(answer["output"]) == steps["afterResultPath"]
    assert (answer["status"], answer["nextState"]) == ("SUCCEEDED", "Other")


async def test_a_mocked_result_must_look_like_what_the_api_answers(sfn, refusal):
    mock = {"result": '{"Entries": [{"EventId": 1}]}'}
    code, message = await refusal(tried(sfn, TASK, input='{"Entries": []}', mock=mock))
    assert code == "ValidationException"
    assert message == "Mock result schema validation error: Field 'EventId' must be a string"


async def test_a_mocked_result_is_anything_where_no_validation_is_asked_for(sfn):
    mock = {"result": '{"Entries": 1}', "fieldValidationMode": "NONE"}
    answer = await tried(sfn, TASK, input='{"Entries": []}', mock=mock)
    assert json.loads(answer["output"]) == {"Entries": 1}


async def test_a_mocked_error_is_retried_after_the_back_off_of_its_attempt(sfn):
    state = {**TASK, "Retry": [{"ErrorEquals": ["Oops"], "BackoffRate": 3, "MaxAttempts": 3}]}
    answer = await tried(
        sfn,
        state,
        input='{"Entries": []}',
        inspectionLevel="DEBUG",
        mock={"errorOutput": {"error": "Oops", "cause": "why"}},
        stateConfiguration={"retrierRetryCount": 2},
    )
    assert answer["status"] == "RETRIABLE"
    assert answer["inspectionData"]["errorDetails"] == {"retryIndex": 0, "retryBackoffIntervalSeconds": 9}


async def test_a_mocked_error_is_caught(sfn):
    state = {**TASK, "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "Sorry"}]}
    mock = {"errorOutput": {"error": "Oops", "cause": "why"}}
    answer = await tried(sfn, state, input='{"Entries": []}', mock=mock)
    assert (answer["status"], answer["nextState"]) == ("CAUGHT_ERROR", "Sorry")
    assert json.loads(answer["output"]) == {"Entries": [], "e": {"Error": "Oops", "Cause": "why"}}


async def test_a_map_fails_when_more_items_failed_than_it_tolerates(sfn):
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "End": True}},
    }
    state = {"Type": "Map", "ItemProcessor": processor, "ToleratedFailureCount": 1, "End": True}
    answer = await tried(
        sfn,
        state,
        input="[1, 2, 3]",
        mock={"result": "[1, 2, 3]"},
        stateConfiguration={"mapIterationFailureCount": 2},
    )
    assert (answer["status"], answer["error"]) == ("FAILED", "States.ExceedToleratedFailureThreshold")


async def test_a_state_inside_a_whole_machine_is_found_by_its_name(sfn, refusal):
    machine = {"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "E", "Cause": "C"}}}
    answer = await tried(sfn, machine, stateName="A")
    assert (answer["status"], answer["error"], answer["cause"]) == ("FAILED", "E", "C")
    code, message = await refusal(tried(sfn, machine, stateName="B"))
    assert (code, message) == ("ValidationException", "State not found in definition")


async def test_states_without_work_take_no_mock(sfn, refusal):
    answer = await refusal(tried(sfn, {"Type": "Succeed"}, mock={"result": "1"}))
    assert answer == ("ValidationException", "State type 'Succeed' is not supported when a mock is specified")


async def test_a_task_without_a_mock_is_really_called(sfn, client):
    url = (await client("sqs").create_queue(QueueName="q"))["QueueUrl"]
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": url, "MessageBody.$": "$"},
        "End": True,
    }
    answer = await tried(sfn, state, input='"hello"', roleArn="arn:aws:iam::000000000000:role/r")
    assert answer["status"] == "SUCCEEDED"
    received = await client("sqs").receive_message(QueueUrl=url)
    assert received["Messages"][0]["Body"] == "hello"
