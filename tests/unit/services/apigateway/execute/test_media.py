"""Binary types and contentHandling, as AWS's tables have them."""

import base64

import pytest

from sundog.services.apigateway.execute.media import (
    BinaryTypes,
    NotBase64,
    media_type,
    request_payload,
    response_payload,
)

RAW = b"\x89PNG\xff"
ENCODED = base64.b64encode(RAW)
REPLACED = RAW.decode("utf-8", "replace").encode()


@pytest.mark.parametrize(
    ("types", "header", "is_binary"),
    [
        ((), "image/png", False),
        (("image/png",), "image/png", True),
        (("image/png",), "IMAGE/PNG; q=1, text/html", True),
        (("image/png",), "text/html, image/png", False),
        (("image/*",), "image/jpeg", True),
        (("image/*",), "imagery/x", False),
        (("*/*",), None, True),
        (("image/png",), None, False),
        (("application/json",), "", False),
    ],
)
def test_the_first_type_of_a_header_counts(types, header, is_binary):
    assert BinaryTypes(types).has(header) is is_binary


@pytest.mark.parametrize(
    ("body", "is_binary", "handling", "seen"),
    [
        (RAW, False, "", REPLACED),
        (RAW, True, "", RAW),
        (ENCODED, False, "CONVERT_TO_BINARY", RAW),
        (RAW, True, "CONVERT_TO_BINARY", RAW),
        (RAW, False, "CONVERT_TO_TEXT", REPLACED),
        (RAW, True, "CONVERT_TO_TEXT", ENCODED),
    ],
)
def test_what_an_integration_sees_of_a_body(body, is_binary, handling, seen):
    assert request_payload(body, is_binary=is_binary, handling=handling) == seen


@pytest.mark.parametrize(
    ("body", "is_binary", "wants_binary", "handling", "seen"),
    [
        (RAW, False, False, "", REPLACED),
        (RAW, True, False, "", RAW),
        (RAW, False, True, "", RAW),
        (ENCODED, False, True, "CONVERT_TO_BINARY", RAW),
        (RAW, True, True, "CONVERT_TO_TEXT", ENCODED),
    ],
)
def test_what_a_client_sees_of_an_answer(body, is_binary, wants_binary, handling, seen):
    assert response_payload(body, is_binary=is_binary, wants_binary=wants_binary, handling=handling) == seen


def test_what_is_no_base64_cannot_become_binary():
    with pytest.raises(NotBase64):
        request_payload(b"!", is_binary=False, handling="CONVERT_TO_BINARY")


@pytest.mark.parametrize(
    ("header", "found"),
    [(None, "application/json"), ("", "application/json"), ("Text/Plain; charset=x", "text/plain")],
)
def test_json_is_what_is_meant_where_nothing_is_said(header, found):
    assert media_type(header) == found
