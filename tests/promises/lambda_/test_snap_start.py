"""SnapStart through the API: a snapshot is taken at publishing, and its failures are AWS's errors."""

import asyncio

import pytest

AFTER = "from snapshot_restore_py import register_after_restore\n"


@pytest.fixture
def publish(create, functions, clock):
    """A version with a snapshot, once that has been taken or has failed: it takes real time."""

    async def make(source):
        await create("f", source=source, Runtime="python3.12", SnapStart={"ApplyOn": "PublishedVersions"})
        made = await functions.publish_version(FunctionName="f")
        assert made["State"] == "Pending"
        async with asyncio.timeout(10):
            while True:
                await clock.settle()
                found = await functions.get_function_configuration(FunctionName="f", Qualifier="1")
                if found["State"] != "Pending":
                    return found

    return make


async def test_a_version_is_active_with_its_snapshot_and_restores_it(publish, functions):
    found = await publish("def handler(e, c):\n    return 'restored'\n")
    assert (found["State"], found["SnapStart"]["OptimizationStatus"]) == ("Active", "On")
    answer = await functions.invoke(FunctionName="f", Qualifier="1", LogType="Tail")
    assert answer["Payload"] == '"restored"'


async def test_a_version_whose_init_fails_is_failed(publish):
    found = await publish("raise ValueError('no')\n")
    assert (found["State"], found["StateReasonCode"]) == ("Failed", "FunctionError")


async def test_a_hook_that_fails_after_the_restore_is_an_error_of_its_own(publish, functions, refusal):
    await publish(AFTER + "register_after_restore(lambda: 1 / 0)\ndef handler(e, c):\n    return 1\n")
    code, _ = await refusal(functions.invoke(FunctionName="f", Qualifier="1"))
    assert code == "SnapStartException"


async def test_latest_has_no_snapshot(publish, functions):
    await publish("import os\ndef handler(e, c):\n    return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\n")
    assert (await functions.invoke(FunctionName="f"))["Payload"] == '"on-demand"'
    assert (await functions.invoke(FunctionName="f", Qualifier="1"))["Payload"] == '"snap-start"'
