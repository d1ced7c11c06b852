"""The table of what may be patched, resource by resource.

Paths and operations: "Patch Operations" in the API Gateway API reference, recorded answers where they differ.
Most resources quote what they know when they refuse (recorded: resources, validators, documentation parts;
usage plans: https://github.com/boto/boto3/issues/2629). Methods, what is below them, and gateway responses
(recorded) and APIs (https://github.com/aws/aws-cdk/issues/1157) say only that the path is invalid. Stages
have a module of their own: `stage_patches`. Values that only the store can judge (an authorizer's id) are
checked by the operation afterwards.
"""

from __future__ import annotations

from typing import Final

from sundog.services.apigateway import limits
from sundog.services.apigateway.edits import entry, first_item, flag, integer, item, items, member, number
from sundog.services.apigateway.errors import BadRequestException
from sundog.services.apigateway.patching import PatchTable, Plain, Quoting, Spot
from sundog.services.apigateway.plan_stages import plan_limit, plan_method, plan_stage, plan_throttle

_ANY: Final = "add replace remove"
_NO_PARAMETER: Final = "Invalid parameter name specified"
_MAPPED: Final = "Invalid null or empty value in {}"


def compression_size(value: str) -> int:
    if not value.isdecimal() or int(value) > limits.COMPRESSION_SIZE_MAX:
        raise BadRequestException(
            f"Invalid minimum compression size, must be between 0 and {limits.COMPRESSION_SIZE_MAX}"
        )
    return int(value)


REST_API: Final = PatchTable(
    (
        Spot("/name", "replace", member("name")),
        Spot("/description", "replace remove", member("description")),
        Spot("/version", "replace remove", member("version")),
        Spot("/apiKeySource", "replace", member("apiKeySource", blank="HEADER")),
        Spot("/policy", "replace remove", member("policy")),
        Spot("/binaryMediaTypes/{type}", _ANY, item("binaryMediaTypes")),
        Spot(
            "/minimumCompressionSize",
            "replace remove",
            member("minimumCompressionSize", read=compression_size),
        ),
        Spot("/disableExecuteApiEndpoint", "replace", member("disableExecuteApiEndpoint", read=flag)),
        Spot("/endpointConfiguration/types/{type}", "replace", first_item("endpointConfiguration", "types")),
        Spot("/endpointConfiguration/types", "add replace", first_item("endpointConfiguration", "types")),
        Spot(
            "/endpointConfiguration/ipAddressType",
            "replace",
            member("endpointConfiguration", "ipAddressType"),
        ),
        Spot("/endpointConfiguration/vpcEndpointIds", _ANY, items("endpointConfiguration", "vpcEndpointIds")),
        Spot("/securityPolicy", "replace", member("securityPolicy")),
        Spot("/endpointAccessMode", "replace", member("endpointAccessMode")),
    ),
    Plain(names_ops=True),
)

RESOURCE: Final = PatchTable(
    (
        Spot("/parentId", "replace", member("parentId")),
        Spot("/pathPart", "replace", member("pathPart")),
    ),
    Quoting(),
)

METHOD: Final = PatchTable(
    (
        Spot("/apiKeyRequired", "replace", member("apiKeyRequired", read=flag)),
        Spot("/authorizationScopes", _ANY, items("authorizationScopes")),
        Spot("/authorizationType", "replace", member("authorizationType")),
        Spot("/authorizerId", "replace", member("authorizerId")),
        Spot("/operationName", "replace", member("operationName")),
        Spot("/requestModels/{contentType}", _ANY, entry("requestModels")),
        Spot("/requestParameters/{name}", _ANY, entry("requestParameters", read=flag, absent=_NO_PARAMETER)),
        Spot("/requestValidatorId", "replace", member("requestValidatorId")),
    ),
    Plain(names_ops=True),
)

METHOD_RESPONSE: Final = PatchTable(
    (
        Spot("/responseModels/{contentType}", _ANY, entry("responseModels")),
        Spot(
            "/responseParameters/{name}", _ANY, entry("responseParameters", read=flag, absent=_NO_PARAMETER)
        ),
    ),
    Plain(names_ops=True),
)

INTEGRATION: Final = PatchTable(
    (
        Spot("/cacheKeyParameters/{name}", _ANY, item("cacheKeyParameters")),
        Spot("/cacheNamespace", "replace", member("cacheNamespace")),
        Spot("/connectionId", "replace", member("connectionId")),
        Spot("/connectionType", "replace", member("connectionType")),
        Spot("/contentHandling", "replace remove", member("contentHandling")),
        Spot("/credentials", "replace remove", member("credentials")),
        Spot("/httpMethod", "replace", member("httpMethod")),
        Spot("/integrationTarget", "replace remove", member("integrationTarget")),
        Spot("/passthroughBehavior", "replace", member("passthroughBehavior", blank="WHEN_NO_MATCH")),
        Spot("/requestParameters/{name}", _ANY, entry("requestParameters", absent=_NO_PARAMETER)),
        Spot("/requestTemplates/{contentType}", _ANY, entry("requestTemplates")),
        Spot("/responseTransferMode", "replace", member("responseTransferMode")),
        Spot(
            "/timeoutInMillis",
            "replace",
            member("timeoutInMillis", read=integer, blank=limits.TIMEOUT_MS_MAX),
        ),
        Spot(
            "/tlsConfig/insecureSkipVerification",
            "replace",
            member("tlsConfig", "insecureSkipVerification", read=flag),
        ),
        Spot("/type", "replace", member("type", blank="")),
        Spot("/uri", "replace", member("uri")),
    ),
    Plain(names_ops=True),
)

INTEGRATION_RESPONSE: Final = PatchTable(
    (
        Spot("/contentHandling", "replace remove", member("contentHandling")),
        Spot("/responseParameters/{name}", _ANY, entry("responseParameters", absent=_NO_PARAMETER)),
        Spot("/responseTemplates/{contentType}", _ANY, entry("responseTemplates")),
        Spot("/selectionPattern", "replace", member("selectionPattern")),
    ),
    Plain(names_ops=True),
)

MODEL: Final = PatchTable(
    (
        Spot("/description", "replace", member("description")),
        Spot("/schema", "replace", member("schema")),
    ),
    Quoting(),
)

REQUEST_VALIDATOR: Final = PatchTable(
    (
        Spot("/name", "replace", member("name")),
        Spot("/validateRequestParameters", "replace", member("validateRequestParameters", read=flag)),
        Spot("/validateRequestBody", "replace", member("validateRequestBody", read=flag)),
    ),
    Quoting(),
)

AUTHORIZER: Final = PatchTable(
    (
        Spot("/name", "replace", member("name")),
        Spot("/type", "replace", member("type")),
        Spot("/providerARNs", "add remove", items("providerARNs")),
        Spot("/authType", "replace", member("authType")),
        Spot("/authorizerUri", "replace", member("authorizerUri")),
        Spot("/authorizerCredentials", "replace", member("authorizerCredentials")),
        Spot("/identitySource", _ANY, member("identitySource")),
        Spot("/identityValidationExpression", "replace", member("identityValidationExpression")),
        Spot(
            "/authorizerResultTtlInSeconds", "replace", member("authorizerResultTtlInSeconds", read=integer)
        ),
    ),
    Quoting(),
)

GATEWAY_RESPONSE: Final = PatchTable(
    (
        Spot("/statusCode", "replace", member("statusCode")),
        Spot(
            "/responseParameters/{name}",
            _ANY,
            entry(
                "responseParameters",
                empty=_MAPPED.format("responseParameters"),
                absent=_NO_PARAMETER,
            ),
        ),
        Spot(
            "/responseTemplates/{contentType}",
            _ANY,
            entry("responseTemplates", empty=_MAPPED.format("responseTemplates")),
        ),
    ),
)

DEPLOYMENT: Final = PatchTable((Spot("/description", "replace", member("description")),), Quoting())

DOCUMENTATION_PART: Final = PatchTable((Spot("/properties", "replace", member("properties")),), Quoting())

DOCUMENTATION_VERSION: Final = PatchTable(
    (Spot("/description", "replace", member("description")),), Quoting()
)

API_KEY: Final = PatchTable(
    (
        Spot("/name", "replace", member("name")),
        Spot("/description", "replace", member("description")),
        Spot("/enabled", "replace", member("enabled", read=flag)),
        Spot("/customerId", "replace", member("customerId")),
        Spot("/stages", "add remove", items("stageKeys")),
    ),
    Quoting(),
)

USAGE: Final = PatchTable((Spot("/remaining", "replace", member("remaining", read=integer)),), Quoting())

DOMAIN_NAME: Final = PatchTable(
    (
        Spot("/certificateName", "replace", member("certificateName")),
        Spot("/certificateArn", "replace", member("certificateArn")),
        Spot("/regionalCertificateName", "replace", member("regionalCertificateName")),
        Spot("/regionalCertificateArn", "replace", member("regionalCertificateArn")),
        Spot(
            "/ownershipVerificationCertificateArn", "replace", member("ownershipVerificationCertificateArn")
        ),
        Spot("/endpointConfiguration/types/{type}", _ANY, first_item("endpointConfiguration", "types")),
        Spot(
            "/endpointConfiguration/ipAddressType",
            "replace",
            member("endpointConfiguration", "ipAddressType"),
        ),
        Spot("/securityPolicy", "replace", member("securityPolicy")),
        Spot("/endpointAccessMode", "replace", member("endpointAccessMode")),
        Spot("/policy", "replace remove", member("policy")),
        Spot("/managementPolicy", "replace remove", member("managementPolicy")),
        Spot("/routingMode", "replace", member("routingMode")),
        Spot("/mutualTlsAuthentication", "remove", member("mutualTlsAuthentication")),
        Spot(
            "/mutualTlsAuthentication/truststoreUri",
            "replace",
            member("mutualTlsAuthentication", "truststoreUri"),
        ),
        Spot(
            "/mutualTlsAuthentication/truststoreVersion",
            "replace",
            member("mutualTlsAuthentication", "truststoreVersion"),
        ),
    ),
    Quoting(),
)

BASE_PATH_MAPPING: Final = PatchTable(
    (
        Spot("/basePath", "replace", member("basePath")),
        Spot("/restapiId", "replace", member("restApiId")),
        Spot("/restApiId", "replace", member("restApiId")),
        Spot("/stage", "replace", member("stage")),
    ),
    Quoting(),
)

VPC_LINK: Final = PatchTable(
    (
        Spot("/name", "replace", member("name")),
        Spot("/description", "replace", member("description")),
    ),
    Quoting(),
)

CLIENT_CERTIFICATE: Final = PatchTable((Spot("/description", "replace", member("description")),), Quoting())

ACCOUNT: Final = PatchTable(
    (
        Spot("/cloudwatchRoleArn", "replace", member("cloudwatchRoleArn")),
        Spot("/features", "add remove", items("features")),
    ),
    Quoting(),
)

_LIMITS: Final = (("rateLimit", number), ("burstLimit", integer))

_STAGE: Final = "/apiStages/<apidId:stageName>/throttle"

USAGE_PLAN: Final = PatchTable(
    (
        Spot("/apiStages", "add remove", plan_stage),
        Spot("/name", "replace", member("name")),
        Spot("/description", "replace", member("description")),
        Spot("/quota", "remove", member("quota")),
        Spot("/throttle", "remove", member("throttle")),
        Spot("/productCode", _ANY, member("productCode")),
        Spot(f"{_STAGE}/<resourcePath>/<httpMethod>", "remove", plan_method),
        Spot(_STAGE, "replace remove", plan_throttle),
        *(
            Spot(f"{_STAGE}/<resourcePath>/<httpMethod>/{name}", "add replace", plan_limit(name, read))
            for name, read in _LIMITS
        ),
        *(
            Spot(f"/throttle/{name}", "add replace", member("throttle", name, read=read))
            for name, read in _LIMITS
        ),
        Spot("/quota/limit", "add replace", member("quota", "limit", read=integer)),
        Spot("/quota/offset", "add replace", member("quota", "offset", read=integer)),
        Spot("/quota/period", "add replace", member("quota", "period")),
    ),
    Quoting(),
)
