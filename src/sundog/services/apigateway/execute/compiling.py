"""From a deployment's snapshot (what the Get operations answer) to a `Program`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from sundog.lang.iam_policy import Policy, read_policy
from sundog.services.apigateway.execute.expressions import compile_source
from sundog.services.apigateway.execute.media import BinaryTypes
from sundog.services.apigateway.execute.program import (
    Authorizer,
    GatewayResponse,
    Integration,
    IntegrationResponse,
    Method,
    ParameterMapping,
    Program,
)
from sundog.services.apigateway.execute.routing import Routes
from sundog.services.apigateway.execute.schemas import compile_models
from sundog.services.apigateway.execute.templates import compile_templates

Document = Mapping[str, Any]

TIMEOUT_MS_DEFAULT: Final = 29_000
_ORDER: Final = {"header": 0, "path": 1, "querystring": 2}
"""In which AWS lists missing parameters (recorded)."""
_NEVER: Final = re.compile(r"(?!)")


def compile_program(snapshot: Document, deployment_id: str, partition: str = "aws") -> Program:
    """The program of a snapshot; what in it is no good fails when a request needs it, as on AWS."""
    api = snapshot["restApi"]
    endpoint = api.get("endpointConfiguration") or {}
    return Program(
        api_id=api["id"],
        deployment_id=deployment_id,
        partition=partition,
        metric_name=_metric_name(api),
        routes=Routes(_Methods(snapshot).all()),
        failures={
            one["responseType"]: _failure(one)
            for one in snapshot.get("gatewayResponses") or ()
            if not one.get("defaultResponse")
        },
        binary_types=BinaryTypes(api.get("binaryMediaTypes") or ()),
        key_source=api.get("apiKeySource") or "HEADER",
        compression_bytes_min=api.get("minimumCompressionSize"),
        policy=_policy(api.get("policy")),
        endpoint_types=tuple(endpoint.get("types") or ()),
        vpc_endpoint_ids=tuple(endpoint.get("vpcEndpointIds") or ()),
        is_closed_to_default_host=bool(api.get("disableExecuteApiEndpoint")),
    )


def _metric_name(api: Document) -> str:
    """What metrics call the API: its name without what is not ASCII; its id where nothing is left.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
    """
    name = (api.get("name") or "").encode("ascii", "ignore").decode()
    return name if name.strip() else str(api["id"])


class _Methods:
    """The methods of one snapshot, with what they refer to."""

    def __init__(self, snapshot: Document) -> None:
        self._resources = snapshot.get("resources") or ()
        self._validators = {one["id"]: one for one in snapshot.get("requestValidators") or ()}
        self._authorizers = {one["id"]: compile_authorizer(one) for one in snapshot.get("authorizers") or ()}
        models = {one["name"]: one.get("schema") for one in snapshot.get("models") or ()}
        self._check_of = compile_models(models)

    def all(self) -> Iterable[tuple[str, str, Method]]:
        for resource in self._resources:
            for http_method, method in (resource.get("resourceMethods") or {}).items():
                yield resource["path"], http_method, self._method(resource, http_method, method)

    def _method(self, resource: Document, http_method: str, method: Document) -> Method:
        validator = self._validators.get(method.get("requestValidatorId") or "", {})
        integration = method.get("methodIntegration")
        models = method.get("requestModels") or {}
        checks = {name.lower(): self._check_of(model) for name, model in models.items()}
        responses = method.get("methodResponses") or {}
        return Method(
            resource_id=resource["id"],
            path=resource["path"],
            http_method=http_method,
            integration=compile_integration(integration) if integration else None,
            authorization=(method.get("authorizationType") or "NONE").upper(),
            authorizer=self._authorizers.get(method.get("authorizerId") or ""),
            scopes=tuple(method.get("authorizationScopes") or ()),
            needs_key=bool(method.get("apiKeyRequired")),
            operation_name=method.get("operationName") or "",
            required=_required(method) if validator.get("validateRequestParameters") else (),
            bodies=checks if validator.get("validateRequestBody") else None,
            responses={status: _allowed(response) for status, response in responses.items()},
        )


def _required(method: Document) -> tuple[tuple[str, str, Any], ...]:
    found = []
    for name, is_required in (method.get("requestParameters") or {}).items():
        parts = name.split(".", 3)
        if is_required in (True, "true") and len(parts) == 4:
            found.append((parts[2], parts[3], compile_source(name)))
    return tuple(sorted(found, key=lambda one: _ORDER.get(one[0], 3)))


def _allowed(response: Document) -> frozenset[str]:
    """The headers that a method response lets through, in lower case."""
    prefix = "method.response.header."
    names = response.get("responseParameters") or {}
    return frozenset(name.removeprefix(prefix).lower() for name in names if name.startswith(prefix))


def compile_integration(body: Document) -> Integration:
    responses = [_response(one) for one in (body.get("integrationResponses") or {}).values()]
    return Integration(
        type=(body.get("type") or "MOCK").upper(),
        http_method=body.get("httpMethod") or "",
        uri=body.get("uri") or "",
        credentials=body.get("credentials") or "",
        timeout_ms=body.get("timeoutInMillis") or TIMEOUT_MS_DEFAULT,
        passthrough=body.get("passthroughBehavior") or "WHEN_NO_MATCH",
        handling=body.get("contentHandling") or "",
        templates=compile_templates(body.get("requestTemplates")),
        mappings=_mappings("integration.request.", body.get("requestParameters")),
        responses=tuple(one for one in responses if one.pattern is not None),
        default=next((one for one in responses if one.pattern is None), None),
        cache_namespace=body.get("cacheNamespace") or "",
        cache_keys=tuple((name, compile_source(name)) for name in body.get("cacheKeyParameters") or ()),
        verify_tls=not (body.get("tlsConfig") or {}).get("insecureSkipVerification"),
        is_streamed=body.get("responseTransferMode") == "STREAM",
    )


def _response(body: Document) -> IntegrationResponse:
    return IntegrationResponse(
        status=str(body["statusCode"]),
        pattern=compile_pattern(body["selectionPattern"]) if body.get("selectionPattern") else None,
        headers=_mappings("method.response.", body.get("responseParameters")),
        templates=compile_templates(body.get("responseTemplates")),
        handling=body.get("contentHandling") or "",
    )


def _mappings(prefix: str, parameters: Mapping[str, str] | None) -> tuple[ParameterMapping, ...]:
    found = []
    for target, source in (parameters or {}).items():
        location, _, name = target.removeprefix(prefix).partition(".")
        if target.startswith(prefix) and name and source:
            found.append(ParameterMapping(location, name, compile_source(source)))
    return tuple(found)


def compile_pattern(text: str) -> re.Pattern[str]:
    """A pattern of Java's; one that cannot be read matches nothing."""
    try:
        return re.compile(text)
    except re.error:
        return _NEVER


def compile_authorizer(body: Document) -> Authorizer:
    validation, ttl_s = body.get("identityValidationExpression"), body.get("authorizerResultTtlInSeconds")
    sources = [text.strip() for text in (body.get("identitySource") or "").split(",") if text.strip()]
    return Authorizer(
        id=body["id"],
        name=body.get("name") or "",
        type=body.get("type") or "TOKEN",
        uri=body.get("authorizerUri") or "",
        credentials=body.get("authorizerCredentials") or "",
        sources=tuple((text, compile_source(_as_parameter(text))) for text in sources),
        validation=compile_pattern(validation) if validation else None,
        ttl_ms=(300 if ttl_s is None else int(ttl_s)) * 1_000,
        providers=tuple(body.get("providerARNs") or ()),
    )


def _as_parameter(source: str) -> str:
    """``$context.x`` and ``$stageVariables.x`` may be written with the sign of templates."""
    return source.removeprefix("$")


def _failure(body: Document) -> GatewayResponse:
    prefix = "gatewayresponse.header."
    parameters = body.get("responseParameters") or {}
    headers = [
        (name.removeprefix(prefix), compile_source(source))
        for name, source in parameters.items()
        if name.startswith(prefix)
    ]
    status = str(body.get("statusCode") or "")
    templates = {name.lower(): text for name, text in (body.get("responseTemplates") or {}).items()}
    return GatewayResponse(int(status) if status.isdigit() else 0, tuple(headers), templates)


def _policy(text: Any) -> Policy | None:
    """The API's own policy: GetRestApi answers it with its quotation marks escaped."""
    if not text:
        return None
    for candidate in (text, text.replace('\\"', '"').replace("\\/", "/")):
        try:
            return read_policy(orjson.loads(candidate))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            continue
    return None
