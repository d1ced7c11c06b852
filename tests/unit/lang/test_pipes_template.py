"""Input templates of Pipes: pure cases."""

import base64

import pytest

from sundog.lang.pipes_template import InvalidTemplate, parse_template, render

FACTS = {"aws.pipes.pipe-name": "p"}
EVENT = {"body": '{"name": "Ada", "tags": ["x", "y"]}', "messageId": "m"}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Hello", "Hello"),
        ("<$.messageId>", '"m"'),
        ('"Hello, <$.body.name>"', '"Hello, Ada"'),
        ('{"name": <$.body.name>}', '{"name": "Ada"}'),
        ("<$.body.tags[1]>", '"y"'),
        ("<$.body.tags>", '["x","y"]'),
        ("<$.body>", '{"name":"Ada","tags":["x","y"]}'),
        ('"<$.body.tags>"', r'"[\"x\",\"y\"]"'),
        ("<$.nothing>", '""'),
        ('"<$.nothing>"', '""'),
        ("<aws.pipes.pipe-name>", '"p"'),
        ("<aws.pipes.event>", r'{"body":"{\"name\": \"Ada\", \"tags\": [\"x\", \"y\"]}","messageId":"m"}'),
        ("<aws.pipes.event.json>", '{"body":{"name":"Ada","tags":["x","y"]},"messageId":"m"}'),
        ("a < b", "a < b"),
    ],
)
def test_a_template_becomes_its_text(template, text):
    assert render(parse_template(template), EVENT, FACTS) == text


def test_data_is_decoded_before_it_is_read():
    event = {"data": base64.b64encode(b'{"n": 1}').decode()}
    assert render(parse_template("<$.data.n>"), event, FACTS) == "1"


@pytest.mark.parametrize("template", ["<aws.pipes.else>", "<$.a[>", "<$..a>"])
def test_a_variable_that_says_nothing_is_refused(template):
    with pytest.raises(InvalidTemplate):
        parse_template(template)
