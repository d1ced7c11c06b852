"""Function URLs: an address that calls the function."""

import pytest

from sundog.protocol.http import HttpRequest

REPLY = """
def handler(event, context):
    return {"statusCode": 201, "body": event["rawPath"], "cookies": ["a=1"]}
"""


@pytest.fixture
def fetch(world):
    """Ask a URL that a function got."""

    async def get(url, method="GET", body=b"", **headers):
        host, path = url.removeprefix("http://").split("/", 1)
        path, _, query = path.partition("?")
        names = {name.replace("_", "-"): value for name, value in headers.items()} | {"host": host}
        return await world.app.server.answer(
            HttpRequest(method, f"/{path}", query, names, body), lambda: True
        )

    return get


@pytest.fixture
def url_of(functions):
    async def make(name="f", **members):
        config = await functions.create_function_url_config(
            **{"FunctionName": name, "AuthType": "NONE"} | members
        )
        return config["FunctionUrl"]

    return make


async def test_a_url_calls_its_function(create, url_of, fetch):
    await create("f", REPLY)
    response = await fetch(await url_of() + "a/b?c=d")
    assert (response.status, response.body, response.cookies) == (201, b"/a/b", ("a=1",))


async def test_a_url_of_an_alias_calls_its_version(functions, create, url_of, fetch):
    await create("f", "def handler(event, context): return context.function_version")
    await functions.publish_version(FunctionName="f")
    await functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    assert (await fetch(await url_of(Qualifier="live"))).body == b"1"
    assert (await fetch(await url_of())).body == b"$LATEST"
    listed = (await functions.list_function_url_configs(FunctionName="f"))["FunctionUrlConfigs"]
    assert [config["FunctionArn"].rpartition("function:")[2] for config in listed] == ["f", "f:live"]


async def test_a_function_that_raises_or_answers_nonsense_is_a_bad_gateway(create, url_of, fetch):
    await create("f", "def handler(event, context): raise ValueError")
    response = await fetch(await url_of())
    assert (response.status, response.body) == (502, b"Internal Server Error")
    await create("g", "def handler(event, context): return {'statusCode': 'x'}")
    assert (await fetch(await url_of("g"))).status == 502


async def test_a_throttled_function_says_so(functions, create, url_of, fetch):
    await create("f")
    url = await url_of()
    await functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    assert (await fetch(url)).status == 429


async def test_a_url_that_was_taken_away_is_forbidden(functions, create, url_of, fetch, refusal):
    await create("f")
    url = await url_of()
    assert (await refusal(url_of()))[0] == "ResourceConflictException"
    await functions.delete_function_url_config(FunctionName="f")
    assert (await fetch(url)).status == 403
    assert await refusal(functions.get_function_url_config(FunctionName="f")) == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    )


async def test_a_url_with_iam_wants_a_signature(functions, create, url_of, fetch):
    await create(
        "f", "def handler(event, context): return event['requestContext']['authorizer']['iam']['accountId']"
    )
    url = await url_of(AuthType="AWS_IAM")
    assert (await fetch(url)).status == 403
    signed = (
        "AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/lambda/aws4_request, "
        "SignedHeaders=host, Signature=" + "0" * 64
    )
    response = await fetch(url, authorization=signed, x_amz_date="20260101T000000Z")
    assert (response.status, response.body) == (200, b"000000000000")


async def test_a_url_answers_preflights_itself(functions, create, url_of, fetch):
    await create("f")
    url = await url_of(Cors={"AllowOrigins": ["https://a"], "AllowMethods": ["GET"]})
    asked = await fetch(url, "OPTIONS", origin="https://a", access_control_request_method="GET")
    assert asked.headers["access-control-allow-methods"] == "GET"
    answered = await fetch(url, origin="https://a")
    assert answered.headers["access-control-allow-origin"] == "https://a"
    await functions.update_function_url_config(FunctionName="f", Cors={"AllowOrigins": ["https://b"]})
    assert "access-control-allow-origin" not in (await fetch(url, origin="https://a")).headers
