"""Tokens of user pools."""

import base64
import functools
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

POOL = "us-east-1_abcdefghi"
ISSUER = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL}"
ARN = f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{POOL}"
UNAUTHORIZED = (401, "UnauthorizedException", "Unauthorized")


@functools.cache
def key():
    return rsa.generate_private_key(65_537, 2_048)


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Pools:
    """A part that is the issuer of the pool's tokens."""

    async def issuer_keys(self, issuer):
        assert issuer == ISSUER
        numbers = key().public_key().public_numbers()
        n, e = (
            text(value.to_bytes((value.bit_length() + 7) // 8, "big")) for value in (numbers.n, numbers.e)
        )
        return json.dumps({"keys": [{"kty": "RSA", "use": "sig", "kid": "k", "n": n, "e": e}]}).encode()


@pytest.fixture
def token(world, clock):
    def make(**claims):
        now = clock.now_ms() // 1_000
        body = {"iss": ISSUER, "sub": "me", "token_use": "id", "iat": now, "exp": now + 600, **claims}
        head = text(json.dumps({"alg": "RS256", "kid": "k"}).encode())
        signed = f"{head}.{text(json.dumps(body).encode())}"
        return f"{signed}.{text(key().sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    world.app.parts.add(Pools())
    return make


@pytest.fixture
def guarded(apis, api_id, add, function, deploy):
    async def make(**method):
        guard = await apis.create_authorizer(
            restApiId=api_id,
            name="pool",
            type="COGNITO_USER_POOLS",
            providerARNs=[ARN],
            identitySource="method.request.header.Authorization",
        )
        uri = await function(lambda event: {"statusCode": 200})
        integration = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": uri}
        named = {"authorizationType": "COGNITO_USER_POOLS", "authorizerId": guard["id"]}
        await add("GET /a", integration, method={**named, **method}, answers={})
        await deploy()

    return make


async def test_a_token_of_the_pool_is_let_in_and_its_claims_reach_the_function(guarded, token, ask, engine):
    await guarded()
    headers = {"Authorization": token(email="me@example.com", email_verified=True, groups=["a", "b"])}
    assert (await ask("/a", headers=headers)).status == 200
    claims = engine.events("f")[0]["requestContext"]["authorizer"]["claims"]
    assert (claims["sub"], claims["email"], claims["email_verified"]) == ("me", "me@example.com", "true")
    assert claims["groups"] == "[a, b]"


async def test_what_is_no_token_of_the_pool_is_unauthorized(guarded, token, ask):
    await guarded()
    assert (await ask("/a")).refusal == UNAUTHORIZED
    for bad in ("x", token(iss="https://example.com"), token()[:-4] + "AAAA", token(token_use="access")):
        assert (await ask("/a", headers={"Authorization": bad})).refusal == UNAUTHORIZED


async def test_a_token_expires_on_the_clock(guarded, token, ask, clock):
    await guarded()
    headers = {"Authorization": f"Bearer {token()}"}
    assert (await ask("/a", headers=headers)).status == 200
    await clock.advance(600_000)
    assert (await ask("/a", headers=headers)).refusal == (
        401,
        "UnauthorizedException",
        "The incoming token has expired",
    )


async def test_scopes_are_those_of_access_tokens(guarded, token, ask):
    await guarded(authorizationScopes=["shop/read"])
    good = token(token_use="access", scope="shop/read shop/write")
    assert (await ask("/a", headers={"Authorization": good})).status == 200
    for bad in (token(scope="shop/read"), token(token_use="access", scope="other")):
        assert (await ask("/a", headers={"Authorization": bad})).refusal == UNAUTHORIZED
