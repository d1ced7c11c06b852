"""Which API a request means."""

import pytest

from sundog.front.hosts import Reached, domain_of, find_api, is_rest_host, stage_url
from sundog.protocol.http import HttpRequest

REST, HTTP = "abcdefghij", "abcdefghi1"


def request(host="localhost:4566", path="/", **headers):
    return HttpRequest("GET", path, "", {"host": host, **headers}, b"")


@pytest.mark.parametrize(
    ("host", "path", "found"),
    [
        (f"{REST}.execute-api.eu-west-1.amazonaws.com", "/dev/a", Reached(REST, "/dev/a", None, "eu-west-1")),
        (f"{HTTP}.execute-api.us-east-1.localhost:4566", "/", Reached(HTTP, "/", None, "us-east-1")),
        (
            f"{REST}-vpce-0123456789abcdef0.execute-api.us-east-1.amazonaws.com",
            "/dev",
            Reached(REST, "/dev", None, "us-east-1", "vpce-0123456789abcdef0"),
        ),
        ("localhost", f"/_aws/execute-api/{REST}/dev/a/b", Reached(REST, "/a/b", "dev")),
        ("localhost", f"/_aws/execute-api/{REST}/dev", Reached(REST, "/", "dev")),
        ("localhost", f"/_aws/execute-api/{HTTP}/%24default/a", Reached(HTTP, "/a", "$default")),
        ("localhost", f"/_aws/execute-api/{HTTP}", Reached(HTTP, "/", "")),
        ("localhost", f"/restapis/{REST}/dev/_user_request_/a", Reached(REST, "/a", "dev")),
        ("localhost", f"/restapis/{REST}/dev/_user_request_", Reached(REST, "/", "dev")),
        ("localhost", f"/restapis/{REST}/resources", None),
        ("short.execute-api.us-east-1.localhost", "/", None),
        ("execute-api.us-east-1.localhost", "/", None),
        ("api.example.com", "/dev", None),
        ("", "/", None),
    ],
)
def test_an_api_is_found_by_host_or_path(host, path, found):
    assert find_api(request(host, path)) == found


def test_an_endpoint_names_its_api_by_a_header():
    host = "vpce-0123456789abcdef0-abc.execute-api.us-east-1.vpce.amazonaws.com"
    reached = find_api(request(host, "/dev", **{"x-apigw-api-id": REST}))
    assert reached == Reached(REST, "/dev", None, "us-east-1", "vpce-0123456789abcdef0")


@pytest.mark.parametrize(
    ("path", "split"),
    [("/dev/a/b", ("dev", "/a/b")), ("/dev", ("dev", "/")), ("/dev/", ("dev", "/")), ("/", ("", "/"))],
)
def test_the_stage_is_the_first_segment_where_nothing_else_named_it(path, split):
    assert Reached(REST, path).split_stage() == split
    assert Reached(REST, path, "named").split_stage() == ("named", path)


def test_ids_tell_the_kinds_apart():
    assert Reached(REST, "/").is_rest
    assert not Reached(HTTP, "/").is_rest
    assert is_rest_host(f"{REST}.execute-api.us-east-1.localhost")
    assert not is_rest_host(f"{HTTP}.execute-api.us-east-1.localhost")
    assert not is_rest_host("localhost:4566")


def test_a_domain_is_the_host_without_its_port_in_small_letters():
    assert domain_of(request("API.Example.com:443")) == "api.example.com"
    assert domain_of(request("[::1]")) == "[::1]"


def test_the_url_of_a_stage_has_the_servers_port():
    assert stage_url("http://localhost:4566", REST, "us-east-1", "dev") == (
        f"http://{REST}.execute-api.us-east-1.localhost:4566/dev"
    )
    assert stage_url("http://localhost:4566", HTTP, "us-east-1", "$default").endswith(":4566")
