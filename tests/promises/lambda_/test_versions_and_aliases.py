"""Published versions never change; aliases name them and share the traffic."""

import pytest

ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"


@pytest.fixture
async def two_versions(functions, create, bundle, clock):
    """``f`` with versions 1 and 2 that answer their own number."""
    for number in (1, 2):
        source = f"def handler(event, context): return {number}"
        if number == 1:
            await create("f", source)
        else:
            await functions.update_function_code(FunctionName="f", ZipFile=bundle(source))
        await clock.settle()
        await functions.publish_version(FunctionName="f", Description=f"number {number}")


async def test_a_version_keeps_its_code_and_description(functions, two_versions, call):
    assert [await call("f", Qualifier=q) for q in ("1", "2", "$LATEST")] == [1, 2, 2]
    found = await functions.get_function_configuration(FunctionName="f", Qualifier="1")
    assert (found["Version"], found["Description"]) == ("1", "number 1")
    assert found["FunctionArn"] == f"{ARN}:1"


async def test_nothing_new_is_published_where_nothing_has_changed(functions, two_versions):
    assert (await functions.publish_version(FunctionName="f"))["Version"] == "2"
    listed = await functions.list_versions_by_function(FunctionName="f")
    assert [v["Version"] for v in listed["Versions"]] == ["$LATEST", "1", "2"]


async def test_versions_are_listed_in_pages(functions, two_versions):
    first = await functions.list_versions_by_function(FunctionName="f", MaxItems=2)
    rest = await functions.list_versions_by_function(FunctionName="f", MaxItems=2, Marker=first["NextMarker"])
    assert [v["Version"] for v in first["Versions"] + rest["Versions"]] == ["$LATEST", "1", "2"]


async def test_deleting_a_version_that_is_not_there_is_no_error(functions, two_versions):
    await functions.delete_function(FunctionName="f", Qualifier="77")
    assert len((await functions.list_versions_by_function(FunctionName="f"))["Versions"]) == 3


async def test_numbers_are_not_used_again(functions, two_versions):
    await functions.delete_function(FunctionName="f", Qualifier="2")
    await functions.update_function_configuration(FunctionName="f", Timeout=9)
    assert (await functions.publish_version(FunctionName="f"))["Version"] == "3"


async def test_a_version_can_ask_for_its_code(functions, two_versions, refusal):
    code, message = await refusal(functions.publish_version(FunctionName="f", CodeSha256="other"))
    assert code == "InvalidParameterValueException"
    assert message.startswith("CodeSHA256 (other) is different from current CodeSHA256 in $LATEST (")


async def test_an_alias_names_a_version_and_can_be_moved(functions, two_versions, call):
    made = await functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    assert made["AliasArn"] == f"{ARN}:live"
    assert await call("f", Qualifier="live") == 1
    moved = await functions.update_alias(FunctionName="f", Name="live", FunctionVersion="2")
    assert moved["RevisionId"] != made["RevisionId"]
    assert await call("f:live") == 2
    found = await functions.get_alias(FunctionName="f", Name="live")
    assert (found["FunctionVersion"], found["Description"]) == ("2", "")


async def test_an_alias_shares_its_traffic(functions, two_versions, call):
    await functions.create_alias(
        FunctionName="f",
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
    )
    assert {await call("f", Qualifier="live") for _ in range(60)} == {1, 2}
    await functions.update_alias(
        FunctionName="f", Name="live", RoutingConfig={"AdditionalVersionWeights": {}}
    )
    assert {await call("f", Qualifier="live") for _ in range(20)} == {1}


async def test_a_version_that_an_alias_names_stays(functions, two_versions, refusal):
    await functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    code, message = await refusal(functions.delete_function(FunctionName="f", Qualifier="1"))
    assert code == "ResourceConflictException"
    assert "referenced" in message
    await functions.delete_alias(FunctionName="f", Name="live")
    await functions.delete_function(FunctionName="f", Qualifier="1")
    listed = await functions.list_versions_by_function(FunctionName="f")
    assert [v["Version"] for v in listed["Versions"]] == ["$LATEST", "2"]


async def test_aliases_are_listed_by_version(functions, two_versions):
    await functions.create_alias(FunctionName="f", Name="a", FunctionVersion="1")
    await functions.create_alias(FunctionName="f", Name="b", FunctionVersion="2")
    found = await functions.list_aliases(FunctionName="f", FunctionVersion="2")
    assert [a["Name"] for a in found["Aliases"]] == ["b"]
    page = await functions.list_aliases(FunctionName="f", MaxItems=1)
    rest = await functions.list_aliases(FunctionName="f", Marker=page["NextMarker"])
    assert [a["Name"] for a in page["Aliases"] + rest["Aliases"]] == ["a", "b"]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"FunctionVersion": "9"}, "ResourceNotFoundException"),
        ({"Name": "1"}, "ValidationException"),
        ({"FunctionVersion": "x"}, "ValidationException"),
        ({"RoutingConfig": {"AdditionalVersionWeights": {"1": 0.5}}}, "InvalidParameterValueException"),
        ({"RoutingConfig": {"AdditionalVersionWeights": {"2": 1.5}}}, "ValidationException"),
        ({"RoutingConfig": {"AdditionalVersionWeights": {"9": 0.5}}}, "ResourceNotFoundException"),
        (
            {"FunctionVersion": "$LATEST", "RoutingConfig": {"AdditionalVersionWeights": {"1": 0.5}}},
            "InvalidParameterValueException",
        ),
    ],
)
async def test_a_bad_alias_is_refused(client, two_versions, refusal, members, code):
    functions = client("lambda", validate=False)
    request = {"FunctionName": "f", "Name": "live", "FunctionVersion": "1"} | members
    assert (await refusal(functions.create_alias(**request)))[0] == code
    assert not (await functions.list_aliases(FunctionName="f"))["Aliases"]


async def test_an_alias_is_made_once(functions, two_versions, refusal):
    await functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    assert await refusal(functions.create_alias(FunctionName="f", Name="live", FunctionVersion="2")) == (
        "ResourceConflictException",
        f"Alias already exists: {ARN}:live",
    )
    assert await refusal(functions.get_alias(FunctionName="f", Name="other")) == (
        "ResourceNotFoundException",
        f"Cannot find alias arn: {ARN}:other",
    )
    assert await refusal(functions.update_alias(FunctionName="f", Name="other", FunctionVersion="1")) == (
        "ResourceNotFoundException",
        f"Alias not found: {ARN}:other",
    )


async def test_only_versions_can_be_deleted_by_qualifier(functions, two_versions, refusal):
    assert await refusal(functions.delete_function(FunctionName="f", Qualifier="$LATEST")) == (
        "InvalidParameterValueException",
        "$LATEST version cannot be deleted without deleting the function.",
    )
