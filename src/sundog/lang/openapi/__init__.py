"""OpenAPI documents (Swagger 2 and OpenAPI 3) with API Gateway's extensions, to plain values and back.

`read_document` parses JSON or YAML, `read_api` says what REST API a document describes, `write_api` makes a
document of a deployed API. Nothing here knows rows or identifiers.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from sundog.lang.openapi.api import Api, Method, Model
from sundog.lang.openapi.document import InvalidDocument, read_document, write_document
from sundog.lang.openapi.documentation import read_documentation
from sundog.lang.openapi.reading import read_api
from sundog.lang.openapi.writing import Extensions, write_api

__all__ = [
    "Api",
    "Extensions",
    "InvalidDocument",
    "Method",
    "Model",
    "read_api",
    "read_document",
    "read_documentation",
    "write_api",
    "write_document",
]
