"""A deployed API as a document.

What is read is a deployment's snapshot: resources, models, authorizers as the Get operations answer them.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-export-api.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sundog.lang.openapi.described import Described
from sundog.lang.openapi.integration import EXTENSION, write_integration
from sundog.lang.openapi.operations import ANY_METHOD, VALIDATOR
from sundog.lang.openapi.reading import ENDPOINT
from sundog.lang.openapi.schemas import references, with_references
from sundog.lang.openapi.schemes import Schemes

PLACES: Final[Mapping[str, str]] = {"path": "path", "querystring": "query", "header": "header"}


@dataclass(frozen=True, slots=True)
class Extensions:
    """Which of API Gateway's extensions a document has besides what OpenAPI itself can say."""

    integrations: bool = False
    authorizers: bool = False
    everything: bool = False


def write_api(
    snapshot: Mapping[str, Any],
    *,
    is_swagger: bool,
    extensions: Extensions,
    host: str,
    stage: str,
    created: str,
    parts: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """``parts``: what goes into the descriptions. ``created`` stands for a missing version."""
    return _Writer(snapshot, is_swagger, extensions, Described(parts)).document(host, stage, created)


class _Writer:
    def __init__(
        self, snapshot: Mapping[str, Any], is_swagger: bool, extensions: Extensions, described: Described
    ) -> None:
        self.snapshot = snapshot
        self.api = snapshot["restApi"]
        self.is_swagger = is_swagger
        self.extensions = extensions
        self.described = described
        shows_authorizers = extensions.authorizers or extensions.everything
        self.schemes = Schemes(snapshot["authorizers"], shows_authorizers=shows_authorizers)
        self.models = {model["name"]: json.loads(model["schema"]) for model in snapshot["models"]}
        self.used: dict[str, None] = {}

    def document(self, host: str, stage: str, created: str) -> dict[str, Any]:
        paths = {
            resource["path"]: self._path(resource)
            for resource in self.snapshot["resources"]
            if resource.get("resourceMethods")
        }
        head = self._swagger_head(host, stage) if self.is_swagger else self._head(host, stage)
        document = {
            **self.described.top(head, self._info(created)),
            "paths": paths,
            **(self._definitions() if self.is_swagger else {"components": self._components()}),
        }
        return {**document, **(self._api_extensions() if self.extensions.everything else {})}

    def _info(self, created: str) -> dict[str, Any]:
        info = {
            "title": self.api["name"],
            "description": self.api.get("description"),
            "version": self.api.get("version") or created,
        }
        return {name: value for name, value in info.items() if value}

    def _head(self, host: str, stage: str) -> dict[str, Any]:
        server: dict[str, Any] = {
            "url": f"https://{host}/{{basePath}}",
            "variables": {"basePath": {"default": stage}},
        }
        return {"openapi": "3.0.1", "servers": [{**server, **self._endpoint()}]}

    def _swagger_head(self, host: str, stage: str) -> dict[str, Any]:
        return {"swagger": "2.0", "host": host, "basePath": f"/{stage}", "schemes": ["https"]}

    def _endpoint(self) -> dict[str, Any]:
        said = {
            "disableExecuteApiEndpoint": self.api.get("disableExecuteApiEndpoint"),
            "vpcEndpointIds": self.api["endpointConfiguration"].get("vpcEndpointIds"),
        }
        known = {name: value for name, value in said.items() if value}
        return {ENDPOINT: known} if known and self.extensions.everything else {}

    def _components(self) -> dict[str, Any]:
        schemas, schemes = self._schemas(), self._schemes()
        return {
            **({"schemas": schemas} if schemas else {}),
            **({"securitySchemes": schemes} if schemes else {}),
        }

    def _definitions(self) -> dict[str, Any]:
        schemas, schemes = self._schemas(), self._schemes()
        return {
            **({"securityDefinitions": schemes} if schemes else {}),
            **({"definitions": schemas} if schemas else {}),
        }

    def _schemes(self) -> dict[str, Any]:
        return {name: self.described.scheme(name, scheme) for name, scheme in self.schemes.used.items()}

    def _schemas(self) -> dict[str, Any]:
        """The models that methods use, and those that these refer to."""
        waiting = list(self.used)
        while waiting:
            for reference in references(self.models.get(waiting.pop(), {})):
                name = reference.rpartition("/")[2]
                if name in self.models and name not in self.used:
                    self.used[name] = None
                    waiting.append(name)
        return {name: self._schema(name) for name in self.models if name in self.used}

    def _schema(self, name: str) -> Any:
        schema = {key: value for key, value in self.models[name].items() if key != "$schema"}
        return self.described.model(name, with_references(schema, self._reference))

    def _reference(self, url: str) -> str:
        return url if url.startswith("#") else self._pointer(url.rpartition("/")[2])

    def _pointer(self, name: str) -> str:
        return f"#/definitions/{name}" if self.is_swagger else f"#/components/schemas/{name}"

    def _path(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        operations = {
            ANY_METHOD if name == "ANY" else name.lower(): self._operation(resource, method)
            for name, method in resource["resourceMethods"].items()
        }
        return self.described.resource(resource["path"], operations)

    def _operation(self, resource: Mapping[str, Any], method: Mapping[str, Any]) -> dict[str, Any]:
        place = (resource["path"], method["httpMethod"])
        types = {} if not self.is_swagger else self._media_types(method)
        operation = {
            "operationId": method.get("operationName"),
            **types,
            "parameters": self._parameters(place, method),
            "requestBody": None if self.is_swagger else self._request_body(place, method),
            "responses": {
                status: self._response(place, response)
                for status, response in method.get("methodResponses", {}).items()
            },
            "security": self.schemes.requirement(method),
        }
        written = {
            name: value
            for name, value in operation.items()
            if value not in (None, "", [], {}) or (name == "responses" and self.is_swagger)
        }
        return {**self.described.method(*place, written), **self._operation_extensions(resource, method)}

    def _operation_extensions(self, resource: Mapping[str, Any], method: Mapping[str, Any]) -> dict[str, Any]:
        written: dict[str, Any] = {}
        validators = {one["id"]: one["name"] for one in self.snapshot["requestValidators"]}
        if self.extensions.everything and method.get("requestValidatorId") in validators:
            written[VALIDATOR] = validators[method["requestValidatorId"]]
        shows = self.extensions.integrations or self.extensions.everything
        if shows and "methodIntegration" in method:
            written[EXTENSION] = write_integration(method["methodIntegration"], resource["id"])
        return written

    def _media_types(self, method: Mapping[str, Any]) -> dict[str, list[str]]:
        responses = method.get("methodResponses", {}).values()
        produced = dict.fromkeys(kind for one in responses for kind in one.get("responseModels", {}))
        return {"consumes": list(method.get("requestModels", {})), "produces": list(produced)}

    def _parameters(self, place: tuple[str, str], method: Mapping[str, Any]) -> list[dict[str, Any]]:
        found = []
        for name, is_required in method.get("requestParameters", {}).items():
            _, _, where, own_name = name.split(".", 3)
            found.append(self._parameter(place, PLACES[where], own_name, is_required))
        if self.is_swagger:
            found += self._body_parameter(place, method)
        return found

    def _parameter(self, place: tuple[str, str], where: str, name: str, is_required: bool) -> dict[str, Any]:
        parameter: dict[str, Any] = {"name": name, "in": where}
        if is_required or self.is_swagger:
            parameter["required"] = is_required
        parameter |= {"type": "string"} if self.is_swagger else {"schema": {"type": "string"}}
        return self.described.parameter(*place, where, name, parameter)

    def _body_parameter(self, place: tuple[str, str], method: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Swagger has one body, whatever its type."""
        name = next(iter(method.get("requestModels", {}).values()), "")
        if not name:
            return []
        body = {"in": "body", "name": name, "required": True, "schema": self._use(name)}
        return [self.described.body(*place, body)]

    def _request_body(self, place: tuple[str, str], method: Mapping[str, Any]) -> dict[str, Any] | None:
        content = self._content(method.get("requestModels", {}))
        return self.described.body(*place, {"content": content, "required": True}) if content else None

    def _content(self, models: Mapping[str, str]) -> dict[str, Any]:
        return {kind: {"schema": self._use(name)} for kind, name in models.items()}

    def _use(self, name: str) -> dict[str, str]:
        self.used[name] = None
        return {"$ref": self._pointer(name)}

    def _response(self, place: tuple[str, str], response: Mapping[str, Any]) -> dict[str, Any]:
        status = response["statusCode"]
        written: dict[str, Any] = {"description": f"{status} response"}
        kind = {"type": "string"} if self.is_swagger else {"schema": {"type": "string"}}
        headers = {
            name.split(".", 3)[3]: self.described.header(*place, status, name.split(".", 3)[3], dict(kind))
            for name in response.get("responseParameters", {})
        }
        if headers:
            written["headers"] = headers
        models = response.get("responseModels", {})
        if not self.is_swagger:
            written["content"] = self._content(models)
        elif models:
            written["schema"] = self._use(next(iter(models.values())))
        return self.described.response(*place, status, written)

    def _api_extensions(self) -> dict[str, Any]:
        written = {
            "x-amazon-apigateway-api-key-source": _other(self.api.get("apiKeySource"), "HEADER"),
            "x-amazon-apigateway-policy": json.loads(self.api.get("policy") or "null"),
            "x-amazon-apigateway-request-validators": self._validators(),
            "x-amazon-apigateway-gateway-responses": self._gateway_responses(),
            "x-amazon-apigateway-minimum-compression-size": self.api.get("minimumCompressionSize"),
            "x-amazon-apigateway-binary-media-types": self.api.get("binaryMediaTypes"),
            "x-amazon-apigateway-security-policy": self.api.get("securityPolicy"),
            "x-amazon-apigateway-endpoint-access-mode": self.api.get("endpointAccessMode"),
            **(self._endpoint() if self.is_swagger else {}),
        }
        return {name: value for name, value in written.items() if value not in (None, "", [], {})}

    def _validators(self) -> dict[str, Any]:
        return {
            one["name"]: {
                "validateRequestParameters": one["validateRequestParameters"],
                "validateRequestBody": one["validateRequestBody"],
            }
            for one in self.snapshot["requestValidators"]
        }

    def _gateway_responses(self) -> dict[str, Any]:
        """Those that the API defines itself."""
        members = ("statusCode", "responseParameters", "responseTemplates")
        return {
            one["responseType"]: {name: one[name] for name in members if one.get(name)}
            for one in self.snapshot["gatewayResponses"]
            if not one["defaultResponse"]
        }


def _other(value: Any, usual: Any) -> Any:
    return None if value == usual else value
