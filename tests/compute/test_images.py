"""Functions from container images: the image is the whole world, started as it wants or as it is told."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from tests.images import Image, compile_runtime, entry, folder, layer

from sundog.compute.contract import IMAGE, ImageProgram, Isolation
from sundog.compute.images.store import ImageStore

pytestmark = pytest.mark.walls


@pytest.fixture(scope="session")
def runtime(tmp_path_factory):
    program = compile_runtime(tmp_path_factory.mktemp("runtime"))
    if program is None:
        pytest.skip("nothing here compiles C, and an image needs a program")
    return program


@pytest.fixture
def deploy(yard, tmp_path):
    """``spec = await deploy(image, argv=...)``: the image of an OCI layout as a function."""
    names = (f"{n:08x}" for n in itertools.count())
    store = ImageStore(tmp_path / "images", lambda _: next(names), tmp_path / "none")

    async def make(image, argv=None, working_dir=None, **more):
        image.write_layout(tmp_path / "layout")
        found = await store.resolve(f"oci:{tmp_path / 'layout'}", "x86_64")
        config = found.config
        program = ImageProgram(
            await store.root(found.digest),
            tuple(argv if argv is not None else (*config.entrypoint, *config.command)),
            working_dir or config.working_dir or "/",
            config.environment,
        )
        spec = yard.deploy({}, IMAGE, image=program, handler="", **more)
        return replace(spec, code_dir=program.root)

    return make


def app(runtime, *more, **config):
    files = (folder("app"), entry("app/main", runtime), entry("hello", "from the image", 0o644), *more)
    return Image(layer(*files), **{"Entrypoint": ["/app/main"], **config})


async def test_an_image_runs_with_its_own_settings(yard, deploy, runtime):
    image = app(runtime, Cmd=["one", "two"], WorkingDir="/app", Env=["GREETING=hi", "LAMBDA_TASK_ROOT=/app"])
    spec = await deploy(image)
    value = (await yard.invoke(spec, {"n": 1})).value
    assert value == {
        "event": {"n": 1},
        "cwd": "/app",
        "argv": ["/app/main", "one", "two"],
        "greeting": "hi",
        "task_root": "/app",
        "execution_env": "",
        "handler": "",
        "root_is_writable": 0,
        "has_tmp": 1,
        "host": 0,
        "hello": "from the image",
    }
    again = await yard.invoke(spec, 2)
    assert again.outcome.init_ms is None


async def test_settings_of_the_function_win_over_those_of_the_image(yard, deploy, runtime):
    image = app(runtime, Env=["GREETING=hi"])
    spec = await deploy(
        image, argv=["/app/main", "x"], working_dir="/tmp", environment={"GREETING": "from the function"}
    )
    value = (await yard.invoke(spec, None)).value
    assert (value["argv"], value["cwd"], value["greeting"]) == (
        ["/app/main", "x"],
        "/tmp",
        "from the function",
    )


async def test_a_program_is_looked_for_on_the_images_own_path(yard, deploy, runtime):
    spec = await deploy(app(runtime, Env=["PATH=/bin:/app"], Entrypoint=["main"]))
    assert (await yard.invoke(spec, 1)).value["argv"] == ["main"]


@pytest.mark.parametrize(
    ("config", "kind", "message"),
    [
        (
            {"Entrypoint": ["/none"]},
            "Runtime.InvalidEntrypoint",
            "fork/exec /none: no such file or directory",
        ),
        (
            {"Entrypoint": ["none"]},
            "Runtime.InvalidEntrypoint",
            'exec: "none": executable file not found in $PATH',
        ),
        ({"Entrypoint": ["/data"]}, "Runtime.InvalidEntrypoint", "fork/exec /data: permission denied"),
        ({"Entrypoint": ["/junk"]}, "Runtime.InvalidEntrypoint", "fork/exec /junk: exec format error"),
        ({"WorkingDir": "/none"}, "Runtime.InvalidWorkingDir", "chdir /none: no such file or directory"),
        ({"Env": ["EXIT_WITH=3"]}, "Runtime.ExitError", "Runtime exited with error: exit status 3"),
        ({"Env": ["EXIT_WITH=0"]}, "Runtime.ExitError", "Runtime exited without providing a reason"),
    ],
)
async def test_what_is_no_runtime_fails_as_on_aws(yard, deploy, runtime, config, kind, message):
    more = (entry("data", "x", 0o644), entry("junk", "no program", 0o755))
    spec = await deploy(app(runtime, *more, **config))
    ran = await yard.invoke(spec)
    assert ran.value == {"errorType": kind, "errorMessage": f"RequestId: {ran.request_id} Error: {message}"}


async def test_an_extension_in_an_image_is_started(yard, deploy, runtime):
    spec = await deploy(app(runtime, entry("opt/extensions/nonsense", "no program")))
    assert (await yard.invoke(spec)).value["errorType"] == "Extension.LaunchError"


async def test_the_root_is_made_of_links_that_nobody_can_write_to(yard, deploy, runtime):
    spec = await deploy(app(runtime))
    assert spec.image is not None
    assert (Path(spec.image.root) / "app" / "main").stat().st_nlink >= 2
    assert (await yard.invoke(spec, 1)).value["root_is_writable"] == 0


async def test_an_image_in_a_vpc_and_its_reset_work_as_those_of_zips(yard, deploy, runtime):
    spec = await deploy(app(runtime), isolation=Isolation(), timeout_s=5)
    assert [(await yard.invoke(spec, n)).value["event"] for n in range(3)] == [0, 1, 2]
    failing = await deploy(app(runtime), environment={"EXIT_WITH": "3"})
    for _ in range(2):
        assert (await yard.invoke(failing)).value["errorType"] == "Runtime.ExitError"


async def test_without_namespaces_an_image_is_refused_with_the_reason(weak_yard, runtime, tmp_path):
    program = ImageProgram(tmp_path, ("/x",), "/", {})
    spec = weak_yard.deploy({}, IMAGE, image=program)
    with pytest.raises(Exception, match="container images need a root of their own"):
        await weak_yard.invoke(spec)
