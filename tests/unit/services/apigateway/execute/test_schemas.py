"""Models that refer to each other, and what is said of bodies that do not fit."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.services.apigateway.execute.schemas import compile_models

URL = "https://apigateway.amazonaws.com/restapis/abcdefghij/models/"
PET = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
TREE = {"type": "object", "properties": {"left": {"$ref": f"{URL}Tree"}, "pet": {"$ref": f"{URL}Pet"}}}


def check(models, name, document):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return compile_models({key: json.dumps(value) for key, value in models.items()})(name)(body)


@pytest.mark.parametrize(
    ("document", "is_good"),
    [
        ({"pet": {"name": "dog"}}, True),
        ({"left": {"left": {"pet": {"name": "dog"}}}}, True),
        ({"left": {"left": {"pet": {}}}}, False),
        ({"left": 1}, False),
    ],
)
def test_models_refer_to_each_other_and_to_themselves(document, is_good):
    assert (check({"Tree": TREE, "Pet": PET}, "Tree", document) == "") is is_good


def test_a_model_may_be_nothing_but_a_reference():
    assert check({"Alias": {"$ref": f"{URL}Pet"}, "Pet": PET}, "Alias", {"name": 1})


def test_a_reference_to_nothing_and_a_model_that_is_none_let_everything_pass():
    assert check({"A": {"$ref": f"{URL}Gone"}}, "A", [1]) == ""
    assert compile_models({"A": "{not json"})("A")(b"[1]") == ""
    assert compile_models({})("Gone")(b"{}") == ""


def test_nothing_fits_a_reference_that_leads_nowhere_or_in_a_circle():
    assert check({"M": {"$ref": "#/definitions/none"}}, "M", {}) != ""
    assert check({"M": {"$ref": "https://example.com/x"}}, "M", {}) != ""
    assert check({"M": {"$ref": "#"}}, "M", {}) != ""


def test_a_property_may_be_called_id():
    schema = {"id": "https://example.com/pet", "properties": {"id": {"type": "integer"}}}
    assert check({"M": schema}, "M", {"id": 1}) == ""
    assert check({"M": schema}, "M", {"id": "x"}) != ""


def test_no_body_is_an_empty_object():
    assert check({"Pet": PET}, "Pet", b"") == '[object has missing required properties (["name"])]'
    assert check({"Pet": {"type": "object"}}, "Pet", b"  ") == ""


def test_each_mistake_is_told_once():
    schema = {"required": ["a", "b"], "properties": {"c": {"minimum": 5}, "d": {"maxItems": 1}}}
    assert check({"M": schema}, "M", {"c": 1, "d": [1, 2]}) == (
        '[object has missing required properties (["a","b"]),'
        " numeric instance is lower than the required minimum (minimum: 5, found: 1),"
        " array is too long: must have at most 1 elements but instance has 2 elements]"
    )


WORDS = st.sampled_from(
    [
        "type",
        "required",
        "properties",
        "items",
        "enum",
        "pattern",
        "minimum",
        "$ref",
        "oneOf",
        "not",
        "id",
        "a",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["object", "string", "(", "#"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, VALUES)
def test_any_schema_checks_any_body(schema, document):
    assert isinstance(check({"M": schema}, "M", document), str)
