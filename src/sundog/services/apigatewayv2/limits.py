"""The quotas of HTTP and WebSocket APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""

from __future__ import annotations

APIS_MAX = 600
ROUTES_MAX = 300
INTEGRATIONS_MAX = 300
STAGES_MAX = 10
AUTHORIZERS_MAX, AUTHORIZER_TTL_S_DEFAULT, AUTHORIZER_TTL_S_MAX = 10, 300, 3_600
DOMAIN_NAMES_MAX = 120
MAPPINGS_MAX = 200
VPC_LINKS_MAX = 10
TAGS_MAX, TAG_KEY_MAX, TAG_VALUE_MAX = 50, 128, 256

STAGE_VARIABLES_MAX = 100
VARIABLE_NAME_MAX, VARIABLE_VALUE_MAX = 64, 512
AUDIENCES_MAX = 50
SCOPES_MAX = 10
MODEL_CHARACTERS_MAX = 32_768
ROUTE_KEY_MAX = 1_024

RULE_CONDITIONS_MAX = 3
CHARACTERS_MAX = {
    "AuthorizerUri": 2_048,
    "ConnectionId": 1_024,
    "ContentType": 256,
    "Description": 1_024,
    "IdentityValidationExpression": 1_024,
    "IntegrationMethod": 64,
    "IntegrationSubtype": 128,
    "IntegrationUri": 2_048,
    "Name": 128,
    "OperationName": 64,
    "PayloadFormatVersion": 64,
    "StageName": 128,
    "Target": 2_048,
    "Version": 64,
}
"""Of members that are texts."""

PAGE_DEFAULT, PAGE_MAX = 25, 500
AUTOMATIC_DEPLOYMENTS_MAX = 10
"""Of one API that no stage uses any more; older ones are forgotten."""

HTTP_TIMEOUT_MS, WEBSOCKET_TIMEOUT_MS = 30_000, 29_000
REMEMBERED_MAX = 20_000
"""APIs whose deployments are kept in memory, and stages that are kept compiled."""
