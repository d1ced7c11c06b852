"""What a configuration may be, and what it becomes."""

import pytest

from sundog.errors import AwsError, UnsupportedOperation
from sundog.scope import Scope
from sundog.services.lambda_.configuration import (
    RESERVED_VARIABLES,
    changed_settings,
    check_configuration,
    check_new_package,
    check_supported,
    check_tags,
    new_settings,
)

ROLE = "arn:aws:iam::000000000000:role/r"
GOOD = {"Runtime": "python3.12", "Handler": "h.f", "Role": ROLE}


def refusal(**request):
    with pytest.raises(AwsError) as caught:
        check_new_package(GOOD | request)
        check_configuration(GOOD | request)
    return caught.value.message


def test_a_new_function_has_aws_defaults():
    settings = new_settings(Scope(), "f", GOOD)
    assert settings["MemorySize"] == 128
    assert settings["Timeout"] == 3
    assert settings["EphemeralStorage"] == {"Size": 512}
    assert settings["Architectures"] == ["x86_64"]
    assert settings["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"}
    assert "Environment" not in settings


def test_runtime_and_handler_are_wanted_of_a_new_function():
    message = "Runtime and Handler are mandatory parameters for functions created with deployment packages."
    assert refusal(Runtime=None) == message
    check_configuration({})


@pytest.mark.parametrize("name", sorted(RESERVED_VARIABLES)[:3])
def test_reserved_variables_cannot_be_set(name):
    assert refusal(Environment={"Variables": {name: "x", "mine": "y"}}).endswith(
        f"Reserved keys used in this request: {name}"
    )


def test_the_environment_is_bounded_by_4_kilobytes_of_json():
    check_configuration(GOOD | {"Environment": {"Variables": {"LARGE_VAR": "x" * 4080}}})
    assert "exceeded the 4KB limit" in refusal(Environment={"Variables": {"LARGE_VAR": "x" * 4081}})


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"MemorySize": 10_241}, "'MemorySize' value failed to satisfy constraint"),
        ({"Timeout": 901}, "Value '901' at 'timeout' failed to satisfy constraint"),
        ({"EphemeralStorage": {"Size": 10_241}}, "Value '10241' at 'ephemeralStorage.size'"),
        ({"Runtime": "python2.7"}, "The runtime parameter of python2.7 is no longer supported"),
        ({"Runtime": "cobol"}, "Value cobol at 'runtime' failed to satisfy constraint"),
        ({"Layers": ["l"] * 6}, "Cannot reference more than 5 layers."),
    ],
)
def test_values_out_of_range_are_refused(members, text):
    assert text in refusal(**members)


@pytest.mark.parametrize(
    "members",
    [
        {"FileSystemConfigs": [{"Arn": "a", "LocalMountPath": "/mnt/x"}]},
        {"DurableConfig": {"ExecutionTimeout": 1}},
    ],
)
def test_what_is_not_built_is_refused_by_name(members):
    with pytest.raises(UnsupportedOperation):
        check_supported(GOOD | members)


def test_levels_belong_to_json_logs():
    settings = new_settings(Scope(), "f", GOOD)
    as_json = changed_settings(Scope(), settings, {"LoggingConfig": {"LogFormat": "JSON"}})
    assert as_json["LoggingConfig"]["ApplicationLogLevel"] == "INFO"
    back = changed_settings(Scope(), as_json, {"LoggingConfig": {"LogFormat": "Text"}})
    assert back["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"}
    with pytest.raises(AwsError, match="LogLevel is only supported when LogFormat is set to JSON"):
        changed_settings(Scope(), settings, {"LoggingConfig": {"ApplicationLogLevel": "DEBUG"}})


def test_an_empty_value_takes_a_setting_away():
    request = GOOD | {"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:000000000000:q"}}
    settings = new_settings(Scope(), "f", request)
    assert settings["DeadLetterConfig"] == request["DeadLetterConfig"]
    assert "DeadLetterConfig" not in changed_settings(Scope(), settings, {"DeadLetterConfig": {}})
    assert changed_settings(Scope(), settings, {}) == settings


def test_snap_start_wants_a_runtime_that_has_it():
    with pytest.raises(AwsError, match=r"python3.11 is not supported for SnapStart enabled functions\."):
        new_settings(
            Scope(), "f", GOOD | {"Runtime": "python3.11", "SnapStart": {"ApplyOn": "PublishedVersions"}}
        )


def test_a_function_has_50_tags_at_most():
    check_tags({str(n): "" for n in range(50)})
    with pytest.raises(AwsError, match="Number of tags exceeds resource tag limit"):
        check_tags({str(n): "" for n in range(51)})
