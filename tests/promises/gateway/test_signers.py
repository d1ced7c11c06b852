"""Who has signed a request to a front door (`sundog.front.caller`), and whether that is believed."""

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sundog.config import Config
from sundog.context import Principal
from sundog.front.caller import NotSigned, signer
from sundog.protocol.http import HttpRequest
from sundog.scope import Scope
from sundog.testing.world import World

HOST = "abcdefghij.execute-api.us-east-1.amazonaws.com"


def signed(key_id, secret, *, service="execute-api", body=b"hello"):
    request = AWSRequest("POST", f"https://{HOST}/dev/a?b=c", data=body)
    SigV4Auth(Credentials(key_id, secret), service, "us-east-1").add_auth(request)
    headers = {"host": HOST, **{name.lower(): value for name, value in request.headers.items()}}
    return HttpRequest("POST", "/dev/a", "b=c", headers, body)


def context(world):
    return world.app.system_context(Scope(), Principal.root("000000000000"))


@pytest.fixture
async def strict(models):
    """A server that enforces IAM."""
    async with World(Config(port=0, ephemeral=True, iam="enforce"), models=models) as world:
        yield world


async def reason(world, http):
    with pytest.raises(NotSigned) as caught:
        await signer(context(world), http)
    return caught.value.reason


async def test_a_signature_that_holds_says_who_it_is(strict):
    key = strict.app.root_key
    http = signed(key.principal.access_key_id, key.secret_key)
    assert await signer(context(strict), http) == key.principal


async def test_what_does_not_hold_is_refused_with_its_reason(strict):
    key = strict.app.root_key
    id, secret = key.principal.access_key_id, key.secret_key
    good = signed(id, secret)
    other_body = HttpRequest("POST", good.path, good.query, good.headers, b"other")
    assert await reason(strict, other_body) == "signature"
    assert await reason(strict, signed(id, "wrong")) == "signature"
    assert await reason(strict, signed(id, secret, service="s3")) == "signature"
    assert await reason(strict, signed("AKIAAAAAAAAAAAAAAAAA", secret)) == "unknown"
    unsigned = HttpRequest("GET", "/", "", {"host": HOST}, b"")
    assert await reason(strict, unsigned) == "missing"
    half = HttpRequest("GET", "/", "", {"host": HOST, "authorization": "AWS4-HMAC-SHA256 x"}, b"")
    assert await reason(strict, half) == "incomplete"


async def test_where_nothing_is_enforced_any_key_is_an_account(world):
    caller = await signer(context(world), signed("123456789012", "any"))
    assert (caller.arn, caller.access_key_id) == ("arn:aws:iam::123456789012:root", "123456789012")
    assert (await signer(context(world), signed("test", "any"))).account == "000000000000"
