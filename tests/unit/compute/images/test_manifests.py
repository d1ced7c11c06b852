"""Manifests, lists of them and configurations, as registries send them."""

import json

import pytest
from tests.images import Image, index_of

from sundog.compute.images.manifests import Index, Manifest, read_config, read_manifest
from sundog.compute.images.problems import ImageBroken, ImageMissing, ImageUnsupported

DOCKER = "application/vnd.docker.distribution.manifest.v2+json"


def test_a_manifest_names_its_config_and_layers():
    image = Image(b"layer")
    manifest = read_manifest(image.body, "")
    assert isinstance(manifest, Manifest)
    assert manifest.digest == image.manifest
    assert manifest.config.digest in image.blobs
    assert len(manifest.layers) == 1


def test_the_media_type_may_come_with_the_answer_alone():
    document = {k: v for k, v in json.loads(Image().body).items() if k != "mediaType"}
    assert isinstance(read_manifest(json.dumps(document).encode(), f"{DOCKER}; charset=utf-8"), Manifest)


def test_a_list_is_chosen_from_by_architecture():
    arm, intel = Image(architecture="arm64"), Image(architecture="amd64")
    index = read_manifest(index_of(arm, intel).body, "")
    assert isinstance(index, Index)
    assert index.choose("x86_64").digest == intel.manifest
    assert index.choose("arm64").digest == arm.manifest


def test_an_architecture_that_is_not_in_the_list_is_missing():
    index = read_manifest(index_of(Image(architecture="arm64")).body, "")
    with pytest.raises(ImageMissing, match="no image for amd64 in the list, only for arm64"):
        index.choose("x86_64")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", ImageBroken),
        (b"[]", ImageBroken),
        (b"{}", ImageUnsupported),
        (
            b'{"mediaType": "application/vnd.docker.distribution.manifest.v1+json", "fsLayers": []}',
            ImageUnsupported,
        ),
        (b'{"layers": []}', ImageUnsupported),
        (b'{"layers": [], "config": {"digest": "sha256:../../etc", "size": 1}}', ImageUnsupported),
        (b'{"layers": [], "config": {"digest": "md5:12", "size": 1}}', ImageUnsupported),
    ],
)
def test_what_is_no_manifest_is_told(body, problem):
    with pytest.raises(problem):
        read_manifest(body, "")


def test_a_configuration_says_how_to_start():
    body = {
        "architecture": "amd64",
        "config": {"Entrypoint": ["/a"], "Cmd": ["b"], "WorkingDir": "/w", "Env": ["A=1=2", "B="]},
        "rootfs": {"diff_ids": ["sha256:1"]},
    }
    config = read_config(json.dumps(body).encode())
    assert (config.entrypoint, config.command, config.working_dir) == (("/a",), ("b",), "/w")
    assert config.environment == {"A": "1=2", "B": ""}
    assert config.diff_ids == ("sha256:1",)


def test_a_configuration_without_layers_is_none():
    with pytest.raises(ImageUnsupported):
        read_config(b'{"config": {}}')
