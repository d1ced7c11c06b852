"""Which route a request means, as AWS documents the order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.services.apigatewayv2.execute.routing import Routes


def found(keys, method, path):
    match = Routes((key, key) for key in keys).find(method, path.removeprefix("/").split("/"))
    return None if match is None else (match.route, dict(match.parameters))


DOCUMENTED = ["GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default"]


@pytest.mark.parametrize(
    ("method", "path", "route", "parameters"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1", {}),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}", {"id": "2"}),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}", {"proxy": "cat/1"}),
        ("POST", "/test/5", "ANY /{proxy+}", {"proxy": "test/5"}),
        ("POST", "/pets/dog/1", "ANY /{proxy+}", {"proxy": "pets/dog/1"}),
        ("GET", "/", "$default", {}),
    ],
)
def test_the_documented_order(method, path, route, parameters):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html"""
    assert found(DOCUMENTED, method, path) == (route, parameters)


@pytest.mark.parametrize(
    ("keys", "path", "route"),
    [
        (["GET /a", "ANY /a"], "/a", "GET /a"),
        (["ANY /a", "GET /{x}"], "/a", "ANY /a"),
        (["POST /a", "GET /{x}"], "/a", "GET /{x}"),
        (["GET /a/{p+}", "GET /{x}/b"], "/a/b", "GET /{x}/b"),
        (["ANY /{x}/b", "GET /a/{p+}"], "/a/b", "ANY /{x}/b"),
        (["GET /{p+}", "GET /a/{p+}"], "/a/b", "GET /a/{p+}"),
        (["GET /{p+}", "GET /{x}/{p+}"], "/a/b", "GET /{x}/{p+}"),
        (["POST /a/{p+}", "GET /{p+}"], "/a/b", "GET /{p+}"),
        (["GET /a/{x}/c", "GET /a/b/{y}"], "/a/b/c", "GET /a/b/{y}"),
        (["GET /a/"], "/a", None),
        (["GET /a"], "/a/", None),
        (["GET /a/{x}"], "/a/", None),
        (["GET /a/{p+}"], "/a/", None),
        (["GET /a/{p+}"], "/a", None),
        (["GET /"], "/", "GET /"),
        (["POST /a"], "/a", None),
    ],
)
def test_texts_before_variables_before_greedy_ones(keys, path, route):
    match = found(keys, "GET", path)
    assert (match and match[0]) == route


def test_every_route_names_its_variables_itself():
    keys = ["GET /{id}", "POST /{name}"]
    assert found(keys, "GET", "/7") == ("GET /{id}", {"id": "7"})
    assert found(keys, "POST", "/7") == ("POST /{name}", {"name": "7"})


SEGMENT = st.sampled_from(["a", "b", "{x}", "{y}"])
PATH = st.lists(SEGMENT, min_size=1, max_size=4)
KEY = st.tuples(st.sampled_from(["GET", "POST", "ANY"]), PATH, st.booleans())


def _key(method, segments, is_greedy):
    named = [f"{{{part.strip('{}')}{at}}}" if "{" in part else part for at, part in enumerate(segments)]
    return f"{method} /{'/'.join([*named, '{rest+}'] if is_greedy else named)}"


def _fits(key, method, path):
    """By the definition, without a tree."""
    key_method, _, key_path = key.partition(" ")
    if key_method not in (method, "ANY"):
        return False
    parts = key_path.removeprefix("/").split("/")
    if parts[-1] == "{rest+}":
        parts = parts[:-1]
        if len(path) <= len(parts):
            return False
    elif len(path) != len(parts):
        return False
    return all(part.startswith("{") or part == segment for part, segment in zip(parts, path, strict=False))


@given(st.lists(KEY, max_size=6), st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=4))
def test_a_route_is_found_if_and_only_if_one_fits(keys, path):
    keys = {_key(*key) for key in keys}
    match = Routes((key, key) for key in keys).find("GET", path)
    fitting = [key for key in keys if _fits(key, "GET", path)]
    assert (match is not None) == bool(fitting)
    if match is not None:
        assert match.route in fitting
        if any("{rest+}" not in key for key in fitting):
            assert "{rest+}" not in match.route
