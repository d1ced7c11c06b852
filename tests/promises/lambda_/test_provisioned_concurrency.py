"""Provisioned concurrency: environments that wait for the invocations of a version or an alias."""

import pytest

WAIT_MS = 1_000


@pytest.fixture
async def published(functions, create, engine, clock):
    """``await published("f", 2)``: a function with that many versions."""

    async def make(name="f", versions=1):
        await create(name)
        for number in range(versions):
            await functions.update_function_configuration(FunctionName=name, Description=str(number))
            await clock.settle()
            await functions.publish_version(FunctionName=name)
            await clock.settle()

    return make


@pytest.fixture
def put(functions, clock):
    async def provision(qualifier, count, name="f"):
        answer = await functions.put_provisioned_concurrency_config(
            FunctionName=name, Qualifier=qualifier, ProvisionedConcurrentExecutions=count
        )
        await clock.advance(WAIT_MS)
        return answer

    return provision


@pytest.fixture
def get(functions):
    async def read(qualifier, name="f"):
        return await functions.get_provisioned_concurrency_config(FunctionName=name, Qualifier=qualifier)

    return read


async def test_environments_are_announced_once_they_wait(functions, published, put, get, engine):
    await published()
    answer = await put("1", 3)
    assert (answer["Status"], answer["AvailableProvisionedConcurrentExecutions"]) == ("IN_PROGRESS", 0)
    ready = await get("1")
    assert (ready["Status"], ready["AllocatedProvisionedConcurrentExecutions"]) == ("READY", 3)
    assert engine.kept == {("f", "1"): 3}


async def test_environments_that_cannot_start_are_a_failure_that_says_why(published, put, get, engine):
    await published()
    engine.kept_max = 1
    await put("1", 3)
    failed = await get("1")
    assert (failed["Status"], failed["StatusReason"]) == ("FAILED", "FUNCTION_ERROR_INIT_FAILURE")
    assert failed["AllocatedProvisionedConcurrentExecutions"] == 1


async def test_a_deleted_configuration_lets_them_go(functions, published, put, get, engine, clock, refusal):
    await published()
    await put("1", 3)
    await functions.delete_provisioned_concurrency_config(FunctionName="f", Qualifier="1")
    await clock.settle()
    assert engine.kept == {("f", "1"): 0}
    assert await refusal(get("1")) == (
        "ProvisionedConcurrencyConfigNotFoundException",
        "No Provisioned Concurrency Config found for this function",
    )


async def test_a_deleted_function_lets_them_go(functions, published, put, engine, clock):
    await published()
    await put("1", 3)
    await functions.delete_function(FunctionName="f")
    await clock.settle()
    assert engine.kept == {("f", "1"): 0}


async def test_an_alias_that_moves_takes_its_environments_along(functions, published, put, engine, clock):
    await published(versions=2)
    await functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    await put("live", 4)
    await functions.update_alias(FunctionName="f", Name="live", FunctionVersion="2")
    await clock.settle()
    assert engine.kept == {("f", "1"): 0, ("f", "2"): 4}


async def test_an_alias_of_two_versions_shares_its_environments_out(functions, published, put, engine):
    await published(versions=2)
    await functions.create_alias(
        FunctionName="f",
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.25}},
    )
    await put("live", 4)
    assert engine.kept == {("f", "1"): 3, ("f", "2"): 1}


async def test_what_reserved_concurrency_leaves_is_a_bound(functions, published, put, refusal):
    await published(versions=2)
    await put("1", 2)
    assert await refusal(
        functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1)
    ) == (
        "InvalidParameterValueException",
        " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned "
        "concurrency [2].",
    )
    await functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=2)
    message = (
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution "
        "for function"
    )
    for qualifier, count in (("2", 1), ("1", 3)):
        assert await refusal(put(qualifier, count)) == ("InvalidParameterValueException", message)


async def test_what_is_provisioned_is_taken_from_the_account(functions, published, put, refusal):
    await published()
    await put("1", 700)
    settings = await functions.get_account_settings()
    assert settings["AccountLimit"]["UnreservedConcurrentExecutions"] == 300
    assert (await refusal(put("1", 1_001)))[1] == (
        "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000]."
    )
    assert (await refusal(put("1", 901)))[1] == (
        "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
        "below its minimum value of [100]."
    )


async def test_a_version_is_provisioned_itself_or_by_its_alias(functions, published, put, refusal):
    await published()
    await functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    await put("live", 1)
    assert await refusal(put("1", 1)) == (
        "ResourceConflictException",
        "Version is pointed to by a Provisioned Concurrency alias",
    )
    await functions.delete_provisioned_concurrency_config(FunctionName="f", Qualifier="live")
    await put("1", 1)
    assert (await refusal(put("live", 1)))[0] == "ResourceConflictException"


@pytest.mark.parametrize("qualifier", ["$LATEST", "7", "nobody"])
async def test_only_what_is_published_can_be_provisioned(published, put, get, refusal, qualifier):
    await published()
    for asked in (put(qualifier, 1), get(qualifier)):
        assert (await refusal(asked))[0] in ("InvalidParameterValueException", "ResourceNotFoundException")


async def test_configurations_are_listed_page_by_page(functions, published, put):
    await published(versions=2)
    await put("1", 1)
    await put("2", 2)
    first = await functions.list_provisioned_concurrency_configs(FunctionName="f", MaxItems=1)
    rest = await functions.list_provisioned_concurrency_configs(FunctionName="f", Marker=first["NextMarker"])
    shown = first["ProvisionedConcurrencyConfigs"] + rest["ProvisionedConcurrencyConfigs"]
    assert [one["FunctionArn"].rpartition(":")[2] for one in shown] == ["1", "2"]
    assert "NextMarker" not in rest


async def test_invocations_beyond_what_waits_spill_over(functions, published, put, client, engine, clock):
    await published()
    await put("1", 1)

    async def call_again(event):
        if event:
            await functions.invoke(FunctionName="f", Qualifier="1", Payload=b"0")
        return event

    engine.scripts["f"] = call_again
    await functions.invoke(FunctionName="f", Qualifier="1", Payload=b"1")
    inner, outer = engine.specs[-1], engine.specs[-2]
    assert (outer.init_type, inner.init_type) == ("provisioned-concurrency", "on-demand")
    await clock.advance(60_000)
    for metric in ("ProvisionedConcurrencyInvocations", "ProvisionedConcurrencySpilloverInvocations"):
        found = await client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": "FunctionName", "Value": "f"}],
            StartTime=clock.now_ms() / 1000 - 600,
            EndTime=clock.now_ms() / 1000 + 60,
            Period=60,
            Statistics=["Sum"],
        )
        assert sum(point["Sum"] for point in found["Datapoints"]) == 1
