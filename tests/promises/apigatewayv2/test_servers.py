"""A restart and a reset: what is kept, and what is not."""

import pytest

from sundog.config import Config
from sundog.protocol.http import HttpRequest
from sundog.testing.world import World

NAME = "api.example.com"
CERTIFICATE = {"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/1"}


async def ask(world, host):
    http = HttpRequest("OPTIONS", "/a", "", {"host": host, **PREFLIGHT}, b"")
    return (await world.app.server.answer(http, lambda: True)).status


PREFLIGHT = {"origin": "https://a.com", "access-control-request-method": "GET"}


async def make(world):
    """An API that answers preflights at a host of its own and at a domain name."""
    apis = world.client("apigatewayv2")
    cors = {"AllowOrigins": ["*"]}
    api_id = (await apis.create_api(Name="a", ProtocolType="HTTP", CorsConfiguration=cors))["ApiId"]
    await apis.create_route(ApiId=api_id, RouteKey="GET /a")
    await apis.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    await apis.create_domain_name(DomainName=NAME, DomainNameConfigurations=[CERTIFICATE])
    await apis.create_api_mapping(DomainName=NAME, ApiId=api_id, Stage="$default")
    return f"{api_id}.execute-api.us-east-1.localhost"


async def test_what_is_deployed_answers_after_a_restart(tmp_path, models):
    config = Config(port=0, data=tmp_path)
    async with World(config, models=models) as world:
        host = await make(world)
    async with World(config, models=models) as world:
        assert [await ask(world, one) for one in (host, NAME)] == [204, 204]


async def test_nothing_answers_after_a_reset(world):
    host = await make(world)
    assert [await ask(world, one) for one in (host, NAME)] == [204, 204]
    await world.app.reset()
    assert await ask(world, host) == 403
    assert not any(face.wants(_at(NAME)) for face in world.app.parts.with_method("wants"))


def _at(host):
    return HttpRequest("GET", "/", "", {"host": host}, b"")


@pytest.fixture
async def other(config, models, world):
    """A second server over the same database."""
    if not config.store:
        pytest.skip("two servers share PostgreSQL only")
    async with World(config, models=models, clock=world.clock) as other:
        yield other


async def test_what_one_server_deploys_the_other_answers(world, other, clock):
    host = await make(world)
    await clock.settle()
    apis = world.client("apigatewayv2")
    for _ in range(200):  # the wake of the other node comes over the network
        if [await ask(other, one) for one in (host, NAME)] == [204, 204]:
            break
        await clock.sleep_wall(0.01)
    else:
        pytest.fail("the other server does not hear of it")
    await apis.delete_api_mapping(
        DomainName=NAME,
        ApiMappingId=(await apis.get_api_mappings(DomainName=NAME))["Items"][0]["ApiMappingId"],
    )
    for _ in range(200):
        if await ask(other, NAME) == 403:
            break
        await clock.sleep_wall(0.01)
    else:
        pytest.fail("the other server does not hear of it")
