"""Resource policies and destinations: stored, described, deleted."""

import json

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::000000000000:role/r"
STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/s"


def policy(*principals):
    statement = {"Effect": "Allow", "Principal": {"Service": list(principals)}, "Action": "logs:*"}
    return json.dumps({"Statement": [statement | {"Resource": "*"}]})


async def test_a_policy_is_given_back_with_a_version_and_lists_of_one_as_their_item(logs, clock):
    answer = await logs.put_resource_policy(policyName="p", policyDocument=policy("es.amazonaws.com"))
    document = json.loads(answer["resourcePolicy"]["policyDocument"])
    assert document["Version"] == "2008-10-17"
    assert document["Statement"][0]["Principal"] == {"Service": "es.amazonaws.com"}
    (found,) = (await logs.describe_resource_policies())["resourcePolicies"]
    assert (found["policyName"], found["lastUpdatedTime"]) == ("p", clock.now_ms())


async def test_an_account_has_ten_policies_at_most(logs):
    for number in range(10):
        await logs.put_resource_policy(policyName=f"p{number}", policyDocument=policy("a.com"))
    with pytest.raises(ClientError, match="LimitExceededException"):
        await logs.put_resource_policy(policyName="more", policyDocument=policy("a.com"))
    await logs.put_resource_policy(policyName="p1", policyDocument=policy("b.com"))
    await logs.delete_resource_policy(policyName="p1")
    assert len((await logs.describe_resource_policies())["resourcePolicies"]) == 9
    with pytest.raises(ClientError, match=r"Policy with name \[p1\] does not exist"):
        await logs.delete_resource_policy(policyName="p1")


@pytest.mark.parametrize("text", ["x", "[]", "{}", '{"Statement": [1]}'])
async def test_a_policy_that_is_none_is_refused(logs, text):
    with pytest.raises(ClientError, match="InvalidParameterException"):
        await logs.put_resource_policy(policyName="p", policyDocument=text)


async def test_a_destination_is_put_changed_tagged_and_deleted(logs, clock):
    put = {"destinationName": "d", "targetArn": STREAM, "roleArn": ROLE}
    made = (await logs.put_destination(**put, tags={"a": "b"}))["destination"]
    assert made == {
        **put,
        "arn": "arn:aws:logs:us-east-1:000000000000:destination:d",
        "creationTime": clock.now_ms(),
    }
    assert (await logs.list_tags_for_resource(resourceArn=made["arn"]))["tags"] == {"a": "b"}
    await logs.put_destination_policy(destinationName="d", accessPolicy="{}")
    (found,) = (await logs.describe_destinations(DestinationNamePrefix="d"))["destinations"]
    assert found["accessPolicy"] == "{}"
    await logs.delete_destination(destinationName="d")
    assert (await logs.describe_destinations())["destinations"] == []
    with pytest.raises(ClientError, match=r"The specified destination does not exist\."):
        await logs.delete_destination(destinationName="d")


@pytest.mark.parametrize(
    ("resource", "kind"),
    [("arn:aws:s3:::bucket", "S3"), ("arn:aws:logs:us-east-1:000000000000:log-group:g", "CWL")],
)
async def test_a_delivery_destination_has_the_type_of_its_resource(logs, resource, kind):
    configuration = {"destinationResourceArn": resource}
    answer = await logs.put_delivery_destination(name="d", deliveryDestinationConfiguration=configuration)
    made = answer["deliveryDestination"]
    assert made["deliveryDestinationType"] == kind
    assert (await logs.get_delivery_destination(name="d"))["deliveryDestination"] == made
    await logs.put_delivery_destination_policy(deliveryDestinationName="d", deliveryDestinationPolicy="{}")
    kept = await logs.get_delivery_destination_policy(deliveryDestinationName="d")
    assert kept["policy"] == {"deliveryDestinationPolicy": "{}"}
    await logs.delete_delivery_destination(name="d")
    with pytest.raises(ClientError, match="Requested Delivery Destination does not exist in this account"):
        await logs.get_delivery_destination(name="d")


async def test_a_query_definition_is_saved_replaced_found_and_deleted(logs, clock):
    saved = {"name": "shop/errors", "queryString": "fields @message", "logGroupNames": ["app"]}
    id = (await logs.put_query_definition(**saved))["queryDefinitionId"]
    await logs.put_query_definition(name="other", queryString="fields @timestamp")
    (found,) = (await logs.describe_query_definitions(queryDefinitionNamePrefix="shop/"))["queryDefinitions"]
    expected = saved | {"queryDefinitionId": id, "queryLanguage": "CWLI", "lastModified": clock.now_ms()}
    assert found == expected
    await logs.put_query_definition(queryDefinitionId=id, name="shop/all", queryString="limit 5")
    names = [d["name"] for d in (await logs.describe_query_definitions())["queryDefinitions"]]
    assert names == ["other", "shop/all"]
    assert (await logs.delete_query_definition(queryDefinitionId=id))["success"]
    with pytest.raises(ClientError, match="The specified query definition does not exist"):
        await logs.delete_query_definition(queryDefinitionId=id)


async def test_a_query_definition_put_twice_with_one_token_is_there_once(logs):
    put = {"name": "a", "queryString": "limit 1", "clientToken": "t" * 36}
    ids = {(await logs.put_query_definition(**put))["queryDefinitionId"] for _ in range(2)}
    assert len(ids) == 1
    assert len((await logs.describe_query_definitions())["queryDefinitions"]) == 1
