"""Who may use a route: tokens, functions, signatures."""

import base64
import functools
import json
from types import SimpleNamespace

import pytest
from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .conftest import invocation_uri


@functools.cache
def key():
    return rsa.generate_private_key(65_537, 2_048)


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwks():
    numbers = key().public_key().public_numbers()
    n, e = (text(value.to_bytes((value.bit_length() + 7) // 8, "big")) for value in (numbers.n, numbers.e))
    return {"keys": [{"kty": "RSA", "use": "sig", "kid": "k1", "n": n, "e": e}]}


@pytest.fixture
async def issuer(endpoint):
    """A real issuer: discovery and keys. ``issuer.asked`` are the paths that were asked for."""

    issuer = SimpleNamespace(asked=[], padding="")

    async def handle(request):
        issuer.asked.append(request.path)
        if request.path.endswith("/openid-configuration"):
            return web.json_response({"jwks_uri": f"{issuer.url}/keys", "padding": issuer.padding})
        return web.json_response(jwks())

    issuer.url = await endpoint(handle)
    return issuer


@pytest.fixture
def token(issuer, clock):
    def make(**claims):
        now = clock.now_ms() // 1000
        body = {"iss": issuer.url, "aud": "shop", "sub": "me", "iat": now, "exp": now + 600, **claims}
        body = {name: value for name, value in body.items() if value is not None}
        head = f"{text(json.dumps({'alg': 'RS256', 'kid': 'k1'}).encode())}.{text(json.dumps(body).encode())}"
        return f"{head}.{text(key().sign(head.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    return make


@pytest.fixture
def guard(apis, api_id, serve, function):
    """``await guard(scopes)``: ``GET /`` behind a JWT authorizer of the issuer."""

    async def protect(issuer, scopes=()):
        authorizer = await apis.create_authorizer(
            ApiId=api_id,
            AuthorizerType="JWT",
            Name="jwt",
            IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Issuer": issuer.url, "Audience": ["shop"]},
        )
        members = {"AuthorizationType": "JWT", "AuthorizerId": authorizer["AuthorizerId"]}
        if scopes:
            members["AuthorizationScopes"] = list(scopes)
        await serve({"GET /": {"IntegrationUri": await function()}}, **members)

    return protect


async def test_a_good_token_is_let_in_and_its_claims_reach_the_function(
    guard, issuer, token, ask, api_id, engine
):
    await guard(issuer, ["read", "admin"])
    good = token(scope="read write", groups=["a", "b"], ok=True)
    answer = await ask(api_id, "/", headers={"Authorization": f"Bearer {good}"})
    assert answer.status == 200
    authorizer = engine.events("f")[0]["requestContext"]["authorizer"]["jwt"]
    assert authorizer["scopes"] == ["read"]
    assert authorizer["claims"]["sub"] == "me"
    assert (authorizer["claims"]["groups"], authorizer["claims"]["ok"]) == ("[a b]", "true")


async def test_a_token_stands_alone_or_behind_bearer(guard, issuer, token, ask, api_id):
    await guard(issuer)
    assert (await ask(api_id, "/", headers={"authorization": token()})).status == 200


async def test_no_token_is_unauthorized(guard, issuer, ask, api_id, engine):
    await guard(issuer)
    answer = await ask(api_id, "/")
    assert (answer.status, answer.json) == (401, {"message": "Unauthorized"})
    assert answer.headers["www-authenticate"] == "Bearer"
    assert engine.calls == []


async def test_a_bad_token_is_unauthorized_and_told_why(guard, issuer, token, ask, api_id):
    await guard(issuer)
    answer = await ask(api_id, "/", headers={"Authorization": f"Bearer {token(aud='other')}"})
    assert (answer.status, answer.json) == (401, {"message": "Unauthorized"})
    said = (
        'Bearer scope="" error="invalid_token" error_description="the token does not have a valid audience"'
    )
    assert answer.headers["www-authenticate"] == said


async def test_a_token_expires_on_the_clock(guard, issuer, token, ask, api_id, clock):
    await guard(issuer)
    headers = {"Authorization": token()}
    assert (await ask(api_id, "/", headers=headers)).status == 200
    await clock.advance(600_000)
    assert (await ask(api_id, "/", headers=headers)).status == 401


async def test_a_token_without_the_scope_is_forbidden(guard, issuer, token, ask, api_id):
    await guard(issuer, ["admin"])
    answer = await ask(api_id, "/", headers={"Authorization": token(scope="read")})
    assert (answer.status, answer.json) == (403, {"message": "Forbidden"})
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


async def test_keys_are_kept_for_two_hours(guard, issuer, token, ask, api_id, clock):
    await guard(issuer)
    for _ in range(3):
        await ask(api_id, "/", headers={"Authorization": token()})
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]
    await clock.advance(2 * 3_600_000)
    await ask(api_id, "/", headers={"Authorization": token()})
    assert issuer.asked.count("/keys") == 2


async def test_an_issuer_that_says_too_much_is_not_believed(guard, issuer, token, ask, api_id):
    await guard(issuer)
    issuer.padding = "x" * 150_000
    answer = await ask(api_id, "/", headers={"Authorization": token()})
    assert answer.status == 401
    assert "OIDC discovery endpoint communication error" in answer.headers["www-authenticate"]


# Functions


@pytest.fixture
def ask_function(apis, api_id, serve, function):
    """``await ask_function(script, **members)``: ``GET /{id}`` behind a Lambda authorizer."""

    async def protect(script, **members):
        asked = {
            "AuthorizerType": "REQUEST",
            "Name": "lambda",
            "IdentitySource": ["$request.header.Who"],
            "AuthorizerPayloadFormatVersion": "2.0",
            "EnableSimpleResponses": True,
            "AuthorizerUri": invocation_uri(await function(script, "guard")),
        }
        authorizer = await apis.create_authorizer(ApiId=api_id, **asked | members)
        guarded = {"AuthorizationType": "CUSTOM", "AuthorizerId": authorizer["AuthorizerId"]}
        await serve({"GET /{id}": {"IntegrationUri": await function()}}, **guarded)

    return protect


async def test_a_function_lets_in_with_a_simple_answer(ask_function, ask, api_id, engine):
    await ask_function(lambda event: {"isAuthorized": True, "context": {"plan": "gold", "n": 1}})
    assert (await ask(api_id, "/7", query="a=1", headers={"Who": "me"})).status == 200
    (question,) = engine.events("guard")
    assert (question["version"], question["type"]) == ("2.0", "REQUEST")
    assert question["routeArn"] == f"arn:aws:execute-api:us-east-1:000000000000:{api_id}/$default/GET/7"
    assert question["identitySource"] == ["me"] and question["pathParameters"] == {"id": "7"}
    assert "authorizer" not in question["requestContext"]
    context = engine.events("f")[0]["requestContext"]["authorizer"]
    assert context == {"lambda": {"plan": "gold", "n": 1}}


@pytest.mark.parametrize(
    ("answer", "status", "text"),
    [
        ({"isAuthorized": False}, 403, "Forbidden"),
        ({"isAuthorized": "yes"}, 500, "Internal Server Error"),
        ({}, 500, "Internal Server Error"),
        (["yes"], 500, "Internal Server Error"),
    ],
    ids=str,
)
async def test_what_is_not_a_yes_is_no(answer, status, text, ask_function, ask, api_id, engine):
    await ask_function(lambda event: answer)
    refused = await ask(api_id, "/7", headers={"Who": "me"})
    assert (refused.status, refused.json) == (status, {"message": text})
    assert engine.events("f") == []


async def test_a_missing_identity_source_is_unauthorized_without_asking(ask_function, ask, api_id, engine):
    await ask_function(lambda event: {"isAuthorized": True})
    answer = await ask(api_id, "/7")
    assert (answer.status, answer.json) == (401, {"message": "Unauthorized"})
    assert engine.calls == []


def policy(effect, resource):
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "me", "policyDocument": document, "context": {"plan": "gold"}}


async def test_a_policy_decides_by_route(ask_function, ask, api_id, engine):
    arn = f"arn:aws:execute-api:us-east-1:000000000000:{api_id}/$default/GET/7"
    await ask_function(
        lambda event: policy("Allow", arn),
        EnableSimpleResponses=False,
        AuthorizerPayloadFormatVersion="1.0",
        AuthorizerResultTtlInSeconds=60,
    )
    assert (await ask(api_id, "/7", headers={"Who": "me"})).status == 200
    assert (await ask(api_id, "/8", headers={"Who": "me"})).status == 403
    (question,) = engine.events("guard")
    assert question["methodArn"] == arn and question["identitySource"] == "me"
    assert question["authorizationToken"] == "me" and question["resource"] == "/{id}"


@pytest.mark.parametrize(
    "answer",
    [
        policy("Allow", 7),
        {"principalId": "me"},
        {"principalId": 7, "policyDocument": policy("Allow", "*")["policyDocument"]},
        {"principalId": "me", "policyDocument": {"Statement": [{"Effect": "Maybe"}]}},
    ],
    ids=str,
)
async def test_a_policy_that_is_none_is_an_internal_server_error(answer, ask_function, ask, api_id):
    await ask_function(lambda event: answer, EnableSimpleResponses=False)
    assert (await ask(api_id, "/7", headers={"Who": "me"})).status == 500


async def test_answers_are_kept_by_identity_for_their_time(ask_function, ask, api_id, engine, clock, apis):
    await ask_function(lambda event: {"isAuthorized": True}, AuthorizerResultTtlInSeconds=60)
    for who in ("me", "me", "you"):
        await ask(api_id, "/7", headers={"Who": who})
    assert len(engine.events("guard")) == 2
    await clock.advance(59_999)
    await ask(api_id, "/7", headers={"Who": "me"})
    assert len(engine.events("guard")) == 2
    await clock.advance(1)
    await ask(api_id, "/7", headers={"Who": "me"})
    assert len(engine.events("guard")) == 3
    await apis.reset_authorizers_cache(ApiId=api_id, StageName="$default")
    await ask(api_id, "/7", headers={"Who": "me"})
    assert len(engine.events("guard")) == 4


async def test_without_a_ttl_every_request_asks(ask_function, ask, api_id, engine):
    await ask_function(lambda event: {"isAuthorized": True}, AuthorizerResultTtlInSeconds=0)
    for _ in range(2):
        await ask(api_id, "/7", headers={"Who": "me"})
    assert len(engine.events("guard")) == 2


# Signatures


async def test_a_signed_request_is_let_in_and_the_function_told_who(serve, function, ask, api_id, engine):
    await serve({"GET /": {"IntegrationUri": await function()}}, AuthorizationType="AWS_IAM")
    refused = await ask(api_id, "/")
    assert (refused.status, refused.json) == (403, {"message": "Forbidden"})
    scope = "20231114/us-east-1/execute-api/aws4_request"
    signed = f"AWS4-HMAC-SHA256 Credential=111111111111/{scope}, SignedHeaders=host, Signature={'0' * 64}"
    headers = {"Authorization": signed, "X-Amz-Date": "20231114T221320Z"}
    assert (await ask(api_id, "/", headers=headers)).status == 200
    caller = engine.events("f")[0]["requestContext"]["authorizer"]["iam"]
    assert (caller["accountId"], caller["userArn"]) == ("111111111111", "arn:aws:iam::111111111111:root")


class Pools:
    """A service of this server that is an issuer itself, as user pools will be."""

    async def issuer_keys(self, issuer):
        return json.dumps(jwks()).encode() if issuer == "https://pool.example.com" else None


async def test_an_issuer_of_this_server_is_asked_without_a_connection(guard, token, ask, api_id, world):
    world.app.parts.add(Pools())
    await guard(SimpleNamespace(url="https://pool.example.com"))
    headers = {"Authorization": token(iss="https://pool.example.com")}
    assert (await ask(api_id, "/", headers=headers)).status == 200


async def test_an_unknown_key_has_the_keys_read_again_but_not_at_once(
    guard, issuer, token, ask, api_id, clock
):
    await guard(issuer)
    await ask(api_id, "/", headers={"Authorization": token()})
    head, *rest = token().split(".")
    other = ".".join([text(json.dumps({"alg": "RS256", "kid": "k2"}).encode()), *rest])
    assert (await ask(api_id, "/", headers={"Authorization": other})).status == 401
    assert issuer.asked.count("/keys") == 1
    await clock.advance(10_000)
    assert (await ask(api_id, "/", headers={"Authorization": other})).status == 401
    assert issuer.asked.count("/keys") == 2 and head
