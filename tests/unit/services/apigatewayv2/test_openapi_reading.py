"""Documents of any shape are read or refused, never a surprise."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sundog.services.apigatewayv2.openapi_reading import NotOpenApi, read_http_api

VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "$ref", "jwt", "#/paths"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                [
                    "paths",
                    "/a",
                    "get",
                    "$ref",
                    "security",
                    "components",
                    "securitySchemes",
                    "servers",
                    "info",
                    "x-amazon-apigateway-integration",
                    "x-amazon-apigateway-authorizer",
                    "type",
                    "jwt",
                    "tags",
                    "x-amazon-apigateway-cors",
                    "responseParameters",
                    "identitySource",
                    "jwtConfiguration",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["paths", "components", "servers", "info", "tags"]), VALUE))
def test_any_document_is_read_or_refused(document):
    with pytest.raises(NotOpenApi):
        read_http_api(document, "split")
    read_http_api({**document, "openapi": "3.0.0"}, "prepend")


def test_what_cors_says_in_another_type_is_not_said():
    cors = {"maxAge": ["x"], "allowCredentials": ["x"], "allowOrigins": ["https://a"], "allowMethods": 1}
    found = read_http_api({"openapi": "3.0.1", "x-amazon-apigateway-cors": cors}, "ignore")
    assert found.members["CorsConfiguration"] == {"AllowOrigins": ["https://a"]}


def test_every_authorizer_that_a_route_names_is_there():
    scheme = {"type": "oauth2", "x-amazon-apigateway-authorizer": {"type": False}}
    document = {
        "openapi": "3.0.1",
        "components": {"securitySchemes": {"odd": scheme}},
        "paths": {"/a": {"get": {"security": [{"odd": []}]}}},
    }
    found = read_http_api(document, "ignore")
    assert {route.authorizer for route in found.routes} <= set(found.authorizers) | {""}
