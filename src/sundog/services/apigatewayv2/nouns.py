"""The nouns of this service."""

from __future__ import annotations

from sundog.services.apigatewayv2 import limits
from sundog.services.apigatewayv2.model import Noun

API = Noun("api", "API", "ApiId", quota=limits.APIS_MAX)
ROUTE = Noun("route", "Route", "RouteId", "RouteKey", limits.ROUTES_MAX)
ROUTE_RESPONSE = Noun("route_response", "RouteResponse", "RouteResponseId", "RouteResponseKey")
INTEGRATION = Noun("integration", "Integration", "IntegrationId", quota=limits.INTEGRATIONS_MAX)
INTEGRATION_RESPONSE = Noun(
    "integration_response", "IntegrationResponse", "IntegrationResponseId", "IntegrationResponseKey"
)
MODEL = Noun("model", "Model", "ModelId", "Name")
AUTHORIZER = Noun("authorizer", "Authorizer", "AuthorizerId", "Name", limits.AUTHORIZERS_MAX)
DEPLOYMENT = Noun("deployment", "Deployment", "DeploymentId")
STAGE = Noun("stage", "Stage", "StageName", quota=limits.STAGES_MAX)
DOMAIN_NAME = Noun("domain_name", "DomainName", "DomainName", quota=limits.DOMAIN_NAMES_MAX)
API_MAPPING = Noun("api_mapping", "ApiMapping", "ApiMappingId", "ApiMappingKey", limits.MAPPINGS_MAX)
ROUTING_RULE = Noun("routing_rule", "RoutingRule", "RoutingRuleId", "Priority")
VPC_LINK = Noun("vpc_link", "Vpc Link", "VpcLinkId", quota=limits.VPC_LINKS_MAX)

NOUNS = {
    noun.kind: noun
    for noun in (
        API,
        ROUTE,
        ROUTE_RESPONSE,
        INTEGRATION,
        INTEGRATION_RESPONSE,
        MODEL,
        AUTHORIZER,
        DEPLOYMENT,
        STAGE,
        DOMAIN_NAME,
        API_MAPPING,
        ROUTING_RULE,
        VPC_LINK,
    )
}
