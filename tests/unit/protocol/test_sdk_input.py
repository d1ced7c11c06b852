"""Parameters in the spelling of SDK integrations become parameters of the model."""

import pytest

from sundog.protocol.models import Models
from sundog.protocol.sdk_input import InvalidInput, find_operation, read_input


@pytest.fixture(scope="module")
def read(models):
    def call(service, action, value):
        return read_input(find_operation(models.get(service), action), value)

    return call


@pytest.mark.parametrize("name", ["StateMachineArn", "stateMachineArn"])
def test_the_case_of_a_members_first_letter_does_not_matter(read, name):
    assert read("stepfunctions", "startExecution", {name: "a"}) == {"stateMachineArn": "a"}


def test_a_blob_is_its_text_or_its_json(read):
    asked = {"FunctionName": "f", "Payload": "{}"}
    assert read("lambda", "invoke", asked)["Payload"] == b"{}"
    assert read("lambda", "invoke", {**asked, "Payload": {"a": 1}})["Payload"] == b'{"a":1}'


def test_times_are_seconds_or_iso_8601(read):
    for time in (1.5, "1970-01-01T00:00:01.5Z"):
        asked = {"Entries": [{"Time": time, "Detail": "{}"}]}
        assert read("events", "putEvents", asked)["Entries"][0]["Time"] == 1_500


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "The input must be a JSON object."),
        ({"QueueUrl": 1}, "The value of QueueUrl must be of type string."),
        ({"DelaySeconds": True}, "The value of DelaySeconds must be of type integer."),
        ({"Colour": "red"}, "The field Colour is not known."),
        ({"MessageAttributes": []}, "The value of MessageAttributes must be a map."),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(read, value, message):
    with pytest.raises(InvalidInput) as caught:
        read("sqs", "sendMessage", value)
    assert caught.value.message == message


def test_an_unknown_action_is_none():
    assert find_operation(Models().get("sqs"), "dance") is None
