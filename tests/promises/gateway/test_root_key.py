"""A server that enforces IAM has a way in from its first start on: the key of the account's root."""

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sundog.config import Config
from sundog.protocol.http import HttpRequest
from sundog.testing.world import World

BODY = b"Action=GetCallerIdentity&Version=2011-06-15"


def signed(key_id, secret):
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Host": "localhost:4566"}
    request = AWSRequest("POST", "http://localhost:4566/", headers=headers, data=BODY)
    SigV4Auth(Credentials(key_id, secret), "sts", "us-east-1").add_auth(request)
    wire = {name.lower(): value for name, value in request.headers.items()}
    return HttpRequest("POST", "/", "", wire, BODY)


@pytest.fixture
def enforced(tmp_path, models):
    config = Config(port=0, data=tmp_path, iam="enforce")
    return lambda: World(config, models=models)


async def ask(world, key_id, secret):
    return await world.app.server.answer(signed(key_id, secret), lambda: True)


async def test_the_root_key_gets_in_as_root(enforced):
    async with enforced() as world:
        key = world.app.root_key
        answer = await ask(world, key.principal.access_key_id, key.secret_key)
    assert answer.status == 200
    assert b"<Arn>arn:aws:iam::000000000000:root</Arn>" in answer.body


async def test_the_root_key_is_the_same_after_a_restart_and_a_reset(enforced):
    async with enforced() as world:
        first = world.app.root_key
        await world.app.reset()
    async with enforced() as world:
        assert world.app.root_key == first
        assert (await ask(world, first.principal.access_key_id, first.secret_key)).status == 200


async def test_a_wrong_secret_of_the_root_key_is_refused(enforced):
    async with enforced() as world:
        answer = await ask(world, world.app.root_key.principal.access_key_id, "guessed")
    assert answer.status == 403
    assert b"<Code>SignatureDoesNotMatch</Code>" in answer.body


async def test_where_iam_is_not_enforced_there_is_no_root_key(world):
    assert world.app.root_key is None
