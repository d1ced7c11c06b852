"""Images from where they come from: a registry over HTTP, with and without a login, and files."""

import asyncio
import base64
import itertools
import json

import pytest
from tests.images import Image, TestRegistry, entry, index_of, layer

from sundog.compute.images.problems import ImageBroken, ImageDenied, ImageMissing, ImageProblem
from sundog.compute.images.store import ImageStore

LOGIN = base64.b64encode(b"user:secret").decode()


def make_store(folder, logins=None):
    names = (f"{n:08x}" for n in itertools.count())
    return ImageStore(folder, lambda _: next(names), logins or folder / "none")


@pytest.fixture
def store(tmp_path):
    return make_store(tmp_path / "images")


def image(text="1", **config):
    return Image(layer(entry("base", "shared")), layer(entry("top", text)), **config)


async def test_an_image_is_pulled_by_tag_and_unpacked(store):
    async with TestRegistry() as registry:
        one = registry.tags["team/app", "1.0"] = image(Entrypoint=["/top"], WorkingDir="/w", Env=["A=b"])
        found = await store.resolve(f"{registry.place}/team/app:1.0", "x86_64")
        assert (found.digest, found.uri) == (one.manifest, f"{registry.place}/team/app@{one.manifest}")
        assert (found.config.entrypoint, found.config.working_dir) == (("/top",), "/w")
        root = await store.root(found.digest)
        assert (root / "base").read_text() == "shared"
        assert (root / "top").read_text() == "1"


async def test_layers_in_common_are_pulled_once(store):
    async with TestRegistry() as registry:
        registry.tags["app", "1"], registry.tags["app", "2"] = image("1"), image("2")
        roots = [
            await store.root((await store.resolve(f"{registry.place}/app:{tag}", "x86_64")).digest)
            for tag in "12"
        ]
        assert (roots[0] / "base").samefile(roots[1] / "base")
        pulled = [path for path in registry.requests if "/blobs/" in path]
        assert len(pulled) == len(set(pulled))


async def test_a_root_outlives_the_registry_and_the_server(store, tmp_path):
    async with TestRegistry() as registry:
        registry.tags["app", "latest"] = image()
        found = await store.resolve(f"{registry.place}/app", "x86_64")
        await store.root(found.digest)
    later = make_store(tmp_path / "images")
    assert later.knows(found.digest)
    assert ((await later.root(found.digest)) / "top").read_text() == "1"
    assert later.config(found.digest) == found.config


async def test_of_a_list_the_functions_architecture_is_taken(store):
    intel, arm = image("intel"), image("arm", architecture="arm64")
    async with TestRegistry() as registry:
        registry.tags["app", "1"] = index_of(arm, intel)
        for architecture, wanted in (("x86_64", intel), ("arm64", arm)):
            found = await store.resolve(f"{registry.place}/app:1", architecture)
            assert found.digest == wanted.manifest


async def test_a_token_is_asked_for_with_what_docker_login_has_kept(tmp_path):
    async with TestRegistry(login=LOGIN) as registry:
        registry.tags["private/app", "1"] = image()
        logins = tmp_path / "config.json"
        logins.write_text(json.dumps({"auths": {registry.place: {"auth": LOGIN}}}))
        store = make_store(tmp_path / "images", logins)
        found = await store.resolve(f"{registry.place}/private/app:1", "x86_64")
        assert (await store.root(found.digest) / "top").exists()


async def test_without_the_login_it_is_denied_and_the_remedy_named(store):
    async with TestRegistry(login=LOGIN) as registry:
        registry.tags["private/app", "1"] = image()
        with pytest.raises(ImageDenied):
            await store.resolve(f"{registry.place}/private/app:1", "x86_64")


async def test_what_is_not_there_is_told(store):
    async with TestRegistry() as registry:
        with pytest.raises(ImageMissing, match="there is no"):
            await store.resolve(f"{registry.place}/none:1", "x86_64")
        place = registry.place
    with pytest.raises(ImageProblem, match="does not answer"):
        await store.resolve(f"{place}/app:1", "x86_64")


async def test_content_that_was_changed_on_its_way_is_refused(store):
    async with TestRegistry() as registry:
        bad = registry.tags["app", "1"] = image()
        packed = json.loads(bad.body)["layers"][1]["digest"]
        found = await store.resolve(f"{registry.place}/app:1", "x86_64")
        bad.blobs[packed] = Image(layer(entry("top", "evil"))).blobs[
            json.loads(Image(layer(entry("top", "evil"))).body)["layers"][0]["digest"]
        ]
        with pytest.raises(ImageBroken):
            await store.root(found.digest)
        with pytest.raises(ImageBroken):  # and nothing of it was kept
            await store.root(found.digest)


async def test_a_manifest_that_is_not_the_one_asked_for_is_refused(store):
    async with TestRegistry() as registry:
        wanted = image("1").manifest
        registry.tags["app", wanted] = image("2")
        with pytest.raises(ImageBroken, match="what came as"):
            await store.resolve(f"{registry.place}/app@{wanted}", "x86_64")


async def test_an_oci_layout_is_read_from_a_folder_and_from_a_tar(store, tmp_path):
    image("1").write_layout(tmp_path / "layout", "v1")
    found = await store.resolve(f"oci:{tmp_path}/layout:v1", "x86_64")
    assert (await store.root(found.digest) / "top").read_text() == "1"
    members = [
        entry(str(path.relative_to(tmp_path / "layout")), path.read_bytes())
        for path in (tmp_path / "layout").rglob("*")
        if path.is_file()
    ]
    (tmp_path / "layout.tar").write_bytes(layer(*members))
    assert (await store.resolve(f"oci:{tmp_path}/layout.tar", "x86_64")).digest == found.digest
    with pytest.raises(ImageMissing, match="has no image v2"):
        await store.resolve(f"oci:{tmp_path}/layout:v2", "x86_64")
    with pytest.raises(ImageMissing):
        await store.resolve(f"oci:{tmp_path}/nothing", "x86_64")


async def test_what_docker_save_writes_is_read(store, tmp_path):
    saved = image("1", Cmd=["x"])
    saved.write_docker_archive(tmp_path / "app.tar", "app:1")
    found = await store.resolve(f"docker-archive:{tmp_path}/app.tar:app:1", "x86_64")
    assert found.config.command == ("x",)
    again = make_store(tmp_path / "images")
    assert (await again.root(found.digest) / "top").read_text() == "1"
    with pytest.raises(ImageMissing):
        await store.resolve(f"docker-archive:{tmp_path}/app.tar:app:2", "x86_64")


async def test_many_who_want_the_same_image_share_the_work(store):
    async with TestRegistry() as registry:
        registry.tags["app", "1"] = image()
        found = await store.resolve(f"{registry.place}/app:1", "x86_64")
        roots = await asyncio.gather(*(store.root(found.digest) for _ in range(8)))
        assert len(set(roots)) == 1
        pulled = [path for path in registry.requests if "/blobs/" in path]
        assert len(pulled) == 3
        assert not store._at_work
