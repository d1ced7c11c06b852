"""Custom domain names: which API answers below which path, mappings and routing rules."""

import pytest

NAME = "api.example.com"
CERTIFICATE = {"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/1"}


@pytest.fixture
async def domain(apis):
    return await apis.create_domain_name(DomainName=NAME, DomainNameConfigurations=[CERTIFICATE])


@pytest.fixture
async def api(api_id, serve, function, engine):
    await serve({"ANY /{proxy+}": {"IntegrationUri": await function(lambda event: event["rawPath"])}})
    return api_id


async def test_a_domain_name_has_aws_defaults(domain):
    assert domain["ApiMappingSelectionExpression"] == "$request.basepath"
    assert domain["DomainNameArn"] == f"arn:aws:apigateway:us-east-1::/domainnames/{NAME}"
    (configuration,) = domain["DomainNameConfigurations"]
    assert configuration["EndpointType"] == "REGIONAL" and configuration["DomainNameStatus"] == "AVAILABLE"


async def test_the_longest_key_that_fits_counts(apis, domain, api, ask, engine):
    await apis.create_stage(ApiId=api, StageName="v1", AutoDeploy=True)
    for key, stage in (("", "$default"), ("shop", "v1"), ("shop/v2", "$default")):
        await apis.create_api_mapping(DomainName=NAME, ApiId=api, Stage=stage, ApiMappingKey=key)
    for path in ("/a", "/shop/a", "/shop/v2/a", "/shopping/a"):
        assert (await ask(api, path, host=NAME)).status == 200
    contexts = [event["requestContext"] for event in engine.events("f")]
    assert [one["stage"] for one in contexts] == ["$default", "v1", "$default", "$default"]
    assert [one["domainName"] for one in contexts] == [NAME] * 4
    assert [event["pathParameters"]["proxy"] for event in engine.events("f")] == ["a", "a", "a", "shopping/a"]


async def test_a_path_without_mapping_is_forbidden(apis, domain, api, ask):
    await apis.create_api_mapping(DomainName=NAME, ApiId=api, Stage="$default", ApiMappingKey="shop")
    answer = await ask(api, "/other", host=NAME)
    assert (answer.status, answer.json) == (403, {"message": "Forbidden"})


async def test_a_domain_name_leads_to_an_api_whose_own_endpoint_is_disabled(apis, domain, api, ask):
    await apis.create_api_mapping(DomainName=NAME, ApiId=api, Stage="$default")
    await apis.update_api(ApiId=api, DisableExecuteApiEndpoint=True)
    assert (await ask(api, "/a")).status == 404
    assert (await ask(api, "/a", host=f"{NAME}:4566")).status == 200


async def test_a_wildcard_takes_any_first_label(apis, api, ask):
    await apis.create_domain_name(DomainName="*.example.org", DomainNameConfigurations=[CERTIFICATE])
    await apis.create_api_mapping(DomainName="*.example.org", ApiId=api, Stage="$default")
    assert (await ask(api, "/a", host="any.example.org")).status == 200


async def test_a_deleted_mapping_leads_nowhere(apis, domain, api, ask):
    mapping = await apis.create_api_mapping(DomainName=NAME, ApiId=api, Stage="$default")
    assert (await ask(api, "/a", host=NAME)).status == 200
    await apis.delete_api_mapping(DomainName=NAME, ApiMappingId=mapping["ApiMappingId"])
    assert (await ask(api, "/a", host=NAME)).status == 403


async def test_mappings_are_checked(apis, domain, api, socket_id, refused):
    below = {"DomainName": NAME, "ApiId": api, "Stage": "$default"}
    await apis.create_api_mapping(**below)
    assert (await refused(apis.create_api_mapping(**below)))[0] == "ConflictException"
    assert (await refused(apis.create_api_mapping(**{**below, "Stage": "no"})))[0] == "NotFoundException"
    assert (await refused(apis.create_api_mapping(**below, ApiMappingKey="a b")))[0] == "BadRequestException"
    await apis.create_stage(ApiId=socket_id, StageName="prod")
    call = apis.create_api_mapping(DomainName=NAME, ApiId=socket_id, Stage="prod", ApiMappingKey="chat")
    assert (await refused(call))[0] == "BadRequestException"
    assert (await refused(apis.delete_api(ApiId=api)))[0] == "BadRequestException"
    assert (await refused(apis.delete_stage(ApiId=api, StageName="$default")))[0] == "BadRequestException"


async def test_a_domain_name_is_taken_once(apis, domain, refused):
    call = apis.create_domain_name(DomainName=NAME, DomainNameConfigurations=[CERTIFICATE])
    assert (await refused(call))[:2] == ("ConflictException", 409)


@pytest.mark.parametrize(
    "members",
    [
        {"DomainName": "no"},
        {"DomainNameConfigurations": []},
        {"DomainNameConfigurations": [{"EndpointType": "EDGE", **CERTIFICATE}]},
        {"DomainNameConfigurations": [{}]},
    ],
    ids=str,
)
async def test_a_domain_name_that_could_not_be_is_refused(members, apis, refused):
    asked = {"DomainName": NAME, "DomainNameConfigurations": [CERTIFICATE], **members}
    assert (await refused(apis.create_domain_name(**asked)))[0] == "BadRequestException"


async def test_rules_choose_by_path_and_header_before_mappings(apis, domain, api, ask, engine):
    await apis.create_stage(ApiId=api, StageName="beta", AutoDeploy=True)
    await apis.update_domain_name(DomainName=NAME, RoutingMode="ROUTING_RULE_THEN_API_MAPPING")
    await apis.create_api_mapping(DomainName=NAME, ApiId=api, Stage="$default")
    rule = {
        "Priority": 10,
        "Conditions": [
            {"MatchBasePaths": {"AnyOf": ["shop"]}},
            {"MatchHeaders": {"AnyOf": [{"Header": "X-Version", "ValueGlob": "beta*"}]}},
        ],
        "Actions": [{"InvokeApi": {"ApiId": api, "Stage": "beta", "StripBasePath": True}}],
    }
    made = await apis.create_routing_rule(DomainName=NAME, **rule)
    await ask(api, "/shop/a", host=NAME, headers={"X-Version": "beta-2"})
    await ask(api, "/shop/a", host=NAME)
    assert [event["requestContext"]["stage"] for event in engine.events("f")] == ["beta", "$default"]
    assert engine.events("f")[0]["pathParameters"] == {"proxy": "a"}
    (listed,) = (await apis.list_routing_rules(DomainName=NAME))["RoutingRules"]
    assert listed["RoutingRuleId"] == made["RoutingRuleId"] and listed["Priority"] == 10


async def test_a_domain_name_leads_to_rest_apis_too(apis, domain, rest_id, ask):
    await apis.create_api_mapping(DomainName=NAME, ApiId=rest_id, Stage="dev", ApiMappingKey="rest")
    assert (await ask(rest_id, "/rest", host=NAME)).status == 200


@pytest.fixture
async def rest_id(client):
    """A REST API whose root answers, deployed to ``dev``."""
    rest = client("apigateway")
    rest_id = (await rest.create_rest_api(name="r"))["id"]
    root = (await rest.get_resources(restApiId=rest_id))["items"][0]["id"]
    place = {"restApiId": rest_id, "resourceId": root, "httpMethod": "GET"}
    await rest.put_method(**place, authorizationType="NONE")
    await rest.put_integration(
        **place, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'}
    )
    await rest.put_method_response(**place, statusCode="200")
    await rest.put_integration_response(**place, statusCode="200")
    await rest.create_deployment(restApiId=rest_id, stageName="dev")
    return rest_id


@pytest.fixture
async def rest_domain(client, rest_id):
    """A domain name made by the API of REST APIs, with one of them below ``/rest``."""
    rest = client("apigateway")
    await rest.create_domain_name(
        domainName=NAME,
        regionalCertificateArn=CERTIFICATE["CertificateArn"],
        endpointConfiguration={"types": ["REGIONAL"]},
    )
    await rest.create_base_path_mapping(domainName=NAME, restApiId=rest_id, stage="dev", basePath="rest")
    return rest


async def test_a_domain_name_of_the_first_api_takes_mappings_of_the_second(
    apis, rest_domain, api, ask, refused
):
    found = await apis.get_domain_name(DomainName=NAME)
    assert found["DomainNameConfigurations"][0]["CertificateArn"] == CERTIFICATE["CertificateArn"]
    await apis.create_api_mapping(DomainName=NAME, ApiId=api, Stage="$default", ApiMappingKey="http/v1")
    assert (await ask(api, "/http/v1/a", host=NAME)).status == 200
    assert (await ask(api, "/rest", host=NAME)).status == 200
    assert (await ask(api, "/neither", host=NAME)).status == 403
    assert [one["DomainName"] for one in (await apis.get_domain_names())["Items"]] == [NAME]
    await rest_domain.delete_domain_name(domainName=NAME)
    assert (await refused(apis.get_domain_name(DomainName=NAME)))[0] == "NotFoundException"
