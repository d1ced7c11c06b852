"""Input transformers and input paths of EventBridge targets; the first cases were recorded on AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.lang.input_path import MISSING, InvalidPath, parse_path, select
from sundog.lang.input_transformer import Facts, InvalidTemplate, compile_template

EVENT = {
    "id": "1",
    "detail-type": "core.update",
    "resources": ["a", "b"],
    "detail": {
        "payload": {"acc_id": "0a787ecb-4015", "sf_id": "baz"},
        "listsingle": ["HIGH"],
        "listmulti": ["ACTIVE", "INACTIVE"],
        "valid": True,
        "quote": 'say "hi"',
        "number": 1.5,
        "nothing": None,
        "items": [{"sku": "x"}, {"sku": "y"}],
    },
}
PATHS = {
    "userId": "$.detail.payload.acc_id",
    "payload": "$.detail.payload",
    "missing": "$.detail.awsAccountId",
    "listsingle": "$.detail.listsingle",
    "listmulti": "$.detail.listmulti",
    "valid": "$.detail.valid",
    "quote": "$.detail.quote",
    "detail-type": "$.detail-type",
    "null": "$.detail.nothing",
}
FACTS = Facts("arn:rule", "rule", "2026-11-24T12:00:00Z")

OUTPUTS = [
    ('"Payload of <payload> with <userId>"',
     '"Payload of {acc_id:0a787ecb-4015,sf_id:baz} with 0a787ecb-4015"'),
    ('"<listsingle> <listmulti> <missing> end"', '"[HIGH] [ACTIVE,INACTIVE]  end"'),
    ('"Command is <valid>!"', '"Command is true!"'),
    ('{"id" : <userId>}', '{"id" : "0a787ecb-4015"}'),
    ('{"id" : "<userId>"}', '{"id" : "0a787ecb-4015"}'),
    ('{"path": "users/<userId>", "body": <payload>}',
     '{"path": "users/0a787ecb-4015", "body": {"acc_id":"0a787ecb-4015","sf_id":"baz"}}'),
    ('{"a": <missing>, "b": <null>}', '{"a": "", "b": null}'),
    ('{"a": <quote>, "b": "<quote>"}', '{"a": "say \\"hi\\"", "b": "say \\"hi\\""}'),
    ('"{[/Check <detail-type>"', '"{[/Check core.update"'),
    ('"line <valid>"\n"line <userId>"', '"line true"\n"line 0a787ecb-4015"'),
    ('{"r": <aws.events.rule-arn>, "n": "<aws.events.rule-name>", "t": <aws.events.event.ingestion-time>}',
     '{"r": "arn:rule", "n": "rule", "t": "2026-11-24T12:00:00Z"}'),
]  # fmt: skip


@pytest.mark.parametrize(("template", "output"), OUTPUTS)
def test_a_template_becomes_the_target_s_input(template: str, output: str) -> None:
    assert compile_template("t", PATHS, template).transform(EVENT, FACTS) == output


def test_the_event_is_there_with_and_without_its_detail() -> None:
    template = '{"whole": <aws.events.event.json>, "envelope": <aws.events.event>}'
    made = json.loads(compile_template("t", None, template).transform(EVENT, FACTS))
    assert made["whole"] == EVENT
    assert made["envelope"] == {"id": "1", "detailType": "core.update", "resources": ["a", "b"]}


def test_a_placeholder_that_nothing_defines_is_refused() -> None:
    with pytest.raises(InvalidTemplate) as caught:
        compile_template("t1", {"a": "$.a"}, '{"a": <a>, "b": <b>}')
    assert caught.value.message == "InputTemplate for target t1 contains invalid placeholder b."


@pytest.mark.parametrize(
    ("paths", "template"),
    [
        ({"aws.x": "$.a"}, '"<aws.x>"'),
        ({"a": "detail"}, '"<a>"'),
        ({"a": "$.a"}, '{"a": <a>'),
        ({}, "free text"),
    ],
)
def test_a_bad_map_or_template_is_refused(paths: dict[str, str], template: str) -> None:
    with pytest.raises(InvalidTemplate):
        compile_template("t", paths, template)


SELECTED: list[tuple[str, Any]] = [
    ("$", EVENT),
    ("$.detail.payload.sf_id", "baz"),
    ("$.detail-type", "core.update"),
    ("$.resources[1]", "b"),
    ("$.resources[5]", MISSING),
    ("$.detail.items[*].sku", ["x", "y"]),
    ("$.detail['payload'].sf_id", "baz"),
    ("$.nothing.here", MISSING),
]


@pytest.mark.parametrize(("path", "value"), SELECTED)
def test_a_path_selects(path: str, value: Any) -> None:
    assert select(parse_path(path), EVENT) == value


@pytest.mark.parametrize("path", ["", "detail", "$detail", "$..a", "$.a[", "$.a[x]", "$.a b"])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(InvalidPath):
        parse_path(path)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(VALUES)
def test_whatever_the_value_a_json_template_gives_json(value: Any) -> None:
    transformer = compile_template("t", {"v": "$.v"}, '{"bare": <v>, "quoted": "a <v> b"}')
    assert json.loads(transformer.transform({"v": value}, FACTS))["bare"] == value


@given(st.text(alphabet='<>"\\{}:, ab\n', max_size=20))
def test_any_template_is_compiled_or_refused(template: str) -> None:
    try:
        compile_template("t", {"a": "$.a"}, template).transform({"a": 1}, FACTS)
    except InvalidTemplate as error:
        assert error.message
