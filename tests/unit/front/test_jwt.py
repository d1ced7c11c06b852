"""Tokens: what proves something, and what is said of one that does not."""

import base64
import functools
import json

import orjson
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from sundog.front.jwt import (
    BadToken,
    NoScope,
    check_claims,
    check_scopes,
    check_signature,
    read_keys,
    read_token,
    scopes_of,
)

NOW_MS = 1_700_000_000_000
ISSUER = "https://issuer.example.com"
GOOD = {"iss": ISSUER, "aud": "shop", "exp": NOW_MS // 1000 + 60, "iat": NOW_MS // 1000}


@functools.cache
def key():
    return rsa.generate_private_key(65_537, 2_048)


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(claims, alg="RS256", hash=None, kid="k1"):
    head = f"{text(orjson.dumps({'alg': alg, 'kid': kid}))}.{text(orjson.dumps(claims))}"
    signature = key().sign(head.encode(), padding.PKCS1v15(), hash or hashes.SHA256())
    return f"{head}.{text(signature)}"


def jwks():
    numbers = key().public_key().public_numbers()
    n, e = (text(value.to_bytes((value.bit_length() + 7) // 8, "big")) for value in (numbers.n, numbers.e))
    return json.dumps({"keys": [{"kty": "EC", "kid": "k0"}, {"kty": "RSA", "kid": "k1", "n": n, "e": e}]})


def checked(claims):
    check_claims({**GOOD, **claims}, ISSUER, {"shop"}, NOW_MS)


@pytest.mark.parametrize("alg", ["RS256", "RS384", "RS512"])
def test_a_token_signed_with_the_issuers_key_holds(alg):
    hash = {"RS256": hashes.SHA256(), "RS384": hashes.SHA384(), "RS512": hashes.SHA512()}[alg]
    token = read_token(signed(GOOD, alg, hash))
    assert token.claims == GOOD
    check_signature(token, read_keys(jwks().encode())[token.key_id])


@pytest.mark.parametrize("alg", ["none", "HS256", "ES256", None, ["RS256"]])
def test_only_rsa_algorithms_hold(alg):
    with pytest.raises(BadToken, match=r"signing method .* is invalid"):
        check_signature(read_token(signed(GOOD, alg)), key().public_key())


def test_a_changed_token_does_not_hold():
    head, _, signature = signed(GOOD).split(".")
    forged = read_token(f"{head}.{text(orjson.dumps({**GOOD, 'sub': 'admin'}))}.{signature}")
    with pytest.raises(BadToken, match="signature"):
        check_signature(forged, key().public_key())


@given(st.text(max_size=200))
def test_any_text_is_a_token_or_a_bad_one(some):
    try:
        read_token(some)
    except BadToken as bad:
        assert str(bad)


def test_parts_beyond_ascii_are_a_bad_token():
    with pytest.raises(BadToken):
        read_token("é.é.é")


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=20))
def test_any_three_parts_are_a_token_or_a_bad_one(one, two, three):
    try:
        read_token(f"{text(one)}.{text(two)}.{text(three)}")
    except BadToken as bad:
        assert str(bad)


def test_claims_that_hold():
    checked({})
    checked({"aud": ["other", "shop"]})
    by_client = {**{name: value for name, value in GOOD.items() if name != "aud"}, "client_id": "shop"}
    check_claims(by_client, ISSUER, {"shop"}, NOW_MS)
    check_claims(by_client, ISSUER, (), NOW_MS)


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"iss": "https://other.example.com"}, "invalid issuer"),
        ({"aud": "other"}, "the token does not have a valid audience"),
        ({"aud": ["other"], "client_id": "shop"}, "the token does not have a valid audience"),
        ({"aud": {"shop": 1}}, "the token does not have a valid audience"),
        ({"exp": NOW_MS // 1000}, "the token has expired"),
        ({"exp": None}, "the token has no expiry"),
        ({"exp": "soon"}, "the claim exp is no time"),
        ({"exp": 1e300}, "the claim exp is no time"),
        ({"nbf": NOW_MS // 1000 + 1}, "the token is not valid yet"),
        ({"iat": NOW_MS // 1000 + 1}, "the token was issued in the future"),
    ],
)
def test_claims_that_do_not_hold(claims, said):
    with pytest.raises(BadToken, match=said):
        checked(claims)


def test_one_of_the_scopes_is_enough():
    assert scopes_of({"scope": "read write"}) == ["read", "write"]
    assert scopes_of({"scp": ["read"]}) == ["read"]
    check_scopes({"scope": "read write"}, ["write", "admin"])
    check_scopes({}, [])
    with pytest.raises(NoScope):
        check_scopes({"scope": "read"}, ["admin"])


@pytest.mark.parametrize("document", [b"", b"[]", b'{"keys": 3}', b'{"keys": [{"kty": "RSA", "kid": "k"}]}'])
def test_keys_that_cannot_be_read_prove_nothing(document):
    with pytest.raises(BadToken):
        read_keys(document)
