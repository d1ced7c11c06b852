"""Queue URLs: which queue they mean."""

import pytest

from sundog.scope import Scope
from sundog.services.sqs.queue_urls import parse_queue_url, write_queue_url

CALLER = Scope("111111111111", "eu-west-1")


@pytest.mark.parametrize(
    ("url", "account", "region"),
    [
        ("http://localhost:4566/000000000000/q", "000000000000", "eu-west-1"),
        ("https://sqs.us-west-2.amazonaws.com/000000000000/q", "000000000000", "us-west-2"),
        ("https://us-west-2.queue.amazonaws.com/000000000000/q", "000000000000", "us-west-2"),
        ("http://us-west-2.queue.localhost:4566/000000000000/q", "000000000000", "us-west-2"),
        ("https://sqs.us-gov-west-1.amazonaws.com/000000000000/q", "000000000000", "us-gov-west-1"),
        ("https://queue.amazonaws.com/000000000000/q", "000000000000", "eu-west-1"),
        ("http://localhost/queue/us-west-2/000000000000/q", "000000000000", "us-west-2"),
        ("/000000000000/q", "000000000000", "eu-west-1"),
        ("q", "111111111111", "eu-west-1"),
    ],
)
def test_every_form_names_account_region_and_queue(url, account, region):
    address = parse_queue_url(url, CALLER)
    assert address is not None
    assert (address.scope, address.name) == (Scope(account, region), "q")


@pytest.mark.parametrize(
    "url", ["", "http://localhost:4566/", "http://localhost/a/b/c", "http://localhost/12/q"]
)
def test_anything_else_is_no_queue(url):
    assert parse_queue_url(url, CALLER) is None


def test_a_url_leads_back_to_its_queue():
    address = parse_queue_url(write_queue_url("localhost:4566", CALLER, "q"), CALLER)
    assert address is not None and (address.scope, address.name) == (CALLER, "q")
