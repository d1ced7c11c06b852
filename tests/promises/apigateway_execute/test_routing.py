"""Which method a request reaches, at which address."""

import pytest

TEXT = {"application/json": "$context.resourcePath $context.httpMethod $input.params().path"}


@pytest.fixture
def routes(add, deploy):
    async def make(*names):
        for name in names:
            await add(name, answers={"200": {"responseTemplates": TEXT}})
        await deploy()

    return make


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/pets/dog", "/pets/dog GET {}"),
        ("/pets/cat", "/pets/{id} GET {id=cat}"),
        ("/pets/a%20b", "/pets/{id} GET {id=a b}"),
        ("/pets/dog/tail", "/{rest+} GET {rest=pets/dog/tail}"),
        ("/cats", "/{rest+} GET {rest=cats}"),
        ("/", "/ GET {}"),
        ("", "/ GET {}"),
    ],
)
async def test_a_literal_goes_before_a_parameter_and_that_before_the_rest(routes, ask, path, found):
    await routes("GET /", "GET /pets/dog", "GET /pets/{id}", "GET /{rest+}")
    assert (await ask(path)).body.decode() == found


async def test_a_slash_at_the_end_says_nothing(routes, ask):
    await routes("GET /pets/dog")
    assert (await ask("/pets/dog/")).status == 200


async def test_any_takes_the_methods_that_are_not_named(routes, ask):
    await routes("ANY /pets", "POST /pets")
    assert (await ask("/pets", "DELETE")).body == b"/pets DELETE {}"
    assert (await ask("/pets", "POST")).body == b"/pets POST {}"


async def test_what_no_method_takes_is_missing_a_token(routes, ask):
    await routes("GET /pets")
    missing = (403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    assert (await ask("/cats")).refusal == missing
    assert (await ask("/pets", "POST")).refusal == missing
    assert (await ask("/pets/1")).refusal == missing


async def test_what_no_method_takes_is_read_as_a_signed_request(routes, ask):
    await routes("GET /pets")
    answer = await ask("/cats", headers={"Authorization": "Bearer x"})
    assert answer.refusal[:2] == (403, "IncompleteSignatureException")


async def test_an_unknown_api_or_stage_is_forbidden(routes, ask):
    await routes("GET /pets")
    forbidden = (403, "ForbiddenException", "Forbidden")
    assert (await ask("/pets", stage="prod")).refusal == forbidden
    assert (await ask("/pets", host="abcdefghij.execute-api.us-east-1.localhost")).refusal == forbidden


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("{api}.execute-api.us-east-1.amazonaws.com", "/dev/pets"),
        ("{api}.execute-api.us-east-1.localhost:4566", "/dev/pets"),
        ("localhost:4566", "/_aws/execute-api/{api}/dev/pets"),
        ("localhost:4566", "/restapis/{api}/dev/_user_request_/pets"),
    ],
)
async def test_a_stage_answers_at_aws_hosts_and_at_paths(routes, ask, api_id, host, path):
    await routes("GET /pets")
    answer = await ask(path.format(api=api_id), host=host.format(api=api_id), stage="")
    assert (answer.status, answer.body) == (200, b"/pets GET {}")


async def test_a_change_is_live_only_after_a_deployment(routes, add, deploy, ask):
    await routes("GET /pets")
    await add("GET /cats", answers={"200": {"responseTemplates": TEXT}})
    assert (await ask("/cats")).status == 403
    await deploy()
    assert (await ask("/cats")).status == 200


async def test_stages_show_their_own_deployments(routes, add, deploy, ask):
    await routes("GET /pets")
    await add("GET /cats")
    await deploy("next")
    assert ((await ask("/cats")).status, (await ask("/cats", stage="next")).status) == (403, 200)


async def test_a_stage_that_was_deleted_answers_no_more(routes, apis, api_id, ask):
    await routes("GET /pets")
    assert (await ask("/pets")).status == 200
    await apis.delete_stage(restApiId=api_id, stageName="dev")
    assert (await ask("/pets")).status == 403


async def test_an_api_may_be_closed_to_its_default_host(routes, apis, api_id, deploy, ask):
    await routes("GET /pets")
    patch = [{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}]
    await apis.update_rest_api(restApiId=api_id, patchOperations=patch)
    await deploy()
    assert (await ask("/pets")).refusal == (403, "ForbiddenException", "Forbidden")


async def test_a_custom_domain_reaches_a_stage_below_a_base_path(routes, apis, api_id, ask):
    await routes("GET /pets")
    await apis.create_domain_name(
        domainName="api.example.com", certificateArn="arn:aws:acm:us-east-1:0:certificate/x"
    )
    await apis.create_base_path_mapping(
        domainName="api.example.com", basePath="shop", restApiId=api_id, stage="dev"
    )
    answer = await ask("/shop/pets", host="api.example.com", stage="")
    assert (answer.status, answer.body) == (200, b"/pets GET {}")
    assert (await ask("/other/pets", host="api.example.com", stage="")).status == 403


async def test_a_mapping_without_a_stage_takes_it_from_the_path(routes, apis, api_id, ask):
    await routes("GET /pets")
    await apis.create_domain_name(
        domainName="api.example.com", certificateArn="arn:aws:acm:us-east-1:0:certificate/x"
    )
    await apis.create_base_path_mapping(domainName="api.example.com", restApiId=api_id)
    assert (await ask("/dev/pets", host="API.example.com:443", stage="")).status == 200
    await apis.delete_base_path_mapping(domainName="api.example.com", basePath="(none)")
    assert (await ask("/dev/pets", host="api.example.com", stage="")).status == 403


async def test_requests_with_too_long_addresses_or_headers_are_refused(routes, ask):
    await routes("GET /pets")
    assert (await ask("/pets", query="a=" + "x" * 11_000)).status == 414
    assert (await ask("/pets", headers={"X-Big": "x" * 11_000})).status == 431


async def test_every_answer_has_its_ids(routes, ask):
    await routes("GET /pets")
    for path in ("/pets", "/cats"):
        headers = (await ask(path)).headers
        assert len(headers["x-amzn-requestid"]) == 36
        assert headers["x-amz-apigw-id"].endswith("=")
