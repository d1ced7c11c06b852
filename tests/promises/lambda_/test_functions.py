"""Functions: created, described, changed and deleted as on AWS."""

import base64
import hashlib
import re

import pytest

from sundog.protocol.http import HttpRequest

ACCESS_POINT = "arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcdef0"


async def test_a_new_function_is_pending_and_soon_active(functions, bundle, clock):
    made = await functions.create_function(
        FunctionName="f",
        Runtime="python3.11",
        Handler="code.handler",
        Role="arn:aws:iam::000000000000:role/r",
        Code={"ZipFile": bundle("x = 1")},
    )
    assert (made["State"], made["StateReasonCode"]) == ("Pending", "Creating")
    assert made["StateReason"] == "The function is being created."
    assert "LastUpdateStatus" not in made
    await clock.settle()
    found = (await functions.get_function(FunctionName="f"))["Configuration"]
    assert (found["State"], found["LastUpdateStatus"]) == ("Active", "Successful")
    assert "StateReason" not in found
    assert found["RevisionId"] != made["RevisionId"]


async def test_a_function_is_described_by_its_code_and_aws_defaults(create, bundle):
    made = await create("f", "x = 1")
    code = bundle("x = 1")
    assert made["CodeSize"] == len(code)
    assert made["CodeSha256"] == base64.b64encode(hashlib.sha256(code).digest()).decode()
    assert made["FunctionArn"] == "arn:aws:lambda:us-east-1:000000000000:function:f"
    assert made["Version"] == "$LATEST"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", made["LastModified"])
    assert (made["MemorySize"], made["Timeout"], made["PackageType"]) == (128, 3, "Zip")


async def test_a_name_is_used_once(create, refusal):
    await create("f")
    assert await refusal(create("f")) == ("ResourceConflictException", "Function already exist: f")


async def test_the_code_can_be_downloaded(world, create, functions, bundle):
    await create("f", "x = 1")
    location = (await functions.get_function(FunctionName="f"))["Code"]["Location"]
    host, path = location.removeprefix("http://").split("/", 1)
    response = await world.app.server.answer(
        HttpRequest("GET", f"/{path}", "", {"host": host}, b""), lambda: True
    )
    assert (response.status, response.body) == (200, bundle("x = 1"))


async def test_a_location_that_was_not_given_out_leads_nowhere(world):
    http = HttpRequest("GET", "/_aws/lambda/bundles/" + "0" * 64, "", {"host": "localhost"}, b"")
    assert (await world.app.server.answer(http, lambda: True)).status == 404


async def test_a_changed_configuration_is_in_progress_and_soon_successful(functions, create, clock):
    before = await create("f")
    await clock.advance(5_000)
    changed = await functions.update_function_configuration(FunctionName="f", Timeout=9, Description="d")
    assert (changed["LastUpdateStatus"], changed["State"]) == ("InProgress", "Active")
    assert (changed["Timeout"], changed["Description"], changed["MemorySize"]) == (9, "d", 128)
    assert changed["LastModified"] > before["LastModified"]
    await clock.settle()
    found = await functions.get_function_configuration(FunctionName="f")
    assert found["LastUpdateStatus"] == "Successful"


async def test_changed_code_runs_at_once(functions, create, bundle, call):
    await create("f", "def handler(event, context): return 'old'")
    assert await call("f") == "old"
    await functions.update_function_code(
        FunctionName="f", ZipFile=bundle("def handler(event, context): return 'new'")
    )
    assert await call("f") == "new"


async def test_a_changed_configuration_runs_at_once(functions, create, call):
    await create("f", "import os\ndef handler(event, context): return os.environ.get('WORD')")
    assert await call("f") is None
    await functions.update_function_configuration(FunctionName="f", Environment={"Variables": {"WORD": "b"}})
    assert await call("f") == "b"


async def test_a_dry_run_of_new_code_changes_nothing(functions, create, bundle):
    made = await create("f", "x = 1")
    dry = await functions.update_function_code(FunctionName="f", ZipFile=bundle("x = 22"), DryRun=True)
    assert dry["CodeSha256"] != made["CodeSha256"]
    found = await functions.get_function_configuration(FunctionName="f")
    assert found["CodeSha256"] == made["CodeSha256"]


async def test_a_change_can_ask_for_a_revision(functions, create, bundle, refusal):
    made = await create("f")
    code, message = await refusal(
        functions.update_function_configuration(FunctionName="f", Timeout=9, RevisionId=made["RevisionId"])
    )
    assert code == "PreconditionFailedException"
    assert message.startswith("The Revision Id provided does not match the latest Revision Id.")
    now = await functions.get_function_configuration(FunctionName="f")
    await functions.update_function_code(
        FunctionName="f", ZipFile=bundle("x = 1"), RevisionId=now["RevisionId"]
    )


async def test_functions_are_listed_in_pages(functions, create):
    for name in ("c", "a", "b"):
        await create(name)
    first = await functions.list_functions(MaxItems=2)
    assert [f["FunctionName"] for f in first["Functions"]] == ["a", "b"]
    assert "State" not in first["Functions"][0]
    rest = await functions.list_functions(MaxItems=2, Marker=first["NextMarker"])
    assert [f["FunctionName"] for f in rest["Functions"]] == ["c"]
    assert "NextMarker" not in rest


async def test_all_versions_are_listed_in_pages(functions, create):
    await create("a")
    await functions.publish_version(FunctionName="a")
    await create("b")
    arns, marker = [], {}
    while True:
        page = await functions.list_functions(FunctionVersion="ALL", MaxItems=1, **marker)
        arns += [f["FunctionArn"].partition("function:")[2] for f in page["Functions"]]
        if "NextMarker" not in page:
            break
        marker = {"Marker": page["NextMarker"]}
    assert arns == ["a:$LATEST", "a:1", "b:$LATEST"]


async def test_functions_belong_to_their_account_and_region(client, create, functions):
    await create("f")
    assert not (await client("lambda", region="eu-west-1").list_functions())["Functions"]
    assert not (await client("lambda", account="123456789012").list_functions())["Functions"]


async def test_a_deleted_function_is_gone_with_all_it_had(functions, create, refusal):
    await create("f")
    await functions.publish_version(FunctionName="f")
    await functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    answer = await functions.delete_function(FunctionName="f")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert (await refusal(functions.get_function(FunctionName="f"))) == (
        "ResourceNotFoundException",
        "Function not found: arn:aws:lambda:us-east-1:000000000000:function:f",
    )
    await create("f")
    assert not (await functions.list_aliases(FunctionName="f"))["Aliases"]
    assert len((await functions.list_versions_by_function(FunctionName="f"))["Versions"]) == 1


async def test_functions_survive_what_the_server_remembers(world, functions, create, call):
    await create("f")
    assert await call("f", 1) == 1
    await functions.delete_function(FunctionName="f")
    await create("f", "def handler(event, context): return 'another'")
    assert await call("f", 1) == "another"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"Code": {"S3Bucket": "bucket", "S3Key": "k"}}, "UnsupportedOperation"),
        ({"PackageType": "Image", "Code": {"ImageUri": "i"}}, "InvalidParameterValueException"),
        ({"FileSystemConfigs": [{"Arn": ACCESS_POINT, "LocalMountPath": "/mnt/a"}]}, "UnsupportedOperation"),
        ({"Code": {}}, "InvalidParameterValueException"),
        ({"Code": {"ZipFile": b""}}, "InvalidParameterValueException"),
        ({"Code": {"ZipFile": b"no zip"}}, "InvalidParameterValueException"),
        ({"Runtime": "python2.7"}, "InvalidParameterValueException"),
        ({"Runtime": "cobol"}, "InvalidParameterValueException"),
        ({"MemorySize": 64}, "ValidationException"),
        ({"MemorySize": 20_000}, "InvalidParameterValueException"),
        ({"Timeout": 0}, "ValidationException"),
        ({"Timeout": 901}, "ValidationException"),
        ({"Handler": "a b"}, "ValidationException"),
        ({"Role": "nobody"}, "ValidationException"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "InvalidParameterValueException"),
        ({"Environment": {"Variables": {"LARGE": "x" * 5_000}}}, "InvalidParameterValueException"),
        ({"Architectures": ["mips"]}, "ValidationException"),
        ({"DeadLetterConfig": {"TargetArn": "arn:aws:s3:::bucket"}}, "InvalidParameterValueException"),
    ],
)
async def test_bad_input_gets_aws_error_and_makes_nothing(client, members, code, bundle, refusal):
    functions = client("lambda", validate=False)
    request = {
        "FunctionName": "f",
        "Runtime": "python3.11",
        "Handler": "code.handler",
        "Role": "arn:aws:iam::000000000000:role/r",
        "Code": {"ZipFile": bundle("x = 1")},
    }
    assert (await refusal(functions.create_function(**request | members)))[0] == code
    assert not (await functions.list_functions())["Functions"]


@pytest.mark.parametrize(
    "operation",
    [
        "get_function",
        "get_function_configuration",
        "delete_function",
        "get_function_concurrency",
        "list_aliases",
        "list_versions_by_function",
        "publish_version",
        "get_function_code_signing_config",
        "invoke",
    ],
)
async def test_an_unknown_function_is_named(functions, operation, refusal):
    assert await refusal(getattr(functions, operation)(FunctionName="nope")) == (
        "ResourceNotFoundException",
        "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nope",
    )


async def test_the_account_counts_its_functions_and_code(functions, create):
    before = await functions.get_account_settings()
    assert before["AccountLimit"]["ConcurrentExecutions"] == 1000
    made = await create("f")
    used = (await functions.get_account_settings())["AccountUsage"]
    assert used == {"FunctionCount": 1, "TotalCodeSize": made["CodeSize"]}
