"""Subscriptions to telemetry: what is accepted, what is refused with a reason."""

import json

import pytest

from sundog.compute.telemetry import Refused, read_wanted

GOOD = {
    "schemaVersion": "2022-07-01",
    "types": ["platform", "function", "platform"],
    "buffering": {"maxItems": 1000, "maxBytes": 262144, "timeoutMs": 100},
    "destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:8080/path"},
}


def read(**changes):
    return read_wanted(json.dumps({**GOOD, **changes}).encode(), "watcher", "telemetry")


def test_a_subscription_is_read_as_it_was_asked_for():
    wanted = read()
    assert wanted.types == ("platform", "function")
    assert (wanted.protocol, wanted.port, wanted.path) == ("HTTP", 8080, "/path")
    assert (wanted.items_max, wanted.bytes_max, wanted.timeout_ms) == (1000, 262144, 100)


def test_without_buffering_aws_defaults_hold():
    wanted = read(buffering=None)
    assert (wanted.items_max, wanted.bytes_max, wanted.timeout_ms) == (10_000, 262_144, 1_000)


def test_a_tcp_destination_is_a_port():
    assert read(destination={"protocol": "TCP", "port": 9000}).port == 9000


@pytest.mark.parametrize(
    "changes",
    [
        {"types": []},
        {"types": ["other"]},
        {"types": "platform"},
        {"destination": None},
        {"destination": {"protocol": "UDP", "port": 1}},
        {"destination": {"protocol": "TCP"}},
        {"destination": {"protocol": "TCP", "port": 65_536}},
        {"destination": {"protocol": "HTTP", "URI": "http://example.com:80/"}},
        {"destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain/"}},
        {"destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:x/"}},
        {"buffering": {"maxItems": 999}},
        {"buffering": {"maxBytes": 262_143}},
        {"buffering": {"timeoutMs": 30_001}},
        {"buffering": {"timeoutMs": "soon"}},
    ],
)
def test_what_aws_does_not_take_is_refused(changes):
    with pytest.raises(Refused):
        read(**changes)


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b'"text"'])
def test_what_is_no_object_is_refused(body):
    with pytest.raises(Refused):
        read_wanted(body, "watcher", "telemetry")
