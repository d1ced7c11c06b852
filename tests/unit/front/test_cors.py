"""Cross-origin rules: who is told that they may ask, and what else an answer says."""

from sundog.front.cors import is_preflight, read_cors, without_cors
from sundog.protocol.http import HttpRequest

SHOP = "https://shop.example.com"


def asked(method="GET", **headers):
    return HttpRequest(
        method, "/", "", {name.replace("_", "-"): value for name, value in headers.items()}, b""
    )


def test_an_allowed_origin_is_repeated_and_others_get_nothing():
    cors = read_cors({"AllowOrigins": [SHOP]})
    assert cors.headers(asked(origin=SHOP)) == (("access-control-allow-origin", SHOP),)
    assert cors.headers(asked(origin="https://other.example.com")) == ()
    assert cors.headers(asked()) == ()


def test_a_star_allows_everybody():
    assert read_cors({"AllowOrigins": ["*"]}).headers(asked(origin=SHOP)) == (
        ("access-control-allow-origin", "*"),
    )


def test_a_scheme_with_a_star_allows_every_origin_of_the_scheme():
    cors = read_cors({"AllowOrigins": ["https://*"]})
    assert cors.allowed_origin(SHOP) == SHOP
    assert cors.allowed_origin("http://shop.example.com") == ""


def test_only_the_answer_to_a_preflight_names_methods_headers_and_age():
    cors = read_cors(
        {
            "AllowOrigins": [SHOP],
            "AllowMethods": ["GET", "POST"],
            "AllowHeaders": ["authorization"],
            "ExposeHeaders": ["etag", "date"],
            "MaxAge": 0,
            "AllowCredentials": True,
        }
    )
    answer = [
        ("access-control-allow-origin", SHOP),
        ("access-control-allow-credentials", "true"),
        ("access-control-expose-headers", "etag,date"),
    ]
    assert list(cors.headers(asked(origin=SHOP))) == answer
    assert list(cors.headers(asked(origin=SHOP), preflight=True)) == [
        *answer,
        ("access-control-allow-methods", "GET,POST"),
        ("access-control-allow-headers", "authorization"),
        ("access-control-max-age", "0"),
    ]


def test_a_preflight_names_an_origin_and_a_method():
    assert is_preflight(asked("OPTIONS", origin=SHOP, access_control_request_method="PUT"))
    assert not is_preflight(asked("OPTIONS", origin=SHOP))
    assert not is_preflight(asked("GET", origin=SHOP, access_control_request_method="PUT"))


def test_what_an_integration_says_about_origins_is_dropped():
    pairs = (("Access-Control-Allow-Origin", "*"), ("etag", "1"), ("access-control-max-age", "3"))
    assert without_cors(pairs) == (("etag", "1"),)


def test_no_configuration_is_no_cors():
    assert read_cors(None) is None
    assert read_cors({}) is None
