"""Orders for the clock are checked before the first is carried out."""

import pytest

from sundog.gateway.admin import Admin, BadRequest, parse_clock_orders
from sundog.protocol.http import HttpRequest, HttpResponse


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


@pytest.fixture
def ask():
    async def thing(request):
        return {"thing": request.path}

    async def picture(_request):
        return HttpResponse(200, b"<svg/>", {"content-type": "image/svg+xml"})

    admin = Admin(None)
    admin.add({("GET", "/_sundog/things/"): thing, ("GET", "/_sundog/picture"): picture})

    async def answer(path):
        return await admin.answer(HttpRequest("GET", path, "", {}, b""), lambda: True)

    return answer


async def test_a_page_whose_path_ends_in_a_slash_answers_for_everything_under_it(ask):
    assert b'"/_sundog/things/a/b"' in (await ask("/_sundog/things/a/b")).body


async def test_a_page_may_answer_with_something_else_than_json(ask):
    assert (await ask("/_sundog/picture")).headers["content-type"] == "image/svg+xml"


async def test_what_no_page_answers_names_the_pages_there_are(ask):
    answer = await ask("/_sundog/nothing")
    assert answer.status == 404
    assert b"GET /_sundog/picture" in answer.body
