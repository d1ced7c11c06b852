"""Schemas: checked, versioned by content, searched, exported, tagged, deleted version by version."""

import json

import pytest
from botocore.exceptions import ClientError

SHOP = {"RegistryName": "shop", "SchemaName": "order"}


def code(error):
    return error.value.response["Error"]["Code"]


async def test_a_schema_begins_with_version_1(schemas, schema, document, clock):
    made = await schema("order", "id", Description="an order", Tags={"a": "b"})
    assert made["SchemaArn"] == "arn:aws:schemas:us-east-1:000000000000:schema/shop/order"
    assert (made["SchemaVersion"], made["Type"], made["Tags"]) == ("1", "OpenApi3", {"a": "b"})
    described = await schemas.describe_schema(**SHOP)
    assert described["Content"] == document("id")
    assert described["Description"] == "an order"
    assert described["LastModified"].timestamp() * 1_000 == clock.now_ms()


async def test_a_name_is_given_once_in_a_registry(schema):
    await schema("order")
    with pytest.raises(ClientError, match="Schema with name order already exists") as error:
        await schema("order")
    assert code(error) == "ConflictException"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "not valid JSON"),
        ("[]", "must be a JSON object"),
        ("{}", "attribute openapi"),
        ('{"openapi": "3.0.0"}', "info.title"),
        ('{"openapi": "3.0.0", "info": {"title": "t", "version": "1"}}', "attribute paths"),
        (
            '{"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "paths": {}, '
            '"components": {"schemas": {"A": {"type": "text"}}}}',
            "text is not a type",
        ),
        (
            '{"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "paths": {}, '
            '"components": {"schemas": {"A": {"$ref": "#/components/schemas/B"}}}}',
            "cannot be resolved",
        ),
    ],
)
async def test_what_is_no_schema_is_refused(schemas, content, reason):
    await schemas.create_registry(RegistryName="shop")
    with pytest.raises(ClientError, match=reason) as error:
        await schemas.create_schema(**SHOP, Type="OpenApi3", Content=content)
    assert code(error) == "BadRequestException"


async def test_json_schema_draft_4_is_a_schema_too(schemas):
    await schemas.create_registry(RegistryName="shop")
    content = '{"$schema": "http://json-schema.org/draft-04/schema#", "type": "object"}'
    await schemas.create_schema(**SHOP, Type="JSONSchemaDraft4", Content=content)
    assert (await schemas.describe_schema(**SHOP))["Type"] == "JSONSchemaDraft4"
    with pytest.raises(ClientError, match="Only schemas of type OpenApi3"):
        await schemas.export_schema(**SHOP, Type="JSONSchemaDraft4")


async def test_other_content_makes_a_new_version_and_the_old_one_stays(schemas, schema, document):
    await schema("order", "id")
    changed = await schemas.update_schema(**SHOP, Content=document("id", "price"))
    assert changed["SchemaVersion"] == "2"
    assert (await schemas.describe_schema(**SHOP, SchemaVersion="1"))["Content"] == document("id")
    listed = await schemas.list_schema_versions(**SHOP)
    assert [one["SchemaVersion"] for one in listed["SchemaVersions"]] == ["2", "1"]


async def test_the_same_content_or_client_token_makes_no_version(schemas, schema, document):
    await schema("order", "id")
    assert (await schemas.update_schema(**SHOP, Content=document("id")))["SchemaVersion"] == "1"
    for _ in range(2):
        changed = await schemas.update_schema(**SHOP, Content=document("x"), ClientTokenId="once")
        assert changed["SchemaVersion"] == "2"


async def test_a_description_changes_without_a_version(schemas, schema):
    await schema("order")
    assert (await schemas.update_schema(**SHOP, Description="new"))["SchemaVersion"] == "1"
    assert (await schemas.describe_schema(**SHOP))["Description"] == "new"


async def test_a_version_that_is_not_there_is_not_found(schemas, schema):
    await schema("order")
    for version in ("2", "0", "text", "9" * 30):
        with pytest.raises(ClientError) as error:
            await schemas.describe_schema(**SHOP, SchemaVersion=version)
        assert code(error) == "NotFoundException"


async def test_deleting_the_newest_version_makes_the_one_before_the_newest(schemas, schema, document):
    await schema("order", "id")
    await schemas.update_schema(**SHOP, Content=document("id", "price"))
    await schemas.delete_schema_version(**SHOP, SchemaVersion="2")
    assert (await schemas.describe_schema(**SHOP))["SchemaVersion"] == "1"
    await schemas.delete_schema_version(**SHOP, SchemaVersion="1")
    with pytest.raises(ClientError, match="does not exist"):
        await schemas.describe_schema(**SHOP)


async def test_lists_are_paged_and_count_versions(schemas, schema, document):
    for name in ("c", "a", "b"):
        await schema(name)
    await schemas.update_schema(RegistryName="shop", SchemaName="a", Content=document("more"))
    first = await schemas.list_schemas(RegistryName="shop", Limit=2)
    assert [(one["SchemaName"], one["VersionCount"]) for one in first["Schemas"]] == [("a", 2), ("b", 1)]
    rest = await schemas.list_schemas(RegistryName="shop", Limit=2, NextToken=first["NextToken"])
    assert [one["SchemaName"] for one in rest["Schemas"]] == ["c"]
    assert "NextToken" not in rest


async def test_search_finds_versions_by_all_words(schemas, schema, document):
    await schema("order", "id")
    await schemas.update_schema(**SHOP, Content=document("id", "Price"))
    await schema("bill", "price")
    found = await schemas.search_schemas(RegistryName="shop", Keywords="price order")
    assert [one["SchemaName"] for one in found["Schemas"]] == ["order"]
    assert [one["SchemaVersion"] for one in found["Schemas"][0]["SchemaVersions"]] == ["2"]


async def test_search_is_paged(schemas, schema):
    for name in ("a", "b", "c"):
        await schema(name, "word")
    first = await schemas.search_schemas(RegistryName="shop", Keywords="word", Limit=2)
    assert [one["SchemaName"] for one in first["Schemas"]] == ["a", "b"]
    rest = await schemas.search_schemas(
        RegistryName="shop", Keywords="word", Limit=2, NextToken=first["NextToken"]
    )
    assert [one["SchemaName"] for one in rest["Schemas"]] == ["c"]


async def test_an_export_is_json_schema(schemas, schema):
    await schema("order", "id")
    exported = json.loads((await schemas.export_schema(**SHOP, Type="JSONSchemaDraft4"))["Content"])
    assert exported["$schema"] == "http://json-schema.org/draft-04/schema#"
    assert exported["properties"] == {"id": {"type": "string"}}


async def test_tags_of_all_three_kinds_can_be_changed(schemas, schema):
    made = await schema("order", Tags={"a": "1"})
    for arn in (made["SchemaArn"], "arn:aws:schemas:us-east-1:000000000000:registry/shop"):
        await schemas.tag_resource(ResourceArn=arn, Tags={"b": "2", "c": "3"})
        await schemas.untag_resource(ResourceArn=arn, TagKeys=["c", "a"])
        assert (await schemas.list_tags_for_resource(ResourceArn=arn))["Tags"] == {"b": "2"}


async def test_tags_need_a_resource(schemas):
    with pytest.raises(ClientError) as error:
        await schemas.list_tags_for_resource(ResourceArn="arn:aws:schemas:us-east-1:000000000000:x/y")
    assert code(error) == "BadRequestException"


async def test_a_registry_holds_a_hundred_versions_of_a_schema(schemas, schema, document):
    await schema("order", "p0")
    for number in range(1, 100):
        await schemas.update_schema(**SHOP, Content=document(f"p{number}"))
    with pytest.raises(ClientError, match="limit of 100 versions"):
        await schemas.update_schema(**SHOP, Content=document("p100"))


@pytest.mark.parametrize("token", ["!", "ÿÿ", "YQ=="])
async def test_tokens_of_others_are_refused_or_end(schemas, schema, token):
    await schema("order")
    with pytest.raises(ClientError, match="NextToken is not valid"):
        await schemas.list_schema_versions(**SHOP, NextToken=token)


async def test_code_bindings_are_refused_with_a_remedy(schemas, schema):
    await schema("order")
    with pytest.raises(ClientError, match="ExportSchema") as error:
        await schemas.put_code_binding(**SHOP, Language="Java8")
    assert code(error) == "UnsupportedOperation"
