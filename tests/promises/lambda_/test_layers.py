"""Layers: versions of files that functions find under /opt."""

import pytest

ARN = "arn:aws:lambda:us-east-1:000000000000:layer:shared"


@pytest.fixture
def publish(functions, bundle):
    async def make(name="shared", source="WORD = 'one'\n", **members):
        content = {"ZipFile": bundle(source, "python/shared.py")}
        return await functions.publish_layer_version(LayerName=name, Content=content, **members)

    return make


@pytest.mark.walls
async def test_a_function_finds_its_layers(functions, create, publish, call):
    layer = await publish()
    source = "import shared\ndef handler(event, context): return [shared.WORD, shared.__file__]\n"
    made = await create("f", source, Layers=[layer["LayerVersionArn"]])
    assert made["Layers"] == [{"Arn": f"{ARN}:1", "CodeSize": layer["Content"]["CodeSize"]}]
    assert await call("f") == ["one", "/opt/python/shared.py"]


async def test_versions_are_counted_and_never_used_again(functions, publish):
    assert [(await publish())["Version"] for _ in range(2)] == [1, 2]
    await functions.delete_layer_version(LayerName="shared", VersionNumber=2)
    assert (await publish())["Version"] == 3
    listed = await functions.list_layer_versions(LayerName="shared")
    assert [v["Version"] for v in listed["LayerVersions"]] == [3, 1]


async def test_a_function_keeps_a_layer_that_is_deleted(functions, create, publish, call):
    layer = await publish()
    await create("f", "import shared\ndef handler(e, c): return shared.WORD\n", Layers=[f"{ARN}:1"])
    await functions.delete_layer_version(LayerName="shared", VersionNumber=1)
    assert await call("f") == "one"
    found = await functions.get_function_configuration(FunctionName="f")
    assert found["Layers"][0]["Arn"] == layer["LayerVersionArn"]


async def test_layers_can_be_taken_away(functions, create, publish, clock):
    await publish()
    await create("f", Layers=[f"{ARN}:1"])
    changed = await functions.update_function_configuration(FunctionName="f", Layers=[])
    assert "Layers" not in changed


async def test_a_layer_is_found_by_name_and_by_arn(functions, publish, refusal):
    made = await publish(Description="d", LicenseInfo="MIT", CompatibleRuntimes=["python3.11"])
    found = await functions.get_layer_version(LayerName="shared", VersionNumber=1)
    by_arn = await functions.get_layer_version_by_arn(Arn=f"{ARN}:1")
    for answer in (made, found, by_arn):
        answer.pop("ResponseMetadata")
    assert made == found == by_arn
    assert (made["Description"], made["LicenseInfo"], made["LayerArn"]) == ("d", "MIT", ARN)
    assert await refusal(functions.get_layer_version(LayerName="shared", VersionNumber=0)) == (
        "InvalidParameterValueException",
        "Layer Version Cannot be less than 1",
    )
    assert await refusal(functions.get_layer_version(LayerName="shared", VersionNumber=2)) == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    )


async def test_layers_are_listed_by_what_they_fit(functions, publish):
    await publish("a", CompatibleRuntimes=["python3.11"])
    await publish("a", CompatibleRuntimes=["nodejs20.x"])
    await publish("b", CompatibleArchitectures=["arm64"])
    everything = (await functions.list_layers())["Layers"]
    assert [(v["LayerName"], v["LatestMatchingVersion"]["Version"]) for v in everything] == [
        ("a", 2),
        ("b", 1),
    ]
    python = (await functions.list_layers(CompatibleRuntime="python3.11"))["Layers"]
    assert [(v["LayerName"], v["LatestMatchingVersion"]["Version"]) for v in python] == [("a", 1)]
    arm = (await functions.list_layers(CompatibleArchitecture="arm64"))["Layers"]
    assert [v["LayerName"] for v in arm] == ["b"]
    first = await functions.list_layers(MaxItems=1)
    rest = await functions.list_layers(Marker=first["NextMarker"])
    assert [v["LayerName"] for v in first["Layers"] + rest["Layers"]] == ["a", "b"]


async def test_a_layer_that_does_not_exist_is_named(create, refusal):
    assert await refusal(create("f", Layers=[f"{ARN}:1"])) == (
        "InvalidParameterValueException",
        f"Layer version {ARN}:1 does not exist.",
    )


async def test_a_layer_can_be_shared(functions, publish, refusal):
    await publish()
    key = {"LayerName": "shared", "VersionNumber": 1}
    nothing = ("ResourceNotFoundException", "No policy is associated with the given resource.")
    assert await refusal(functions.get_layer_version_policy(**key)) == nothing
    made = await functions.add_layer_version_permission(
        **key, StatementId="all", Action="lambda:GetLayerVersion", Principal="*"
    )
    assert f'"Resource":"{ARN}:1"' in made["Statement"]
    found = await functions.get_layer_version_policy(**key)
    assert made["Statement"] in found["Policy"]
    assert found["RevisionId"] == made["RevisionId"]
    code, _ = await refusal(
        functions.add_layer_version_permission(
            **key, StatementId="all", Action="lambda:GetLayerVersion", Principal="*"
        )
    )
    assert code == "ResourceConflictException"
    await functions.remove_layer_version_permission(**key, StatementId="all")
    assert await refusal(functions.get_layer_version_policy(**key)) == nothing
