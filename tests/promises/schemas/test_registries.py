"""Registries: named once, described, listed with AWS's own, gone when they are empty and deleted."""

import pytest
from botocore.exceptions import ClientError


def code(error):
    return error.value.response["Error"]["Code"]


async def test_a_registry_is_described_as_it_was_made(schemas):
    made = await schemas.create_registry(RegistryName="shop", Description="orders", Tags={"team": "a"})
    described = await schemas.describe_registry(RegistryName="shop")
    for answer in (made, described):
        assert answer["RegistryArn"] == "arn:aws:schemas:us-east-1:000000000000:registry/shop"
        assert (answer["RegistryName"], answer["Description"]) == ("shop", "orders")
        assert answer["Tags"] == {"team": "a"}


async def test_a_name_is_given_once(schemas):
    await schemas.create_registry(RegistryName="shop")
    with pytest.raises(ClientError, match="Registry with name shop already exists") as error:
        await schemas.create_registry(RegistryName="shop")
    assert code(error) == "ConflictException"


@pytest.mark.parametrize("name", ["with space", "x" * 65, "ü"])
async def test_a_name_is_simple(schemas, name):
    with pytest.raises(ClientError) as error:
        await schemas.create_registry(RegistryName=name)
    assert code(error) == "BadRequestException"


@pytest.mark.parametrize("name", ["aws.mine", "discovered-schemas"])
async def test_reserved_names_are_not_for_us(schemas, name):
    with pytest.raises(ClientError) as error:
        await schemas.create_registry(RegistryName=name)
    assert code(error) == "ForbiddenException"


async def test_what_is_not_there_is_not_found(schemas):
    calls = (schemas.describe_registry, schemas.delete_registry, schemas.update_registry)
    for call in calls:
        with pytest.raises(ClientError, match="Registry with name none does not exist") as error:
            await call(RegistryName="none")
        assert code(error) == "NotFoundException"


async def test_a_description_can_be_changed(schemas):
    await schemas.create_registry(RegistryName="shop", Description="old")
    assert (await schemas.update_registry(RegistryName="shop", Description="new"))["Description"] == "new"
    assert (await schemas.describe_registry(RegistryName="shop"))["Description"] == "new"


async def test_lists_hold_own_and_aws_registries_page_by_page(schemas):
    for name in ("b", "a", "zoo"):
        await schemas.create_registry(RegistryName=name)
    names, token = [], {}
    while True:
        page = await schemas.list_registries(Limit=2, **token)
        names += [one["RegistryName"] for one in page["Registries"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert names == ["a", "aws.events", "b", "zoo"]


@pytest.mark.parametrize(("scope", "names"), [("LOCAL", ["own"]), ("AWS", ["aws.events"])])
async def test_a_list_can_be_of_one_kind(schemas, scope, names):
    await schemas.create_registry(RegistryName="own")
    listed = await schemas.list_registries(Scope=scope)
    assert [one["RegistryName"] for one in listed["Registries"]] == names


async def test_a_registry_goes_only_when_it_is_empty(schemas, schema):
    await schema("order")
    with pytest.raises(ClientError, match="still has schemas"):
        await schemas.delete_registry(RegistryName="shop")
    await schemas.delete_schema(RegistryName="shop", SchemaName="order")
    await schemas.delete_registry(RegistryName="shop")
    with pytest.raises(ClientError, match="does not exist"):
        await schemas.describe_registry(RegistryName="shop")


async def test_an_account_has_ten_registries(schemas):
    for number in range(10):
        await schemas.create_registry(RegistryName=f"r{number}")
    with pytest.raises(ClientError, match="limit of 10 registries") as error:
        await schemas.create_registry(RegistryName="r10")
    assert code(error) == "ForbiddenException"


async def test_accounts_and_regions_do_not_see_one_another(schemas, client):
    await schemas.create_registry(RegistryName="shop")
    for other in (client("schemas", account="111111111111"), client("schemas", region="eu-west-1")):
        with pytest.raises(ClientError, match="does not exist"):
            await other.describe_registry(RegistryName="shop")


async def test_aws_schemas_are_refused_by_name(schemas):
    with pytest.raises(ClientError, match=r"aws\.events") as error:
        await schemas.list_schemas(RegistryName="aws.events")
    assert code(error) == "UnsupportedOperation"


async def test_a_policy_is_kept_and_replaced_by_its_revision(schemas):
    await schemas.create_registry(RegistryName="shop")
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow"}]}'
    first = await schemas.put_resource_policy(RegistryName="shop", Policy=policy)
    assert (await schemas.get_resource_policy(RegistryName="shop"))["Policy"] == policy
    with pytest.raises(ClientError) as error:
        await schemas.put_resource_policy(RegistryName="shop", Policy=policy, RevisionId="other")
    assert code(error) == "PreconditionFailedException"
    await schemas.put_resource_policy(RegistryName="shop", Policy=policy, RevisionId=first["RevisionId"])
    await schemas.delete_resource_policy(RegistryName="shop")
    with pytest.raises(ClientError) as error:
        await schemas.get_resource_policy(RegistryName="shop")
    assert code(error) == "NotFoundException"
