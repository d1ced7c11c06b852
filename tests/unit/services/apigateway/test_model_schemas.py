"""Schemas of models: references, flattening, sample templates."""

import orjson
import pytest

from sundog.services.apigateway.model_schemas import flatten, is_canonical, references, write_template

URL = "https://apigateway.amazonaws.com/restapis/abc/models/"
PET = {"type": "object", "properties": {"name": {"type": "string"}, "owner": {"$ref": f"{URL}Owner"}}}
OWNER = {"type": "object", "properties": {"pets": {"type": "array", "items": {"$ref": f"{URL}Pet"}}}}
SCHEMAS = {"Pet": orjson.dumps(PET).decode(), "Owner": orjson.dumps(OWNER).decode()}


def test_a_schema_refers_to_models_by_their_url():
    assert list(references(PET)) == ["Owner"]
    assert list(references({"oneOf": [{"$ref": "#/definitions/x"}, {"$ref": f"{URL}Pet"}]})) == ["Pet"]


@pytest.mark.parametrize(
    ("reference", "is_right"),
    [(f"{URL}Pet", True), ("#/definitions/Pet", True), ("#", True), ("Pet", False), ("pet.json#/a", False)],
)
def test_a_reference_is_local_or_whole(reference, is_right):
    assert is_canonical({"items": {"$ref": reference}}) is is_right


def test_a_flat_schema_has_everything_in_it_even_if_models_refer_to_each_other():
    flat = orjson.loads(flatten(SCHEMAS["Pet"], SCHEMAS))
    assert flat["properties"]["owner"] == {"$ref": "#/definitions/Owner"}
    assert set(flat["definitions"]) == {"Owner", "Pet"}
    assert flat["definitions"]["Owner"]["properties"]["pets"]["items"] == {"$ref": "#/definitions/Pet"}


def test_the_template_of_an_empty_model_is_an_empty_object():
    assert write_template('{"type": "object"}') == "#set($inputRoot = $input.path('$'))\n{ }"


def test_a_template_has_a_sample_of_each_member_and_ends_although_models_do_not():
    text = write_template(flatten(SCHEMAS["Pet"], SCHEMAS))
    assert '"name" : "foo"' in text
    assert "#foreach($elem in $inputRoot.owner.pets)" in text
