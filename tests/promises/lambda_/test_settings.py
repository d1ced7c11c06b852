"""What stands beside a function: tags, reserved concurrency, its runtime version, its code signing."""

import asyncio

ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"


async def test_tags_come_and_go(functions, create):
    await create("f", Tags={"a": "1"})
    await functions.tag_resource(Resource=ARN, Tags={"a": "2", "b": "3"})
    assert (await functions.list_tags(Resource=ARN))["Tags"] == {"a": "2", "b": "3"}
    assert (await functions.get_function(FunctionName="f"))["Tags"] == {"a": "2", "b": "3"}
    await functions.untag_resource(Resource=ARN, TagKeys=["a", "none"])
    assert (await functions.list_tags(Resource=ARN))["Tags"] == {"b": "3"}


async def test_tags_belong_to_whole_functions(functions, create, refusal):
    await create("f")
    message = "Tags on function aliases and versions are not supported. Please specify a function ARN."
    assert await refusal(functions.tag_resource(Resource=f"{ARN}:1", Tags={"a": "b"})) == (
        "InvalidParameterValueException",
        message,
    )
    assert (await refusal(functions.list_tags(Resource=f"{ARN}x")))[0] == "ResourceNotFoundException"


async def test_there_are_50_tags_at_most(functions, create, refusal):
    await create("f", Tags={str(n): "" for n in range(50)})
    assert await refusal(functions.tag_resource(Resource=ARN, Tags={"more": ""})) == (
        "InvalidParameterValueException",
        "Number of tags exceeds resource tag limit.",
    )


async def test_nothing_reserved_throttles_everything(functions, create, refusal, call):
    await create("f")
    await functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    assert await refusal(functions.invoke(FunctionName="f")) == ("TooManyRequestsException", "Rate Exceeded.")
    await functions.delete_function_concurrency(FunctionName="f")
    assert await call("f", 1) == 1


async def test_a_reserved_function_runs_as_often_as_reserved(functions, create, refusal):
    await create("slow", "import time\ndef handler(e, c): time.sleep(e)\n")
    await functions.put_function_concurrency(FunctionName="slow", ReservedConcurrentExecutions=2)
    await functions.invoke(FunctionName="slow", Payload=b"0")  # remembered: nothing has to be read below
    running = [asyncio.ensure_future(functions.invoke(FunctionName="slow", Payload=b"0.5")) for _ in range(2)]
    await asyncio.sleep(0)
    assert (await refusal(functions.invoke(FunctionName="slow", Payload=b"0")))[
        0
    ] == "TooManyRequestsException"
    assert [answer["StatusCode"] for answer in await asyncio.gather(*running)] == [200, 200]


async def test_100_executions_stay_unreserved(functions, create, refusal):
    await create("f")
    await create("g")
    await functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=900)
    settings = await functions.get_account_settings()
    assert settings["AccountLimit"]["UnreservedConcurrentExecutions"] == 100
    assert await refusal(
        functions.put_function_concurrency(FunctionName="g", ReservedConcurrentExecutions=1)
    ) == (
        "InvalidParameterValueException",
        "Specified ReservedConcurrentExecutions for function decreases account's "
        "UnreservedConcurrentExecution below its minimum value of [100].",
    )
    await functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=899)
    found = await functions.get_function(FunctionName="f")
    assert found["Concurrency"] == {"ReservedConcurrentExecutions": 899}


async def test_a_function_follows_its_runtime_unless_told_otherwise(functions, create, refusal):
    made = await create("f")
    current = made["RuntimeVersionConfig"]["RuntimeVersionArn"]
    assert (await functions.get_runtime_management_config(FunctionName="f"))["UpdateRuntimeOn"] == "Auto"
    await functions.put_runtime_management_config(
        FunctionName="f", UpdateRuntimeOn="Manual", RuntimeVersionArn=current
    )
    found = await functions.get_runtime_management_config(FunctionName="f")
    assert (found["UpdateRuntimeOn"], found["RuntimeVersionArn"]) == ("Manual", current)
    code, _ = await refusal(
        functions.put_runtime_management_config(
            FunctionName="f", UpdateRuntimeOn="Manual", RuntimeVersionArn=current[:-1] + "x"
        )
    )
    assert code in ("InvalidParameterValueException", "ValidationException")


async def test_a_code_signing_config_that_enforces_refuses_unsigned_code(functions, create, bundle, refusal):
    await create("f")
    publishers = {"SigningProfileVersionArns": ["arn:aws:signer:us-east-1:000000000000:/signing-profiles/p"]}
    made = await functions.create_code_signing_config(
        AllowedPublishers=publishers, CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Enforce"}
    )
    arn = made["CodeSigningConfig"]["CodeSigningConfigArn"]
    await functions.put_function_code_signing_config(FunctionName="f", CodeSigningConfigArn=arn)
    code, _ = await refusal(functions.update_function_code(FunctionName="f", ZipFile=bundle("x = 1")))
    assert code == "CodeVerificationFailedException"
    assert (await refusal(functions.delete_code_signing_config(CodeSigningConfigArn=arn)))[0] == (
        "ResourceConflictException"
    )
    await functions.update_code_signing_config(
        CodeSigningConfigArn=arn, CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Warn"}
    )
    await functions.update_function_code(FunctionName="f", ZipFile=bundle("x = 1"))
    await functions.delete_function_code_signing_config(FunctionName="f")
    await functions.delete_code_signing_config(CodeSigningConfigArn=arn)
    assert not (await functions.list_code_signing_configs())["CodeSigningConfigs"]


async def test_what_is_not_built_is_refused_by_name(functions, create, refusal):
    await create("f")
    for asked in (
        functions.get_function_scaling_config(FunctionName="f", Qualifier="1"),
        functions.list_capacity_providers(),
    ):
        assert (await refusal(asked))[0] == "UnsupportedOperation"
