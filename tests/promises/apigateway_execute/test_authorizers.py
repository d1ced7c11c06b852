"""Who may call: functions that decide, tokens, signatures, policies of APIs."""

import json

import pytest

UNAUTHORIZED = (401, "UnauthorizedException", "Unauthorized")


def allow(event, effect="Allow", **more):
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "me", "policyDocument": document, **more}


def by_token(event):
    token = event["authorizationToken"]
    if token == "unauthorized":
        raise ValueError("Unauthorized")
    if token == "broken":
        raise ValueError("no")
    return allow(
        event, "Deny" if token == "deny" else "Allow", context={"n": 1, "f": True, "t": "x", "z": None}
    )


@pytest.fixture
def authorized(add, proxy, apis, api_id, function, deploy):
    """``await authorized(script, **authorizer members)``: GET /a and GET /b behind an authorizer."""

    async def make(script, **members):
        uri = await function(script, "guard")
        asked = {"type": "TOKEN", "identitySource": "method.request.header.Authorization", **members}
        made = await apis.create_authorizer(restApiId=api_id, name="guard", authorizerUri=uri, **asked)
        method = {"authorizationType": "CUSTOM", "authorizerId": made["id"]}
        backend = await function(lambda event: {"statusCode": 200, "body": event["path"]})
        integration = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": backend}
        for route in ("GET /a", "GET /b"):
            await add(route, integration, method=method, answers={})
        await deploy()
        return made["id"]

    return make


async def test_a_token_authorizer_gets_the_token_and_the_method(authorized, ask, engine, api_id):
    await authorized(by_token)
    assert (await ask("/a", headers={"Authorization": "let me in"})).body == b"/a"
    arn = f"arn:aws:execute-api:us-east-1:000000000000:{api_id}/dev/GET/a"
    assert engine.events("guard") == [{"type": "TOKEN", "methodArn": arn, "authorizationToken": "let me in"}]


async def test_what_an_authorizer_says_is_in_the_event(authorized, ask, engine):
    await authorized(by_token)
    await ask("/a", headers={"Authorization": "x"})
    said = engine.events("f")[0]["requestContext"]["authorizer"]
    assert isinstance(said.pop("integrationLatency"), int)
    assert said == {"principalId": "me", "n": "1", "f": "true", "t": "x"}


@pytest.mark.parametrize(
    ("token", "refusal"),
    [
        ("", UNAUTHORIZED),
        ("unauthorized", UNAUTHORIZED),
        ("broken", (500, "AuthorizerFailureException", None)),
        (
            "deny",
            (
                403,
                "AccessDeniedException",
                "User is not authorized to access this resource with an explicit deny",
            ),
        ),
    ],
)
async def test_refusals_of_a_token_authorizer(authorized, ask, token, refusal):
    await authorized(by_token)
    assert (await ask("/a", headers={"Authorization": token} if token else {})).refusal == refusal


BAD_ANSWERS = [
    *(None, "text", {}, {"principalId": "me"}, {"principalId": "me", "policyDocument": "x"}),
    {"policyDocument": {"Statement": []}},
    {"principalId": "me", "policyDocument": {"Statement": ["x"]}},
    {"principalId": "me", "policyDocument": {"Statement": []}, "context": {"a": {}}},
]


@pytest.mark.parametrize("answer", BAD_ANSWERS)
async def test_an_authorizer_that_answers_nonsense_is_misconfigured(authorized, ask, answer):
    await authorized(lambda event: answer)
    got = await ask("/a", headers={"Authorization": "x"})
    assert got.refusal == (500, "AuthorizerConfigurationException", None)
    assert got.body == b'{"message":null}'


async def test_an_authorizer_that_allows_something_else_denies(authorized, ask):
    await authorized(lambda event: allow({"methodArn": "arn:aws:execute-api:us-east-1:000000000000:x/*"}))
    got = await ask("/a", headers={"Authorization": "x"})
    assert got.refusal == (403, "AccessDeniedException", "User is not authorized to access this resource")
    assert list(got.json) == ["Message"]


async def test_a_token_that_does_not_fit_the_expression_is_not_asked_about(authorized, ask, engine):
    await authorized(by_token, identityValidationExpression="Bearer .+")
    assert (await ask("/a", headers={"Authorization": "x"})).refusal == UNAUTHORIZED
    assert engine.events("guard") == []
    assert (await ask("/a", headers={"Authorization": "Bearer x"})).status == 200


async def test_a_verdict_holds_for_its_time_and_for_all_methods_it_names(authorized, ask, engine, clock):
    everything = {"methodArn": "arn:aws:execute-api:us-east-1:000000000000:*"}
    await authorized(lambda event: allow(everything), authorizerResultTtlInSeconds=60)
    for path in ("/a", "/b", "/a"):
        assert (await ask(path, headers={"Authorization": "x"})).status == 200
    assert len(engine.events("guard")) == 1
    await ask("/a", headers={"Authorization": "y"})
    assert len(engine.events("guard")) == 2
    await clock.advance(60_000)
    await ask("/a", headers={"Authorization": "x"})
    assert len(engine.events("guard")) == 3


async def test_a_verdict_that_names_one_method_is_kept_for_the_others_too(authorized, ask):
    await authorized(by_token)
    assert (await ask("/a", headers={"Authorization": "x"})).status == 200
    assert (await ask("/b", headers={"Authorization": "x"})).refusal[0] == 403  # as on AWS


async def test_verdicts_can_be_flushed_and_caching_turned_off(authorized, ask, engine, apis, api_id, deploy):
    id = await authorized(by_token)
    for _ in range(2):
        await ask("/a", headers={"Authorization": "x"})
    await apis.flush_stage_authorizers_cache(restApiId=api_id, stageName="dev")
    await ask("/a", headers={"Authorization": "x"})
    assert len(engine.events("guard")) == 2
    patch = [{"op": "replace", "path": "/authorizerResultTtlInSeconds", "value": "0"}]
    await apis.update_authorizer(restApiId=api_id, authorizerId=id, patchOperations=patch)
    await deploy()
    for _ in range(2):
        await ask("/a", headers={"Authorization": "x"})
    assert len(engine.events("guard")) == 4


async def test_a_request_authorizer_sees_the_request(authorized, ask, engine):
    sources = "method.request.header.X-User, method.request.querystring.q"
    await authorized(allow, type="REQUEST", identitySource=sources)
    assert (await ask("/a", headers={"X-User": "u"})).refusal == UNAUTHORIZED
    assert (await ask("/a", headers={"X-User": "u"}, query="q=1")).status == 200
    event = engine.events("guard")[0]
    assert (event["type"], event["resource"], event["path"], event["httpMethod"]) == (
        "REQUEST",
        "/a",
        "/a",
        "GET",
    )
    assert event["queryStringParameters"] == {"q": "1"}
    assert event["headers"]["X-User"] == "u"
    assert event["pathParameters"] == event["stageVariables"] == {}
    assert event["requestContext"]["stage"] == "dev"
    assert "body" not in event


# Signatures


SIGNED = {
    "X-Amz-Date": "20260101T000000Z",
    "Authorization": "AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/execute-api/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64,
}


async def test_a_method_may_ask_for_a_signature(proxy, apis, api_id, deploy, ask, engine):
    resource_id = await proxy("GET /a", lambda event: {"statusCode": 200})
    patch = [{"op": "replace", "path": "/authorizationType", "value": "AWS_IAM"}]
    await apis.update_method(
        restApiId=api_id, resourceId=resource_id, httpMethod="GET", patchOperations=patch
    )
    await deploy()
    missing = (403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    assert (await ask("/a")).refusal == missing
    assert (await ask("/a", headers={"Authorization": "x"})).refusal[:2] == (
        403,
        "IncompleteSignatureException",
    )
    assert (await ask("/a", headers=SIGNED)).status == 200
    identity = engine.events("f")[0]["requestContext"]["identity"]
    assert identity["userArn"] == "arn:aws:iam::123456789012:root"
    assert (identity["accountId"], identity["accessKey"]) == ("123456789012", "123456789012")


# The API's own policy


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(effect, resource="execute-api:/*", **more):
    return {"Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": resource, **more}


@pytest.fixture
def guarded(apis, api_id, add, deploy):
    async def make(*statements, types=None, vpc_endpoint_ids=()):
        patch = [{"op": "replace", "path": "/policy", "value": policy(*statements)}] if statements else []
        if types:
            patch.append(
                {"op": "replace", "path": "/endpointConfiguration/ipAddressType", "value": "dualstack"}
            )
            patch.append({"op": "replace", "path": "/endpointConfiguration/types/EDGE", "value": types})
        for id in vpc_endpoint_ids:
            patch.append({"op": "add", "path": "/endpointConfiguration/vpcEndpointIds", "value": id})
        if patch:
            await apis.update_rest_api(restApiId=api_id, patchOperations=patch)
        await add("GET /a")
        await add("GET /b")
        await deploy()

    return make


async def test_a_policy_lets_in_by_address(guarded, ask, api_id):
    condition = {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}}
    await guarded(statement("Allow"), statement("Deny", "execute-api:/*/GET/b", Condition=condition))
    assert (await ask("/a")).status == 200
    assert (await ask("/b", source_ip="10.1.2.3")).status == 200
    arn = f"arn:aws:execute-api:us-east-1:********0000:{api_id}/dev/GET/b"
    text = f"User: anonymous is not authorized to perform: execute-api:Invoke on resource: {arn}"
    assert (await ask("/b")).refusal == (403, "AccessDeniedException", f"{text} with an explicit deny")


async def test_what_a_policy_does_not_mention_is_denied(guarded, ask):
    await guarded(statement("Allow", "execute-api:/dev/GET/a"))
    assert (await ask("/a")).status == 200
    assert (await ask("/b")).refusal[:2] == (403, "AccessDeniedException")


async def test_a_private_api_lets_in_through_its_endpoint_only(guarded, ask, api_id):
    condition = {"StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}}
    await guarded(
        statement("Allow", Condition=condition), types="PRIVATE", vpc_endpoint_ids=["vpce-0123456789abcdef0"]
    )
    assert (await ask("/a")).status == 200
    host = f"{api_id}-vpce-0123456789abcdef0.execute-api.us-east-1.amazonaws.com"
    assert (await ask("/a", host=host)).status == 200
    other = f"{api_id}-vpce-00000000000000000.execute-api.us-east-1.amazonaws.com"
    assert (await ask("/a", host=other)).status == 403
    host = "vpce-0123456789abcdef0-abc.execute-api.us-east-1.vpce.amazonaws.com"
    assert (await ask("/a", host=host, headers={"x-apigw-api-id": api_id})).status == 200


async def test_a_private_api_without_a_policy_lets_nobody_in(guarded, ask):
    await guarded(types="PRIVATE")
    assert (await ask("/a")).refusal[:2] == (403, "AccessDeniedException")
