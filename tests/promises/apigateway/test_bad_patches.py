"""Whatever a patch says, it is carried out or refused by AWS's errors, and what is kept can be shown."""

import pytest
from botocore.exceptions import ClientError

from sundog.services.apigateway import patches, stage_patches
from sundog.services.apigateway.patching import PatchTable

VALUES = (None, "", "x", "true", "-1", "1.5", "9" * 400, "nan", "{}", "é:\0", "٣")
SETTINGS = tuple(f"/*/*/{setting}" for setting in stage_patches.SETTINGS)
POOL = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_x"
BALANCER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/nlb/1"


@pytest.fixture
async def things(gateway, api, domain):
    """By the name of a table: how to update and get one thing that it is about."""
    at = {"restApiId": api.id, **await api.mock()}
    of_status = {**at, "statusCode": "200"}
    await gateway.put_method_response(**of_status)
    await gateway.put_integration_response(**of_status)
    deployment = await api.deploy(stageName="dev")
    validator = await api.create_request_validator(name="v")
    authorizer = await api.create_authorizer(
        name="a",
        type="COGNITO_USER_POOLS",
        providerARNs=[POOL],
        identitySource="method.request.header.A",
    )
    part = await api.create_documentation_part(location={"type": "API"}, properties="{}")
    await api.create_documentation_version(documentationVersion="1")
    key = await gateway.create_api_key(name="k")
    plan = await gateway.create_usage_plan(
        name="p", apiStages=[{"apiId": api.id, "stage": "dev"}], quota={"limit": 5, "period": "DAY"}
    )
    await gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    await domain()
    mapping = {"domainName": "api.example.com", "basePath": "v1"}
    await gateway.create_base_path_mapping(**mapping, restApiId=api.id)
    link = await gateway.create_vpc_link(name="l", targetArns=[BALANCER])
    certificate = await gateway.generate_client_certificate()
    mine = {"restApiId": api.id}
    return {
        "REST_API": ("rest_api", mine),
        "RESOURCE": ("resource", {**mine, "resourceId": await api.path("pets")}),
        "METHOD": ("method", at),
        "METHOD_RESPONSE": ("method_response", of_status),
        "INTEGRATION": ("integration", at),
        "INTEGRATION_RESPONSE": ("integration_response", of_status),
        "MODEL": ("model", {**mine, "modelName": "Empty"}),
        "REQUEST_VALIDATOR": ("request_validator", {**mine, "requestValidatorId": validator["id"]}),
        "AUTHORIZER": ("authorizer", {**mine, "authorizerId": authorizer["id"]}),
        "GATEWAY_RESPONSE": ("gateway_response", {**mine, "responseType": "THROTTLED"}),
        "DEPLOYMENT": ("deployment", {**mine, "deploymentId": deployment}),
        "STAGE": ("stage", {**mine, "stageName": "dev"}),
        "DOCUMENTATION_PART": ("documentation_part", {**mine, "documentationPartId": part["id"]}),
        "DOCUMENTATION_VERSION": ("documentation_version", {**mine, "documentationVersion": "1"}),
        "API_KEY": ("api_key", {"apiKey": key["id"]}),
        "USAGE_PLAN": ("usage_plan", {"usagePlanId": plan["id"]}),
        "USAGE": ("usage", {"usagePlanId": plan["id"], "keyId": key["id"]}),
        "DOMAIN_NAME": ("domain_name", {"domainName": "api.example.com"}),
        "BASE_PATH_MAPPING": ("base_path_mapping", mapping),
        "VPC_LINK": ("vpc_link", {"vpcLinkId": link["id"]}),
        "CLIENT_CERTIFICATE": (
            "client_certificate",
            {"clientCertificateId": certificate["clientCertificateId"]},
        ),
        "ACCOUNT": ("account", {}),
    }


def _operations(table: PatchTable, api_id: str):
    paths = [
        spot.path.replace("<apidId:stageName>", f"{api_id}:dev").replace("{", "").replace("}", "")
        for spot in table.spots
    ]
    if table is stage_patches.STAGE:
        paths += SETTINGS
    for op in ("add", "replace", "remove", "copy", "move", "test"):
        for path in [*paths, "", "/", "//", "/no"]:
            for value in VALUES if op in ("add", "replace") else (None,):
                yield {"op": op, "path": path, **({} if value is None else {"value": value})}


TABLES = {name: table for name, table in vars(patches).items() if isinstance(table, PatchTable)}
TABLES["STAGE"] = stage_patches.STAGE


@pytest.mark.parametrize("name", TABLES)
async def test_no_patch_breaks_a_thing(gateway, api, things, name):
    noun, names = things[name]
    for operation in _operations(TABLES[name], api.id):
        try:
            await getattr(gateway, f"update_{noun}")(**names, patchOperations=[operation])
        except ClientError as error:
            found = error.response["Error"]
            assert found["Code"] in ("BadRequestException", "NotFoundException", "ConflictException"), (
                operation,
                found,
            )
        if noun == "usage":
            await gateway.get_usage(**names, startDate="2023-11-14", endDate="2023-11-14")
        elif noun == "base_path_mapping":  # it may have moved
            await gateway.get_base_path_mappings(domainName=names["domainName"])
        else:
            await getattr(gateway, f"get_{noun}")(**names)
