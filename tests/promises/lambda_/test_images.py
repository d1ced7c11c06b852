"""PackageType Image through the API: what is asked for, looked up once, described, refused."""

import asyncio

import pytest
from tests.images import Image, TestRegistry, compile_runtime, entry, folder, layer

ROLE = "arn:aws:iam::000000000000:role/anything"


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    program = compile_runtime(tmp_path_factory.mktemp("runtime"))
    if program is None:
        pytest.skip("nothing here compiles C, and an image needs a program")
    return program


@pytest.fixture
async def registry():
    async with TestRegistry() as registry:
        yield registry


@pytest.fixture
def deploy(functions, settle):
    async def make(name="f", **members):
        request = {"FunctionName": name, "Role": ROLE, "PackageType": "Image"}
        made = await functions.create_function(**request | members)
        await settle()
        return made

    return make


@pytest.fixture
def settle(functions, clock):
    """Until the image of the function is unpacked: that takes real time."""

    async def wait(name="f"):
        async with asyncio.timeout(10):
            while True:
                await clock.settle()
                found = await functions.get_function_configuration(FunctionName=name)
                if found["State"] != "Pending" and found.get("LastUpdateStatus") != "InProgress":
                    return found

    return wait


def app(program, text="hello", **config):
    entries = (folder("app"), entry("app/main", program), entry("hello", text, 0o644))
    return Image(layer(*entries), **{"Entrypoint": ["/app/main"], "Cmd": ["app.handler"]} | config)


@pytest.mark.walls
async def test_a_function_from_an_image_is_described_and_called(deploy, call, functions, registry, program):
    image = registry.tags["team/app", "1"] = app(program)
    uri = f"{registry.place}/team/app:1"
    made = await deploy(Code={"ImageUri": uri})
    assert (made["PackageType"], made["CodeSize"]) == ("Image", 0)
    assert made["CodeSha256"] == image.manifest.removeprefix("sha256:")
    assert not {"Runtime", "Handler", "RuntimeVersionConfig"} & set(made)
    assert (await functions.get_function(FunctionName="f"))["Code"] == {
        "RepositoryType": "ECR",
        "ImageUri": uri,
        "ResolvedImageUri": f"{registry.place}/team/app@{image.manifest}",
    }
    answer = await call("f", {"n": 1})
    assert answer["handler"] == "app.handler"
    assert (answer["event"], answer["argv"], answer["hello"]) == (
        {"n": 1},
        ["/app/main", "app.handler"],
        "hello",
    )


@pytest.mark.walls
async def test_the_function_sets_aside_what_the_image_says(
    deploy, call, functions, registry, program, settle
):
    registry.tags["app", "1"] = app(program, WorkingDir="/app")
    config = {"EntryPoint": ["/app/main", "x"], "Command": ["y"], "WorkingDirectory": "/tmp"}
    made = await deploy(Code={"ImageUri": f"{registry.place}/app:1"}, ImageConfig=config)
    assert made["ImageConfigResponse"] == {"ImageConfig": config}
    answer = await call("f")
    assert (answer["argv"], answer["cwd"]) == (["/app/main", "x", "y"], "/tmp")
    changed = await functions.update_function_configuration(FunctionName="f", ImageConfig={"Command": ["z"]})
    assert changed["ImageConfigResponse"] == {"ImageConfig": {"Command": ["z"]}}
    await settle()
    assert (await call("f"))["argv"] == ["/app/main", "z"]
    changed = await functions.update_function_configuration(FunctionName="f", ImageConfig={})
    assert "ImageConfigResponse" not in changed


@pytest.mark.walls
async def test_a_tag_that_moves_is_followed_when_the_code_is_updated(
    deploy, call, functions, registry, program, settle
):
    registry.tags["app", "1"] = app(program, "old")
    uri = f"{registry.place}/app:1"
    await deploy(Code={"ImageUri": uri})
    registry.tags["app", "1"] = app(program, "fresh")
    assert (await call("f"))["hello"] == "old"
    await functions.update_function_code(FunctionName="f", ImageUri=uri)
    await settle()
    assert (await call("f"))["hello"] == "fresh"


@pytest.mark.walls
async def test_an_image_is_read_from_a_file(deploy, call, tmp_path, program):
    app(program, "from a file").write_layout(tmp_path / "layout")
    await deploy(Code={"ImageUri": f"oci:{tmp_path}/layout"})
    assert (await call("f"))["hello"] == "from a file"


async def test_layers_that_cannot_be_had_make_the_function_failed(
    deploy, functions, registry, refusal, settle
):
    image = registry.tags["app", "1"] = Image(layer(entry("a", "1")), Entrypoint=["/a"])
    del image.blobs[next(name for name, data in image.blobs.items() if data[:2] == b"\x1f\x8b")]
    await deploy(Code={"ImageUri": f"{registry.place}/app:1"})
    found = await functions.get_function_configuration(FunctionName="f")
    assert (found["State"], found["StateReasonCode"]) == ("Failed", "InvalidImage")
    assert found["StateReason"].startswith("The image cannot be used: there is no ")
    assert (await refusal(functions.invoke(FunctionName="f")))[0] == "InvalidRuntimeException"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"Code": {}}, "Please provide ImageUri when creating a function with packageType Image."),
        ({"Code": {"ImageUri": "app"}}, "Source image app is not valid. Provide a valid source image."),
        ({"Code": {"ImageUri": "oci:/none"}}, "Source image oci:/none does not exist."),
        (
            {"Code": {"ImageUri": "localhost:1/a:1"}, "Runtime": "python3.12"},
            "Please don't provide handler or runtime or layer",
        ),
        ({"PackageType": "Zip", "Code": {"ImageUri": "localhost:1/a:1"}}, "Please do not provide ImageUri"),
        ({"Code": {"ImageUri": "localhost:1/a:1"}}, "does not answer"),
    ],
)
async def test_bad_wishes_are_refused(deploy, refusal, members, message):
    code, text = await refusal(deploy(**members))
    assert code == "InvalidParameterValueException"
    assert message in text


async def test_a_package_type_is_for_ever(deploy, create, functions, registry, refusal, bundle, settle):
    registry.tags["app", "1"] = Image(layer(entry("a", "1")), Entrypoint=["/a"])
    uri = f"{registry.place}/app:1"
    await deploy(Code={"ImageUri": uri})
    await create("zip")
    _, text = await refusal(functions.update_function_code(FunctionName="f", ZipFile=bundle("")))
    assert text == "Please provide ImageUri when updating a function with packageType Image."
    _, text = await refusal(functions.update_function_code(FunctionName="zip", ImageUri=uri))
    assert text == "Please don't provide ImageUri when updating a function with packageType Zip."
    _, text = await refusal(functions.update_function_configuration(FunctionName="f", Handler="a.b"))
    assert text.startswith("Please don't provide handler or runtime or layer")
