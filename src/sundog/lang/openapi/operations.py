"""The operations of a document as methods: parameters, bodies, responses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sundog.lang.openapi.api import Method, Values
from sundog.lang.openapi.document import mapping, objects, text, texts
from sundog.lang.openapi.integration import EXTENSION, read_integration, read_integration_responses
from sundog.lang.openapi.pointers import resolved
from sundog.lang.openapi.schemas import Schemas
from sundog.lang.openapi.security import read_access

ANY_METHOD: Final = "x-amazon-apigateway-any-method"
VALIDATOR: Final = "x-amazon-apigateway-request-validator"
METHODS: Final[Mapping[str, str]] = {
    "get": "GET",
    "put": "PUT",
    "post": "POST",
    "delete": "DELETE",
    "options": "OPTIONS",
    "head": "HEAD",
    "patch": "PATCH",
    ANY_METHOD: "ANY",
}
PLACES: Final[Mapping[str, str]] = {"path": "path", "query": "querystring", "header": "header"}
JSON: Final = "application/json"


class Operations:
    """Reads the operations of one document."""

    def __init__(self, document: Mapping[str, Any], schemas: Schemas, warn: Callable[[str], None]) -> None:
        self.document = document
        self.schemas = schemas
        self.warn = warn

    def read(self, path: str, item: Mapping[str, Any]) -> Iterator[Method]:
        """The methods of a path; ``path`` is where the resource will be."""
        for name, http_method in METHODS.items():
            if isinstance(item.get(name), dict):
                yield self._method(path, http_method, item[name], item)

    def _method(
        self, path: str, http_method: str, operation: Mapping[str, Any], item: Mapping[str, Any]
    ) -> Method:
        access = read_access(self.document, operation, self.warn)
        parameters = self._parameters(item, operation)
        values = {
            "operationName": text(operation.get("operationId")),
            "authorizationType": access.kind,
            "authorizationScopes": list(access.scopes),
            "apiKeyRequired": access.needs_key,
            "requestParameters": self._request_parameters(parameters),
            "requestModels": self._request_models(parameters, operation),
        }
        extension = resolved(self.document, operation[EXTENSION]) if EXTENSION in operation else None
        return Method(
            path,
            http_method,
            {name: value for name, value in values.items() if value not in ("", [], {})},
            access.authorizer,
            text(operation.get(VALIDATOR, self.document.get(VALIDATOR))),
            self._responses(f"{http_method} {path}", operation),
            None if extension is None else read_integration(extension),
            read_integration_responses(mapping(extension)),
        )

    def _parameters(self, item: Mapping[str, Any], operation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Those of the path, over which those of the operation go."""
        found = {}
        for holder in (item, operation):
            for said in objects(holder.get("parameters")):
                parameter = resolved(self.document, said)
                found[text(parameter.get("in")), text(parameter.get("name"))] = parameter
        return list(found.values())

    def _request_parameters(self, parameters: list[Mapping[str, Any]]) -> dict[str, bool]:
        found = {}
        for parameter in parameters:
            place, name = text(parameter.get("in")), text(parameter.get("name"))
            if place in PLACES and name:
                found[f"method.request.{PLACES[place]}.{name}"] = parameter.get("required") is True
            elif place != "body":
                self.warn(f"Parameter '{name}' in '{place}' is not supported. Ignoring.")
        return found

    def _request_models(
        self, parameters: list[Mapping[str, Any]], operation: Mapping[str, Any]
    ) -> dict[str, str]:
        if "requestBody" in operation:
            return self._content(resolved(self.document, operation["requestBody"]))
        body = next((one for one in parameters if one.get("in") == "body"), None)
        name = self.schemas.name_of(body.get("schema")) if body else ""
        return dict.fromkeys(self._types(operation, "consumes"), name) if name else {}

    def _types(self, operation: Mapping[str, Any], member: str) -> list[str]:
        """Media types in Swagger 2: of the operation, else of the document, else JSON."""
        return texts(operation.get(member)) or texts(self.document.get(member)) or [JSON]

    def _content(self, holder: Mapping[str, Any]) -> dict[str, str]:
        """Models by media type in OpenAPI 3."""
        named = {
            kind: self.schemas.name_of(mapping(said).get("schema"))
            for kind, said in mapping(holder.get("content")).items()
        }
        return {kind: name for kind, name in named.items() if name}

    def _responses(self, method: str, operation: Mapping[str, Any]) -> dict[str, Values]:
        """Methods answer by status: what is said of all others (``default``) has no place."""
        found = {}
        for status, said in mapping(operation.get("responses")).items():
            if not (status.isdigit() and len(status) == 3):
                if status != "default" and not status.startswith("x-"):
                    self.warn(f"Response '{status}' of method '{method}' has no status code. Ignoring.")
                continue
            found[status] = self._response(status, resolved(self.document, said), operation)
        return found

    def _response(self, status: str, response: Mapping[str, Any], operation: Mapping[str, Any]) -> Values:
        headers = mapping(response.get("headers"))
        models = self._content(response)
        if "schema" in response:
            name = self.schemas.name_of(response["schema"])
            models = dict.fromkeys(self._types(operation, "produces"), name) if name else {}
        parameters = {f"method.response.header.{header}": False for header in headers}
        values = {"statusCode": status, "responseParameters": parameters, "responseModels": models}
        return {name: value for name, value in values.items() if value}
