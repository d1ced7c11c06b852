"""botocore signs, we check: what it signs holds, and no changed bit does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from sundog.errors import AwsError
from sundog.protocol.common_errors import IncompleteSignature, SignatureDoesNotMatch, spoken
from sundog.protocol.http import HttpRequest
from sundog.protocol.sigv4 import Signed, check_signature, read_credentials, read_signing_name

KEY, SECRET = "AKIDEXAMPLE0000000000", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
MINUTE_MS = 60_000
AUTHS = {"header": SigV4Auth, "query": SigV4QueryAuth, "s3 header": S3SigV4Auth, "s3 query": S3SigV4QueryAuth}


def _now_ms() -> int:
    """botocore signs with the time of the machine."""
    return round(datetime.now(UTC).timestamp() * 1000)


def _signed_by_botocore(
    auth: str = "header", *, path: str = "/", query: str = "", body: bytes = b"", token: str | None = None
) -> HttpRequest:
    service = "s3" if auth.startswith("s3") else "sqs"
    url = f"http://localhost:4566{path}" + (f"?{query}" if query else "")
    request = AWSRequest("POST", url, headers={"X-Custom": " two   spaces "}, data=body)
    request.context["payload_signing_enabled"] = True
    AUTHS[auth](Credentials(KEY, SECRET, token), service, "eu-west-1").add_auth(request)
    sent = urlsplit(request.url)
    headers = {k.lower(): v for k, v in request.headers.items()} | {"host": "localhost:4566"}
    return HttpRequest("POST", sent.path, sent.query, headers, body)


def _check(http: HttpRequest, secret: str = SECRET, now_ms: int | None = None) -> Signed:
    signed = read_credentials(http)
    assert signed is not None
    check_signature(http, signed, secret, _now_ms() if now_ms is None else now_ms)
    return signed


@pytest.mark.parametrize("auth", AUTHS)
@given(
    path=st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=6), max_size=3),
    query=st.dictionaries(
        st.text("ab+ /%é", min_size=1, max_size=4), st.text("xy=&+ é", max_size=4), max_size=3
    ),
    body=st.binary(max_size=50),
    token=st.sampled_from([None, "a token/with+signs="]),
)
def test_what_botocore_signs_holds(auth, path, query, body, token):
    raw_path = "/" + "/".join(quote(segment, safe="") for segment in path if segment not in (".", ".."))
    raw_query = "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in query.items())
    body = b"" if "query" in auth else body  # botocore moves a body into the URL it signs
    signed = _check(_signed_by_botocore(auth, path=raw_path, query=raw_query, body=body, token=token))
    assert (signed.access_key_id, signed.region) == (KEY, "eu-west-1")
    assert signed.session_token == (token or "")


@given(st.data())
def test_a_changed_request_does_not_hold(data):
    http = _signed_by_botocore(path="/a/b", query="x=1", body=b"hello", token="t")
    what = data.draw(
        st.sampled_from(["method", "path", "query", "body", "header", "token", "host", "secret"])
    )
    secret = SECRET
    if what == "header":
        http = replace(http, headers=dict(http.headers) | {"x-custom": "other"})
    elif what == "token":
        http = replace(http, headers=dict(http.headers) | {"x-amz-security-token": "u"})
    elif what == "host":
        http = replace(http, headers=dict(http.headers) | {"host": "elsewhere"})
    elif what == "secret":
        secret = data.draw(st.text(max_size=5))
    else:
        old = getattr(http, what)
        more = data.draw(st.text("qwertz", min_size=1, max_size=3))
        http = replace(http, **{what: old + (more.encode() if what == "body" else more)})
    with pytest.raises(SignatureDoesNotMatch):
        _check(http, secret)


def test_a_stated_hash_of_the_body_must_be_its_hash():
    http = _signed_by_botocore("s3 header", body=b"hello")
    with pytest.raises(SignatureDoesNotMatch):
        _check(replace(http, body=b"other"))


@pytest.mark.parametrize("minutes", [-14, 0, 14])
def test_fifteen_minutes_of_skew_are_fine(minutes):
    _check(_signed_by_botocore(), now_ms=_now_ms() + minutes * MINUTE_MS)


@pytest.mark.parametrize(
    ("minutes", "text"), [(16, "Signature expired: "), (-16, "Signature not yet current: ")]
)
def test_more_skew_is_refused_with_both_times(minutes, text):
    http = _signed_by_botocore()
    with pytest.raises(SignatureDoesNotMatch) as refusal:
        _check(http, now_ms=_now_ms() + minutes * MINUTE_MS)
    assert refusal.value.message.startswith(text + http.headers["x-amz-date"])
    assert "15 min.)" in refusal.value.message


@pytest.mark.parametrize("minutes", [16, -16])
def test_s3_calls_skew_by_its_own_name(minutes):
    with pytest.raises(AwsError) as refusal:
        _check(_signed_by_botocore("s3 header"), now_ms=_now_ms() + minutes * MINUTE_MS)
    assert refusal.value.wire_code == "RequestTimeTooSkewed"


def test_a_presigned_url_ends_when_it_says():
    http = _signed_by_botocore("query")  # an hour, unless asked otherwise
    _check(http, now_ms=_now_ms() + 59 * MINUTE_MS)
    with pytest.raises(SignatureDoesNotMatch):
        _check(http, now_ms=_now_ms() + 61 * MINUTE_MS)


def test_an_expired_url_of_s3_is_access_denied():
    with pytest.raises(AwsError) as refusal:
        _check(_signed_by_botocore("s3 query"), now_ms=_now_ms() + 61 * MINUTE_MS)
    assert (refusal.value.wire_code, refusal.value.message) == ("AccessDenied", "Request has expired")


SCOPE = "AK/20260101/us-east-1/sqs/aws4_request"


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (
            "AWS4-HMAC-SHA256",
            "Authorization header requires 'Credential' parameter. Authorization header requires",
        ),
        ("AWS4-HMAC-SHA256 Credential", "'Credential' not a valid key=value pair (missing equal-sign)"),
        ("Bearer token", "Unsupported AWS 'algorithm': 'Bearer'"),
        ("", "Unsupported AWS 'algorithm': ''"),
        (
            f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature=",
            "Authorization header requires 'Sig",
        ),
        (
            "AWS4-HMAC-SHA256 Credential=AK/x, SignedHeaders=host, Signature=00",
            "Credential must have exactly 5 slash",
        ),
    ],
)
def test_a_malformed_header_is_refused_in_the_words_of_aws(header, text):
    with pytest.raises(IncompleteSignature) as refusal:
        read_credentials(
            HttpRequest("GET", "/", "", {"authorization": header, "x-amz-date": "20260101T000000Z"}, b"")
        )
    assert refusal.value.message.startswith(text)


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=20))
def test_nothing_malformed_raises_anything_else(header, query, date):
    headers = {"authorization": f"AWS4-HMAC-SHA256 Credential={SCOPE},{header}", "x-amz-date": date}
    for http in (
        HttpRequest("GET", "/", "", headers, b""),
        HttpRequest("GET", "/", f"X-Amz-Signature=0&X-Amz-Credential={query}&X-Amz-Date={date}", {}, b""),
    ):
        read_signing_name(http)
        try:
            if (signed := read_credentials(http)) is not None:
                check_signature(http, signed, SECRET, 0)
        except AwsError:
            pass


def test_an_unsigned_request_has_no_credentials():
    assert read_credentials(HttpRequest("GET", "/", "Action=x", {"host": "localhost"}, b"")) is None


def test_the_service_is_read_from_header_and_url_alike():
    assert read_signing_name(_signed_by_botocore("header")) == "sqs"
    assert read_signing_name(_signed_by_botocore("s3 query")) == "s3"


def test_a_region_set_is_read_from_a_signature_of_version_4a():
    headers = {
        "authorization": "AWS4-ECDSA-P256-SHA256 Credential=AK/20260101/sqs/aws4_request, "
        "SignedHeaders=host, Signature=30",
        "x-amz-date": "20260101T000000Z",
        "x-amz-region-set": "eu-west-1,us-east-1",
    }
    http = HttpRequest("GET", "/", "", headers, b"")
    signed = read_credentials(http)
    assert signed is not None
    assert (signed.service, signed.region, read_signing_name(http)) == ("sqs", "eu-west-1", "sqs")


@pytest.mark.parametrize(
    ("protocol", "code", "status"),
    [
        ("query", "SignatureDoesNotMatch", 403),
        ("json", "InvalidSignatureException", 400),
        ("rest-json", "InvalidSignatureException", 403),
        ("rest-xml", "SignatureDoesNotMatch", 403),
    ],
)
def test_each_protocol_has_its_name_for_a_wrong_signature(protocol, code, status):
    error = spoken(SignatureDoesNotMatch(), protocol)
    assert (error.wire_code, error.status, error.message) == (code, status, SignatureDoesNotMatch().message)
