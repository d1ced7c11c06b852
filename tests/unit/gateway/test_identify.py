"""Who calls: keys that were given out, accounts named by a key, and what is checked where IAM is enforced."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sundog.clock import Clock
from sundog.config import Config
from sundog.context import KnownKey, Principal
from sundog.errors import AwsError
from sundog.gateway.identify import Caller, Identify
from sundog.protocol.http import HttpRequest
from sundog.protocol.sigv4 import read_credentials

KEY, SECRET, TOKEN = "ASIA000000000000TEST", "the secret", "the token"
USER = Principal("user", "111122223333", "arn:aws:iam::111122223333:user/u", "AIDA", KEY)


def _now_ms() -> int:
    """botocore signs with the time of the machine."""
    return round(datetime.now(UTC).timestamp() * 1000)


def _sent(key: str = KEY, secret: str = SECRET, token: str | None = TOKEN) -> HttpRequest:
    request = AWSRequest("POST", "http://localhost/", data=b"{}")
    SigV4Auth(Credentials(key, secret, token), "sqs", "eu-west-1").add_auth(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return HttpRequest("POST", "/", "", headers | {"host": "localhost"}, b"{}")


async def _identify(
    http: HttpRequest, iam: str = "enforce", expires_in_ms: int | None = None, service: str = "sqs"
) -> Caller:
    clock = Clock(frozen_at_ms=_now_ms())
    expires_ms = None if expires_in_ms is None else clock.now_ms() + expires_in_ms
    keys = {KEY: KnownKey(USER, SECRET, TOKEN, expires_ms)}

    async def find(access_key_id: str) -> KnownKey | None:
        return keys.get(access_key_id)

    return await Identify(Config(iam=iam), clock, find)(http, read_credentials(http), service)


@pytest.mark.parametrize("iam", ["off", "audit", "enforce"])
async def test_a_key_that_was_given_out_stands_for_its_owner(iam):
    caller = await _identify(_sent(), iam)
    assert caller.principal == USER
    assert (caller.scope.account, caller.scope.region) == ("111122223333", "eu-west-1")


@pytest.mark.parametrize(
    ("key", "account"),
    [("444455556666", "444455556666"), ("test", "000000000000"), ("AKIA" * 5, "000000000000")],
)
async def test_any_other_key_is_the_root_of_an_account(key, account):
    caller = await _identify(_sent(key), "audit")
    assert (caller.principal.kind, caller.scope.account) == ("root", account)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"key": "AKIA" * 5}, "InvalidClientTokenId"),
        ({"key": "444455556666"}, "InvalidClientTokenId"),
        ({"secret": "wrong"}, "SignatureDoesNotMatch"),
        ({"token": None}, "InvalidClientTokenId"),
        ({"token": "another"}, "InvalidClientTokenId"),
    ],
)
async def test_where_iam_is_enforced_a_wrong_key_secret_or_token_is_refused(sent, code):
    with pytest.raises(AwsError) as refusal:
        await _identify(_sent(**sent))
    assert (refusal.value.wire_code, refusal.value.status) == (code, 403)


async def test_where_iam_is_enforced_an_unsigned_request_is_refused():
    with pytest.raises(AwsError) as refusal:
        await _identify(HttpRequest("POST", "/", "", {"host": "localhost"}, b"{}"))
    assert refusal.value.wire_code == "MissingAuthenticationToken"


async def test_elsewhere_an_unsigned_request_is_anonymous_in_the_default_account():
    caller = await _identify(HttpRequest("POST", "/", "", {"host": "localhost"}, b"{}"), "audit")
    assert (caller.principal.kind, caller.scope.account, caller.scope.region) == (
        "anonymous",
        "000000000000",
        "us-east-1",
    )


@pytest.mark.parametrize("iam", ["audit", "enforce"])
async def test_a_temporary_key_ends_at_its_time(iam):
    await _identify(_sent(), iam, expires_in_ms=1)
    with pytest.raises(AwsError) as refusal:
        await _identify(_sent(), iam, expires_in_ms=0)
    assert refusal.value.wire_code == "ExpiredToken"


async def test_a_signature_for_one_service_is_none_for_another():
    with pytest.raises(AwsError) as refusal:
        await _identify(_sent(), service="iam")
    assert refusal.value.message == "Credential should be scoped to correct service: 'iam'. "
    assert await _identify(_sent(), "audit", service="iam")
