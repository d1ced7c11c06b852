"""Event invoke configs: how a function wants its asynchronous events treated."""

import pytest

ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:told"


@pytest.fixture
async def f(engine, create):
    await create("f")


async def test_put_replaces_and_update_keeps(f, functions):
    await functions.put_function_event_invoke_config(
        FunctionName="f", MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": QUEUE}}
    )
    kept = await functions.update_function_event_invoke_config(FunctionName="f", MaximumEventAgeInSeconds=60)
    assert (kept["MaximumRetryAttempts"], kept["MaximumEventAgeInSeconds"]) == (1, 60)
    assert kept["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {"Destination": QUEUE}}
    await functions.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    found = await functions.get_function_event_invoke_config(FunctionName="f")
    assert found["MaximumRetryAttempts"] == 0
    assert "MaximumEventAgeInSeconds" not in found
    assert found["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}
    assert found["FunctionArn"] == f"{ARN}:$LATEST"


async def test_every_qualifier_has_its_own(f, functions):
    await functions.publish_version(FunctionName="f")
    await functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    for qualifier, retries in (("$LATEST", 0), ("1", 1), ("live", 2)):
        await functions.put_function_event_invoke_config(
            FunctionName="f", Qualifier=qualifier, MaximumRetryAttempts=retries
        )
    first = await functions.list_function_event_invoke_configs(FunctionName="f", MaxItems=2)
    second = await functions.list_function_event_invoke_configs(FunctionName="f", Marker=first["NextMarker"])
    found = first["FunctionEventInvokeConfigs"] + second["FunctionEventInvokeConfigs"]
    assert "NextMarker" not in second
    assert {one["FunctionArn"].rpartition(":")[2]: one["MaximumRetryAttempts"] for one in found} == {
        "$LATEST": 0,
        "1": 1,
        "live": 2,
    }


async def test_a_deleted_config_is_gone(f, functions, refusal):
    await functions.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=1)
    await functions.delete_function_event_invoke_config(FunctionName="f")
    missing = "ResourceNotFoundException", f"The function {ARN}:$LATEST doesn't have an EventInvokeConfig"
    assert await refusal(functions.get_function_event_invoke_config(FunctionName="f")) == missing
    assert await refusal(functions.delete_function_event_invoke_config(FunctionName="f")) == missing
    update = functions.update_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=1)
    assert await refusal(update) == missing


async def test_configs_go_with_their_function(f, functions, create, refusal):
    await functions.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=1)
    await functions.delete_function(FunctionName="f")
    await create("f")
    code, _ = await refusal(functions.get_function_event_invoke_config(FunctionName="f"))
    assert code == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"MaximumRetryAttempts": 3}, "ValidationException"),
        ({"MaximumRetryAttempts": -1}, "ValidationException"),
        ({"MaximumEventAgeInSeconds": 59}, "ValidationException"),
        ({"MaximumEventAgeInSeconds": 21_601}, "ValidationException"),
        ({}, "InvalidParameterValueException"),
        ({"DestinationConfig": {"OnSuccess": {"Destination": ARN}}}, "InvalidParameterValueException"),
        ({"DestinationConfig": {"OnSuccess": {"Destination": f"{ARN}2"}}}, "InvalidParameterValueException"),
        ({"MaximumRetryAttempts": 1, "FunctionName": "nobody"}, "ResourceNotFoundException"),
        ({"MaximumRetryAttempts": 1, "Qualifier": "nobody"}, "ResourceNotFoundException"),
    ],
)
async def test_what_makes_no_sense_is_refused(f, client, refusal, asked, code):
    functions = client("lambda", validate=False)
    found, _ = await refusal(functions.put_function_event_invoke_config(**{"FunctionName": "f", **asked}))
    assert found == code


@pytest.mark.parametrize("edges", [(0, 60), (2, 21_600)])
async def test_the_edges_are_allowed(f, functions, edges):
    retries, age_s = edges
    made = await functions.put_function_event_invoke_config(
        FunctionName="f", MaximumRetryAttempts=retries, MaximumEventAgeInSeconds=age_s
    )
    assert (made["MaximumRetryAttempts"], made["MaximumEventAgeInSeconds"]) == edges
