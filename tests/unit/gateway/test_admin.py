"""Orders for the clock are checked before the first is carried out."""

import pytest

from sundog.gateway.admin import BadRequest, parse_clock_orders


@pytest.mark.parametrize(
    ("body", "orders"),
    [
        (b'{"advance": 1.5}', [("advance", 1500)]),
        (b'{"advance": 0}', [("advance", 0)]),
        (b'{"freeze": true}', [("freeze", 0)]),
        (b'{"freeze": true, "advance": 60}', [("freeze", 0), ("advance", 60_000)]),
        (b'{"until_idle": true}', [("until_idle", 0)]),
        (b'{"resume": true}', [("resume", 0)]),
    ],
)
def test_orders_are_read_in_the_order_given(body, orders):
    assert parse_clock_orders(body) == orders


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"7",
        b'{"advance": -1}',
        b'{"advance": "1"}',
        b'{"advance": true}',
        b'{"advance": 1e99}',
        b'{"freeze": false}',
        b'{"rewind": 5}',
        b"\xff\xfe",
    ],
)
def test_anything_else_is_refused_in_a_sentence(body):
    with pytest.raises(BadRequest) as refusal:
        parse_clock_orders(body)
    assert str(refusal.value)
