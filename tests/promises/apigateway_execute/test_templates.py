"""MOCK methods: templates, passthrough, mappings, overrides, what is wrong with them."""

import pytest

OK = {"application/json": '{"statusCode": 200}'}
INTERNAL = (500, "InternalServerErrorException", "Internal server error")


@pytest.fixture
def mock(add, deploy):
    """``await mock("GET /", request template, answers)``, deployed."""

    async def make(route="GET /", template=None, answers=None, **members):
        templates = OK if template is None else {"application/json": template}
        method = members.pop("method", None)
        integration = {"type": "MOCK", "requestTemplates": templates, **members}
        await add(route, integration, answers=answers, method=method)
        await deploy()

    return make


async def test_a_mock_answers_the_status_that_its_request_names(mock, ask):
    template = '{"statusCode": #if($input.params("x") == "bad")400#{else}200#end}'
    await mock(template=template, answers={"200": {}, "400": {"selectionPattern": "400"}})
    assert (await ask("/")).status == 200
    assert (await ask("/", query="x=bad")).status == 400


@pytest.mark.parametrize("template", ["", "{}", "text", '{"statusCode": "x"}', '{"statusCode": 1000}', "[]"])
async def test_a_mock_whose_request_names_no_status_is_an_internal_error(mock, ask, template):
    await mock(template=template)
    assert (await ask("/")).refusal == INTERNAL


@pytest.mark.parametrize("template", ["{statusCode: 200}", "{'statusCode': 200}", '{"statusCode": "200"}'])
async def test_a_mock_reads_leniently(mock, ask, template):
    await mock(template=template)
    assert (await ask("/")).status == 200


async def test_a_template_that_cannot_be_read_or_rendered_is_an_internal_error(mock, ask):
    await mock(answers={"200": {"responseTemplates": {"application/json": "#if($input"}}})
    assert (await ask("/")).refusal == INTERNAL


async def test_a_loop_of_a_template_ends_after_a_thousand_rounds(mock, ask):
    endless = "#foreach($i in [1..100000])x#end"
    await mock(answers={"200": {"responseTemplates": {"application/json": endless}}})
    assert (await ask("/")).body == b"x" * 1000


async def test_a_template_sees_parameters_context_and_stage_variables(mock, ask, patch_stage, api_id):
    text = (
        "$input.params('id') $input.params('q') $input.params('X-H') $stageVariables.v "
        "$context.apiId $context.httpMethod $context.resourcePath $context.identity.sourceIp $context.none|"
    )
    await mock("GET /a/{id}", answers={"200": {"responseTemplates": {"application/json": text}}})
    await patch_stage(("/variables/v", "one"))
    got = await ask("/a/7", query="q=2", headers={"x-h": "3"}, source_ip="10.0.0.1")
    assert got.body.decode() == f"7 2 3 one {api_id} GET /a/{{id}} 10.0.0.1 |"


async def test_overrides_of_the_response_win(mock, ask):
    text = "#set($context.responseOverride.status = 418)#set($context.responseOverride.header.X-Tea = 'pot')"
    answer = {
        "responseTemplates": {"application/json": text},
        "responseParameters": {"method.response.header.X-Tea": "'none'", "method.response.header.X-B": "'b'"},
    }
    await mock(answers={"200": answer})
    got = await ask("/")
    assert (got.status, got.headers["x-tea"], got.headers["x-b"]) == (418, "pot", "b")


async def test_headers_are_mapped_from_texts_requests_context_and_variables(mock, ask, patch_stage):
    answer = {
        "responseParameters": {
            "method.response.header.A": "'text'",
            "method.response.header.B": "context.httpMethod",
            "method.response.header.C": "stageVariables.v",
            "method.response.header.Content-Type": "'text/plain'",
            "method.response.header.D": "integration.response.header.none",
        }
    }
    await mock(answers={"200": answer})
    await patch_stage(("/variables/v", "one"))
    headers = (await ask("/")).headers
    assert (headers["a"], headers["b"], headers["c"]) == ("text", "GET", "one")
    assert headers["content-type"] == "text/plain"
    assert "d" not in headers


async def test_the_template_of_the_answer_is_the_one_the_client_accepts(mock, ask):
    templates = {"application/json": "{}", "text/xml": "<a/>"}
    await mock(answers={"200": {"responseTemplates": templates}})
    for accept, body, shown in (
        ("text/xml;q=1", b"<a/>", "text/xml"),
        ("*/*", b"{}", "application/json"),
        ("image/png", b"{}", "application/json"),
    ):
        got = await ask("/", headers={"Accept": accept})
        assert (got.body, got.headers["content-type"]) == (body, shown)


UNSUPPORTED = (415, "BadRequestException", "Unsupported Media Type")


@pytest.mark.parametrize(
    ("behaviour", "content_type", "is_passed"),
    [
        ("WHEN_NO_MATCH", "text/plain", True),
        ("WHEN_NO_TEMPLATES", "text/plain", False),
        ("NEVER", "text/plain", False),
        ("NEVER", "application/json; charset=utf-8", True),
        ("WHEN_NO_TEMPLATES", "", True),
    ],
)
async def test_passthrough_of_bodies_that_no_template_takes(mock, ask, behaviour, content_type, is_passed):
    await mock("POST /", passthroughBehavior=behaviour)
    headers = {"Content-Type": content_type} if content_type else {}
    got = await ask("/", "POST", headers=headers, body=b'{"statusCode": 200}')
    assert got.status == 200 if is_passed else got.refusal == UNSUPPORTED


async def test_without_templates_only_never_refuses(mock, ask):
    await mock("POST /", requestTemplates={}, passthroughBehavior="WHEN_NO_TEMPLATES")
    assert (
        await ask("/", "POST", body=b'{"statusCode": 200}', headers={"Content-Type": "a/b"})
    ).status == 200


async def test_an_answer_whose_status_the_method_does_not_have_is_an_internal_error(
    add, apis, api_id, deploy, ask
):
    resource_id = await add("GET /")
    target = {"restApiId": api_id, "resourceId": resource_id, "httpMethod": "GET"}
    await apis.delete_method_response(**target, statusCode="200")
    await deploy()
    assert (await ask("/")).refusal == INTERNAL


async def test_cors_by_a_mock(mock, ask):
    names = "method.response.header.Access-Control-Allow-{}"
    headers = {names.format("Origin"): "'*'", names.format("Methods"): "'GET,OPTIONS'"}
    await mock("OPTIONS /", answers={"200": {"responseParameters": headers}})
    got = await ask("/", "OPTIONS")
    assert got.headers["access-control-allow-origin"] == "*"
    assert got.headers["access-control-allow-methods"] == "GET,OPTIONS"


async def test_a_canary_takes_its_share_with_its_own_variables(mock, apis, api_id, ask, patch_stage):
    text = "$stageVariables.v $context.isCanaryRequest"
    await mock(answers={"200": {"responseTemplates": {"application/json": text}}})
    await patch_stage(("/variables/v", "old"))
    settings = {"percentTraffic": 0.0, "stageVariableOverrides": {"v": "new"}}
    await apis.create_deployment(restApiId=api_id, stageName="dev", canarySettings=settings)
    assert (await ask("/")).body == b"old false"
    await patch_stage(("/canarySettings/percentTraffic", "100"))
    assert (await ask("/")).body == b"new true"


async def test_no_request_can_add_a_header_line(mock, ask):
    text = "#set($context.responseOverride.header.X-Q = $input.params('q'))"
    await mock(answers={"200": {"responseTemplates": {"application/json": text}}})
    got = await ask("/", query="q=a%0D%0ASet-Cookie:%20x=1")
    assert got.headers["x-q"] == "a  Set-Cookie: x=1"
