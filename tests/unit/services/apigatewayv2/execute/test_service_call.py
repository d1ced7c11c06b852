"""Parameters of AWS service integrations, as the operation's request."""

import pytest

from sundog.services.apigatewayv2.execute.service_call import write_parameters
from sundog.services.apigatewayv2.subtypes import SUBTYPES


@pytest.mark.parametrize(
    ("name", "values", "request_"),
    [
        (
            "EventBridge-PutEvents",
            {"Detail": "{}", "DetailType": "t", "Source": "s", "Resources": '["a"]'},
            {"Entries": [{"Detail": "{}", "DetailType": "t", "Source": "s", "Resources": ["a"]}]},
        ),
        (
            "SQS-SendMessage",
            {"QueueUrl": "q", "MessageBody": "1", "DelaySeconds": "5"},
            {"QueueUrl": "q", "MessageBody": "1", "DelaySeconds": 5},
        ),
        (
            "StepFunctions-StopExecution",
            {"ExecutionArn": "e", "Cause": "c"},
            {"executionArn": "e", "cause": "c"},
        ),
        (
            "Kinesis-PutRecord",
            {"StreamName": "s", "Data": "eA==", "PartitionKey": "p"},
            {"StreamName": "s", "Data": "eA==", "PartitionKey": "p"},
        ),
    ],
)
def test_parameters_become_the_request(name, values, request_):
    assert write_parameters(SUBTYPES[name], values) == request_


@pytest.mark.parametrize("text", ["", "x", "1.5", "٣", "9" * 5_000, "--1", "1 "])
def test_a_number_is_a_number(text):
    with pytest.raises(ValueError, match="DelaySeconds is not a number"):
        write_parameters(SUBTYPES["SQS-SendMessage"], {"DelaySeconds": text})


def test_a_structure_is_json():
    with pytest.raises(ValueError, match="MessageAttributes is not JSON"):
        write_parameters(SUBTYPES["SQS-SendMessage"], {"MessageAttributes": "{"})
