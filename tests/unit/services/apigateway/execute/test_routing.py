"""The tree of resources."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.services.apigateway.execute.routing import Routes

SEGMENTS = st.sampled_from(["a", "b", "{}", "c"])
PATHS = st.lists(SEGMENTS, max_size=4).map(
    lambda parts: "/" + "/".join(part.replace("{}", f"{{p{at}}}") for at, part in enumerate(parts))
)


def routes(*names):
    split = [name.split(" ") for name in names]
    return Routes((path, method, f"{method} {path}") for method, path in split)


@pytest.mark.parametrize(
    ("request_line", "found", "parameters"),
    [
        ("GET /pets/dog", "GET /pets/dog", {}),
        ("GET /pets/cat", "GET /pets/{id}", {"id": "cat"}),
        ("GET /pets/dog/toys", "GET /pets/{id}/toys", {"id": "dog"}),  # the literal branch has no toys
        ("GET /pets/dog/x/y", "GET /{rest+}", {"rest": "pets/dog/x/y"}),
        ("PUT /pets/cat", "ANY /pets/{id}", {"id": "cat"}),
        ("PUT /pets/dog", None, {}),  # the path alone says which resource is meant
        ("PUT /x", "ANY /x", {}),
        ("GET /a%2Fb", "GET /{rest+}", {"rest": "a%2Fb"}),
        ("POST /y", None, {}),
    ],
)
def test_the_best_branch_that_leads_somewhere_wins(request_line, found, parameters):
    tree = routes(
        "GET /pets/dog", "GET /pets/{id}", "GET /pets/{id}/toys", "GET /{rest+}", "ANY /pets/{id}", "ANY /x"
    )
    method, path = request_line.split(" ")
    result = tree.find(method, path)
    assert (result and result[0]) == found
    assert result is None or dict(result[1]) == parameters


def test_a_literal_may_be_written_encoded():
    tree = Routes([("/a b", "GET", "GET /a b")])
    assert tree.find("GET", "/a%20b")[0] == "GET /a b"


def test_the_rest_is_never_empty():
    tree = routes("GET /a/{rest+}")
    assert tree.find("GET", "/a") is None
    assert tree.find("GET", "/a/") is None


@given(st.sets(PATHS, min_size=1, max_size=8), st.lists(st.sampled_from("abc"), max_size=4))
def test_what_is_found_fits_the_path(paths, segments):
    path = "/" + "/".join(segments)
    found = Routes((one, "GET", one) for one in paths).find("GET", path)
    if found is None:
        return
    pattern, parameters = found
    filled = "/".join(parameters.get(part[1:-1], part) for part in pattern.split("/"))
    assert unquote(filled) == path


@given(st.sets(PATHS, min_size=1, max_size=8))
def test_every_resource_is_found_by_some_path(paths):
    tree = Routes((one, "GET", one) for one in paths)
    for one in paths:
        assert tree.find("GET", one.replace("{", "1").replace("}", "2")) is not None
