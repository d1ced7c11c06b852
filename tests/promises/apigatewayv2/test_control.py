"""Making and changing what APIs consist of: defaults, updates, pages, refusals in AWS's words."""

import pytest

from .conftest import FUNCTION

ANY = {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY", "IntegrationUri": "https://example.com"}


async def test_an_http_api_has_aws_defaults(apis, clock):
    api = await apis.create_api(Name="shop", ProtocolType="HTTP", Tags={"team": "a"})
    id = api["ApiId"]
    assert len(id) == 10 and id[-1].isdigit()
    assert api["ApiEndpoint"] == f"http://{id}.execute-api.us-east-1.localhost:4566"
    assert api["RouteSelectionExpression"] == "${request.method} ${request.path}"
    assert api["ApiKeySelectionExpression"] == "$request.header.x-api-key"
    assert (api["DisableExecuteApiEndpoint"], api["IpAddressType"]) == (False, "ipv4")
    assert (api["Tags"], api["CreatedDate"].timestamp()) == ({"team": "a"}, clock.now_ms() // 1000)
    found = await apis.get_api(ApiId=id)
    assert {k: v for k, v in found.items() if k != "ResponseMetadata"} == {
        k: v for k, v in api.items() if k != "ResponseMetadata"
    }


async def test_a_websocket_api_answers_on_websockets(apis, socket_id):
    api = await apis.get_api(ApiId=socket_id)
    assert (
        api["ApiEndpoint"].startswith("ws://") and api["RouteSelectionExpression"] == "$request.body.action"
    )


async def test_an_update_changes_what_it_names_only(apis, api_id):
    await apis.update_api(ApiId=api_id, Description="d", Version="1")
    api = await apis.update_api(ApiId=api_id, Name="other")
    assert (api["Name"], api["Description"], api["Version"]) == ("other", "d", "1")
    api = await apis.update_api(ApiId=api_id, Version="")
    assert "Version" not in api


async def test_what_is_not_there_is_not_found(apis, api_id, refused):
    code, status, text = await refused(apis.get_api(ApiId="aaaaaaaaa1"))
    assert (code, status) == ("NotFoundException", 404)
    assert text == "Invalid API identifier specified 000000000000:aaaaaaaaa1"
    for call in (
        apis.get_route(ApiId=api_id, RouteId="x"),
        apis.get_integration(ApiId=api_id, IntegrationId="x"),
        apis.get_stage(ApiId=api_id, StageName="x"),
        apis.get_deployment(ApiId=api_id, DeploymentId="x"),
        apis.get_authorizer(ApiId=api_id, AuthorizerId="x"),
        apis.get_model(ApiId=api_id, ModelId="x"),
        apis.get_domain_name(DomainName="x"),
        apis.get_vpc_link(VpcLinkId="x"),
        apis.get_routes(ApiId="x"),
    ):
        assert (await refused(call))[:2] == ("NotFoundException", 404)


async def test_lists_come_in_pages(apis, api_id):
    for number in range(5):
        await apis.create_route(ApiId=api_id, RouteKey=f"GET /{number}")
    keys, token = [], None
    while True:
        page = await apis.get_routes(ApiId=api_id, MaxResults="2", **({"NextToken": token} if token else {}))
        assert len(page["Items"]) <= 2
        keys += [route["RouteKey"] for route in page["Items"]]
        if (token := page.get("NextToken")) is None:
            break
    assert sorted(keys) == [f"GET /{number}" for number in range(5)]


@pytest.mark.parametrize("members", [{"MaxResults": "0"}, {"MaxResults": "x"}, {"NextToken": "?"}], ids=str)
async def test_a_page_that_is_none_is_refused(members, apis, refused):
    assert (await refused(apis.get_apis(**members)))[:2] == ("BadRequestException", 400)


async def test_accounts_and_regions_do_not_see_each_other(client, api_id):
    for other in (client("apigatewayv2", region="eu-west-1"), client("apigatewayv2", account="111111111111")):
        assert (await other.get_apis())["Items"] == []


# Routes


async def test_a_route_has_aws_defaults(apis, api_id):
    route = await apis.create_route(ApiId=api_id, RouteKey="GET /a/{id}")
    assert (route["AuthorizationType"], route["ApiKeyRequired"]) == ("NONE", False)


@pytest.mark.parametrize(
    "key",
    ["GET", "GET a", "FETCH /a", "get /a", "GET /{a}/{a}", "GET /{a+}/b", "GET /a{b}", "/a", "$connect"],
)
async def test_a_route_key_has_a_form(key, apis, api_id, refused):
    code, _, text = await refused(apis.create_route(ApiId=api_id, RouteKey=key))
    assert code == "BadRequestException"
    assert text == (
        "The provided route key is not formatted properly for HTTP protocol. Format should be"
        ' "<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
    )


async def test_a_route_key_is_taken_once(apis, api_id, refused):
    await apis.create_route(ApiId=api_id, RouteKey="GET /a")
    other = await apis.create_route(ApiId=api_id, RouteKey="GET /b")
    told = ("ConflictException", 409, "Route with key GET /a already exists for this API")
    assert await refused(apis.create_route(ApiId=api_id, RouteKey="GET /a")) == told
    assert await refused(apis.update_route(ApiId=api_id, RouteId=other["RouteId"], RouteKey="GET /a")) == told


async def test_a_route_names_what_is_there(apis, api_id, refused):
    for members in (
        {"Target": "integrations/none"},
        {"Target": "none"},
        {"AuthorizationType": "JWT", "AuthorizerId": "none"},
        {"AuthorizationType": "CUSTOM"},
        {"AuthorizationScopes": ["a"]},
        {"AuthorizationType": "JWT", "AuthorizerId": "none", "AuthorizationScopes": ['a"']},
        {"ApiKeyRequired": True},
    ):
        code, _, _ = await refused(apis.create_route(ApiId=api_id, RouteKey="GET /a", **members))
        assert code == "BadRequestException", members


async def test_an_authorizer_is_taken_from_a_route_by_none(apis, api_id):
    authorizer = await apis.create_authorizer(
        ApiId=api_id,
        Name="jwt",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": "https://example.com", "Audience": ["a"]},
    )
    id = authorizer["AuthorizerId"]
    route = await apis.create_route(
        ApiId=api_id, RouteKey="GET /a", AuthorizationType="JWT", AuthorizerId=id, AuthorizationScopes=["x"]
    )
    with pytest.raises(Exception, match="Cannot delete authorizer 'jwt', is referenced in route: GET /a"):
        await apis.delete_authorizer(ApiId=api_id, AuthorizerId=id)
    changed = await apis.update_route(
        ApiId=api_id, RouteId=route["RouteId"], AuthorizationType="NONE", AuthorizationScopes=[]
    )
    assert "AuthorizerId" not in changed
    await apis.delete_authorizer(ApiId=api_id, AuthorizerId=id)


# Integrations


async def test_an_integration_has_aws_defaults(apis, api_id):
    made = await apis.create_integration(ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=FUNCTION)
    assert (made["ConnectionType"], made["IntegrationMethod"]) == ("INTERNET", "POST")
    assert (made["PayloadFormatVersion"], made["TimeoutInMillis"]) == ("1.0", 30_000)


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"IntegrationType": "MOCK"}, "may only be associated with proxy integrations"),
        ({"IntegrationType": "AWS", "IntegrationUri": FUNCTION}, "may only be associated with proxy"),
        (
            {"IntegrationType": "AWS_PROXY", "IntegrationUri": "https://a.com"},
            "only supports Lambda function",
        ),
        ({"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://a.com"}, "HttpMethod must be provided"),
        ({**ANY, "IntegrationUri": "ftp://a.com"}, "Invalid HTTP endpoint specified for URI"),
        ({**ANY, "PayloadFormatVersion": "2.0"}, "PayloadFormatVersion must be 1.0"),
        ({**ANY, "RequestTemplates": {"a": "b"}}, "not supported for protocol type HTTP"),
        ({**ANY, "ConnectionType": "VPC_LINK"}, "ConnectionId is required"),
        (
            {**ANY, "ConnectionType": "VPC_LINK", "ConnectionId": "none"},
            "Invalid Vpc Link identifier specified",
        ),
        ({**ANY, "RequestParameters": {"append:body.x": "1"}}, "Invalid Request Actioned Parameter"),
        ({**ANY, "RequestParameters": {"append:header.Via": "1"}}, "Operations on header Via are restricted"),
        ({**ANY, "RequestParameters": {"append:header.x": "$response.body"}}, "Invalid mapping expression"),
        ({**ANY, "ResponseParameters": {"200": {"append:overwrite.x": "1"}}}, "Invalid Response Actioned"),
        ({**ANY, "ResponseParameters": {"100": {"append:header.x": "1"}}}, "Invalid status code 100"),
        (
            {"IntegrationType": "AWS_PROXY", "IntegrationSubtype": "SQS-SendMessage"},
            "Missing required parameters for SQS-SendMessage: [QueueUrl, MessageBody]",
        ),
        ({"IntegrationType": "AWS_PROXY", "IntegrationSubtype": "S3-Put"}, "S3-Put is not supported"),
    ],
    ids=str,
)
async def test_an_integration_that_could_not_be_is_refused(members, text, apis, api_id, refused):
    code, status, told = await refused(apis.create_integration(ApiId=api_id, **members))
    assert (code, status) == ("BadRequestException", 400)
    assert text in told


async def test_mappings_are_merged_and_taken_away_by_empty_texts(apis, api_id):
    made = await apis.create_integration(
        ApiId=api_id,
        **ANY,
        RequestParameters={"append:header.a": "1", "append:header.b": "2"},
        ResponseParameters={"200": {"append:header.a": "1"}, "500": {"append:header.b": "2"}},
    )
    changed = await apis.update_integration(
        ApiId=api_id,
        IntegrationId=made["IntegrationId"],
        RequestParameters={"append:header.a": "", "append:header.c": "3"},
        ResponseParameters={"200": {"append:header.a": "", "append:header.c": "3"}, "500": {}},
    )
    assert changed["RequestParameters"] == {"append:header.b": "2", "append:header.c": "3"}
    assert changed["ResponseParameters"] == {"200": {"append:header.c": "3"}}


async def test_an_integration_in_use_cannot_be_deleted(apis, api_id, refused):
    id = (await apis.create_integration(ApiId=api_id, **ANY))["IntegrationId"]
    route = await apis.create_route(ApiId=api_id, RouteKey="GET /a", Target=f"integrations/{id}")
    assert await refused(apis.delete_integration(ApiId=api_id, IntegrationId=id)) == (
        "ConflictException",
        409,
        "Cannot delete Integration because it is referenced by the following Routes with Ids:"
        f" [{route['RouteId']}]",
    )
    await apis.delete_route(ApiId=api_id, RouteId=route["RouteId"])
    await apis.delete_integration(ApiId=api_id, IntegrationId=id)
    assert (await apis.get_integrations(ApiId=api_id))["Items"] == []


# Stages


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"StageName": "a b"}, "Stage name only allows"),
        (
            {"DefaultRouteSettings": {"LoggingLevel": "INFO"}},
            "Execution logs are not supported on protocolType HTTP",
        ),
        ({"StageVariables": {"a-b": "1"}}, "alphanumeric and underscore"),
        ({"StageVariables": {"a": "{}"}}, "must match"),
        ({"DeploymentId": "none"}, "Deployment id does not exist"),
        ({"AccessLogSettings": {"DestinationArn": "x", "Format": "$context.requestId"}}, "Invalid ARN"),
        (
            {
                "AccessLogSettings": {
                    "DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:a",
                    "Format": "$context.status",
                }
            },
            "must contain atleast $context.requestId",
        ),
    ],
    ids=str,
)
async def test_a_stage_that_could_not_be_is_refused(members, text, apis, api_id, refused):
    code, _, told = await refused(apis.create_stage(**{"ApiId": api_id, "StageName": "dev", **members}))
    assert code == "BadRequestException" and text in told


async def test_settings_are_for_routes_that_are_there(apis, api_id, refused):
    await apis.create_stage(ApiId=api_id, StageName="dev")
    call = apis.update_stage(ApiId=api_id, StageName="dev", RouteSettings={"GET /a": {}})
    told = "Unable to find Route by key GET /a within the provided RouteSettings"
    assert await refused(call) == ("NotFoundException", 404, told)


async def test_a_stage_is_made_once(apis, api_id, refused):
    await apis.create_stage(ApiId=api_id, StageName="dev")
    assert await refused(apis.create_stage(ApiId=api_id, StageName="dev")) == (
        "ConflictException",
        409,
        "Stage already exists",
    )


async def test_a_stage_that_deploys_by_itself_takes_no_deployment(apis, api_id, refused):
    await apis.create_route(ApiId=api_id, RouteKey="GET /a")
    await apis.create_stage(ApiId=api_id, StageName="dev", AutoDeploy=True)
    told = "Deployment ID cannot be updated when autodeploy is enabled"
    assert (await refused(apis.create_deployment(ApiId=api_id, StageName="dev")))[2] == told


async def test_what_quick_create_made_is_managed(apis, refused):
    api_id = (await apis.create_api(Name="q", ProtocolType="HTTP", Target="https://example.com"))["ApiId"]
    (route,) = (await apis.get_routes(ApiId=api_id))["Items"]
    (integration,) = (await apis.get_integrations(ApiId=api_id))["Items"]
    assert (integration["IntegrationType"], integration["IntegrationMethod"]) == ("HTTP_PROXY", "ANY")
    for call in (
        apis.update_route(ApiId=api_id, RouteId=route["RouteId"], RouteKey="GET /a"),
        apis.update_stage(ApiId=api_id, StageName="$default", Description="x"),
        apis.delete_integration(ApiId=api_id, IntegrationId=integration["IntegrationId"]),
    ):
        assert (await refused(call))[0] == "BadRequestException"
    await apis.update_api(ApiId=api_id, Target="https://example.org")
    (changed,) = (await apis.get_integrations(ApiId=api_id))["Items"]
    assert changed["IntegrationUri"] == "https://example.org"


# Models, responses, tags, links


async def test_models_and_their_templates(apis, socket_id, refused):
    schema = '{"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}'
    model = await apis.create_model(ApiId=socket_id, Name="Item", Schema=schema)
    assert model["ContentType"] == "application/json"
    template = await apis.get_model_template(ApiId=socket_id, ModelId=model["ModelId"])
    assert template["Value"] == (
        '#set($inputRoot = $input.path(\'$\'))\n{\n  "id" : $inputRoot.id,\n  "name" : "$inputRoot.name"\n}'
    )
    assert (await refused(apis.create_model(ApiId=socket_id, Name="Item", Schema="{}")))[
        0
    ] == "ConflictException"
    assert (await refused(apis.create_model(ApiId=socket_id, Name="Bad", Schema="[")))[
        0
    ] == "BadRequestException"


async def test_responses_belong_to_websocket_apis(apis, socket_id, api_id, refused):
    integration = await apis.create_integration(ApiId=socket_id, IntegrationType="MOCK")
    assert (integration["PassthroughBehavior"], integration["TimeoutInMillis"]) == ("WHEN_NO_MATCH", 29_000)
    below = {"ApiId": socket_id, "IntegrationId": integration["IntegrationId"]}
    made = await apis.create_integration_response(
        **below, IntegrationResponseKey="$default", ResponseTemplates={"200": "{}"}
    )
    changed = await apis.update_integration_response(
        **below,
        IntegrationResponseId=made["IntegrationResponseId"],
        ResponseTemplates={"200": "", "400": "{}"},
    )
    assert changed["ResponseTemplates"] == {"400": "{}"}
    assert len((await apis.get_integration_responses(**below))["Items"]) == 1
    route = await apis.create_route(ApiId=socket_id, RouteKey="$connect")
    response = await apis.create_route_response(
        ApiId=socket_id, RouteId=route["RouteId"], RouteResponseKey="$default"
    )
    assert response["RouteResponseKey"] == "$default"
    http = await apis.create_route(ApiId=api_id, RouteKey="GET /a")
    call = apis.create_route_response(ApiId=api_id, RouteId=http["RouteId"], RouteResponseKey="$default")
    assert (await refused(call))[0] == "BadRequestException"
    await apis.delete_route(ApiId=socket_id, RouteId=route["RouteId"])
    await apis.delete_integration(**below)
    assert (await refused(apis.get_integration_responses(**below)))[0] == "NotFoundException"


async def test_parameters_of_routes_can_be_taken_away(apis, socket_id):
    parameters = {
        "route.request.header.a": {"Required": True},
        "route.request.querystring.b": {"Required": False},
    }
    route = await apis.create_route(ApiId=socket_id, RouteKey="$connect", RequestParameters=parameters)
    await apis.delete_route_request_parameter(
        ApiId=socket_id, RouteId=route["RouteId"], RequestParameterKey="route.request.header.a"
    )
    found = await apis.get_route(ApiId=socket_id, RouteId=route["RouteId"])
    assert found["RequestParameters"] == {"route.request.querystring.b": {"Required": False}}


async def test_apis_stages_and_links_are_tagged(apis, api_id, refused):
    await apis.create_stage(ApiId=api_id, StageName="dev", Tags={"a": "1"})
    for place in (f"/apis/{api_id}", f"/apis/{api_id}/stages/dev"):
        arn = f"arn:aws:apigateway:us-east-1::{place}"
        await apis.tag_resource(ResourceArn=arn, Tags={"b": "2"})
        await apis.untag_resource(ResourceArn=arn, TagKeys=["a"])
        assert (await apis.get_tags(ResourceArn=arn))["Tags"] == {"b": "2"}
    assert (await apis.get_api(ApiId=api_id))["Tags"] == {"b": "2"}
    assert (await refused(apis.get_tags(ResourceArn="arn:aws:sqs:us-east-1::q")))[0] == "BadRequestException"
    call = apis.tag_resource(ResourceArn=f"arn:aws:apigateway:us-east-1::/apis/{api_id}", Tags={"aws:x": "1"})
    assert (await refused(call))[0] == "BadRequestException"


async def test_a_link_is_pending_then_available(apis, api_id, refused):
    link = await apis.create_vpc_link(Name="l", SubnetIds=["subnet-1"], SecurityGroupIds=["sg-1"])
    assert link["VpcLinkStatus"] == "PENDING"
    assert (await apis.get_vpc_link(VpcLinkId=link["VpcLinkId"]))["VpcLinkStatus"] == "AVAILABLE"
    await apis.create_integration(
        ApiId=api_id, **ANY, ConnectionType="VPC_LINK", ConnectionId=link["VpcLinkId"]
    )
    assert (await refused(apis.delete_vpc_link(VpcLinkId=link["VpcLinkId"])))[0] == "BadRequestException"


async def test_portals_are_refused_by_name(apis, refused):
    _, status, text = await refused(apis.list_portals())
    assert status == 501 and "apigatewayv2:ListPortals" in text


async def test_texts_have_a_length(apis, api_id, refused):
    for call in (
        apis.create_api(Name="n" * 129, ProtocolType="HTTP"),
        apis.update_api(ApiId=api_id, Description="d" * 1_025),
        apis.create_route(ApiId=api_id, RouteKey="GET /a", OperationName="o" * 65),
        apis.create_route(ApiId=api_id, RouteKey=f"GET /{'a' * 1_024}"),
        apis.create_stage(ApiId=api_id, StageName="s" * 129),
    ):
        assert (await refused(call))[:2] == ("BadRequestException", 400)


async def test_quotas_hold(apis, api_id, refused):
    for number in range(10):
        await apis.create_stage(ApiId=api_id, StageName=f"s{number}")
    code, status, _ = await refused(apis.create_stage(ApiId=api_id, StageName="more"))
    assert (code, status) == ("TooManyRequestsException", 429)


async def test_access_logs_to_firehose_are_refused_by_name(apis, api_id, refused):
    arn = "arn:aws:firehose:us-east-1:000000000000:deliverystream/amazon-apigateway-a"
    settings = {"DestinationArn": arn, "Format": "$context.requestId"}
    call = apis.create_stage(ApiId=api_id, StageName="dev", AccessLogSettings=settings)
    assert (await refused(call))[1] == 501


@pytest.mark.parametrize("expression", ["$request.body.action" * 40 + "!", "x", "$other.thing", ""])
async def test_a_selection_expression_selects_something(expression, apis, refused):
    asked = {"Name": "c", "ProtocolType": "WEBSOCKET", "RouteSelectionExpression": expression}
    assert (await refused(apis.create_api(**asked)))[0] == "BadRequestException"
