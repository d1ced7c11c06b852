"""Shapes: what a value looks like, what values have in common, and how AWS writes both."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.services.schemas import openapi
from sundog.services.schemas.content import OPEN_API, check_content
from sundog.services.schemas.json_schema import to_json_schema
from sundog.services.schemas.shapes import infer, merge

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=4), inside, max_size=3),
    max_leaves=12,
)


def test_an_event_of_step_functions_looks_as_in_the_user_guide():
    detail = {
        "executionArn": "arn",
        "name": "execution-name",
        "startDate": 1551225146847,
        "output": None,
    }
    written = openapi.write_event("aws.states", "Step Functions Execution Status Change", infer(detail))
    document = json.loads(written)
    assert document["info"]["title"] == "StepFunctionsExecutionStatusChange"
    event = document["components"]["schemas"]["AWSEvent"]
    assert event["x-amazon-events-source"] == "aws.states"
    assert event["properties"]["detail"] == {
        "$ref": "#/components/schemas/StepFunctionsExecutionStatusChange"
    }
    inside = document["components"]["schemas"]["StepFunctionsExecutionStatusChange"]
    assert inside["properties"] == {
        "executionArn": {"type": "string"},
        "name": {"type": "string"},
        "output": {},
        "startDate": {"type": "integer", "format": "int64"},
    }


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("EC2 Instance State-change Notification", "EC2InstanceStateChangeNotification"),
        ("AWS API Call via CloudTrail", "AWSAPICallViaCloudTrail"),
        ("order.created", "OrderCreated"),
        ("!", "Event"),
    ],
)
def test_names_of_types_become_names_of_classes(text, name):
    assert openapi.class_name(text) == name


def test_inner_objects_get_components_of_their_own():
    shape = infer({"user": {"id": "1"}, "items": [{"sku": "a"}], "owner": {"user": {"name": "n"}}})
    components = json.loads(openapi.write_event("s", "Order Created", shape))["components"]["schemas"]
    order = components["OrderCreated"]["properties"]
    assert order["user"] == {"$ref": "#/components/schemas/User_1"}
    assert components["Owner"]["properties"]["user"] == {"$ref": "#/components/schemas/User"}
    assert order["items"] == {"type": "array", "items": {"$ref": "#/components/schemas/OrderCreatedItem"}}
    assert {"Owner", "User", "User_1", "OrderCreatedItem"} < set(components)


def test_what_only_some_have_is_not_required():
    merged = merge(infer({"a": 1, "b": "x"}), infer({"a": 2.5}))
    assert merged["required"] == ["a"]
    assert merged["properties"]["a"] == {"type": "number", "format": "double"}


def test_null_says_only_that_null_may_come():
    assert merge(infer(None), infer("x")) == {"type": "string", "nullable": True}


def test_what_nests_deeper_than_255_levels_is_ignored():
    value = "deep"
    for _ in range(1_000):
        value = {"a": value}
    shape, levels = infer(value), 0
    while "properties" in shape:
        shape, levels = shape["properties"]["a"], levels + 1
    assert levels == 254


@given(VALUES, VALUES)
def test_the_order_of_events_does_not_matter(one, other):
    assert merge(infer(one), infer(other)) == merge(infer(other), infer(one))


@given(VALUES, VALUES)
def test_an_event_seen_before_teaches_nothing(one, other):
    known = merge(infer(one), infer(other))
    assert merge(known, infer(other)) == known


@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=3))
def test_what_is_discovered_is_a_schema_and_can_be_exported(detail):
    content = openapi.write_event("source", "Some Type", infer(detail))
    check_content(content, OPEN_API)
    exported = json.loads(to_json_schema(content))
    assert exported["properties"]["detail"] == {"$ref": "#/definitions/SomeType"}
    assert "SomeType" in exported["definitions"]
