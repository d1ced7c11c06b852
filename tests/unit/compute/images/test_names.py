"""Names of images: what is one, where it is looked for, and by which way."""

import pytest

from sundog.compute.images.names import ImageName, parse_image_name
from sundog.compute.images.problems import BadImageName

DIGEST = "sha256:" + "0a" * 32


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        (
            "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:1.2",
            ImageName("registry", "123456789012.dkr.ecr.us-east-1.amazonaws.com", "team/app", "1.2"),
        ),
        ("localhost:5000/app", ImageName("registry", "localhost:5000", "app")),
        ("registry:5000/app:a_b", ImageName("registry", "registry:5000", "app", "a_b")),
        (f"ghcr.io/o/app@{DIGEST}", ImageName("registry", "ghcr.io", "o/app", "", DIGEST)),
        (f"ghcr.io/o/app:1@{DIGEST}", ImageName("registry", "ghcr.io", "o/app", "1", DIGEST)),
        ("oci:/images/app", ImageName("oci", "/images/app")),
        ("oci:/images/app:v1", ImageName("oci", "/images/app", "", "v1")),
        ("docker-archive:/app.tar:app:1", ImageName("docker-archive", "/app.tar", "", "app:1")),
    ],
)
def test_a_name_is_read(uri, name):
    assert parse_image_name(uri) == name


@pytest.mark.parametrize(
    "uri",
    ["", "app", "app:1", "library/app", "localhost/APP", "ghcr.io/", "ghcr.io/a//b", "ghcr.io/a:b:c",
     "ghcr.io/a@sha256:12", "http://ghcr.io/a", "oci:relative", "docker-archive:", "ghcr.io/a/../b"],
)  # fmt: skip
def test_what_names_no_image_is_refused(uri):
    with pytest.raises(BadImageName):
        parse_image_name(uri)


@pytest.mark.parametrize(
    ("place", "scheme"),
    [("localhost:5000", "http"), ("127.0.0.1:80", "http"), ("a.localhost", "http"), ("ghcr.io", "https")],
)
def test_only_what_stays_on_the_machine_goes_in_the_clear(place, scheme):
    assert ImageName("registry", place, "a").base_url == f"{scheme}://{place}"


@pytest.mark.parametrize("uri", ["localhost:5000/app:1", "oci:/images/app:v1"])
def test_the_resolved_name_is_a_name_again(uri):
    name = parse_image_name(uri)
    again = parse_image_name(name.resolved(DIGEST))
    assert (again.kind, again.place, again.repository) == (name.kind, name.place, name.repository)
    assert again.reference == DIGEST
