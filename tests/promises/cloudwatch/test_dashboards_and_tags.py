"""Dashboards, and the tags of dashboards and alarms."""

import json

import pytest
from botocore.exceptions import ClientError

BODY = json.dumps({"widgets": [{"type": "text", "properties": {"markdown": "hello"}}]})
ALARM = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:slow"


async def test_a_dashboard_comes_back_as_it_was_put(cloudwatch):
    await cloudwatch.put_dashboard(DashboardName="shop", DashboardBody=BODY)
    found = await cloudwatch.get_dashboard(DashboardName="shop")
    assert found["DashboardBody"] == BODY
    assert found["DashboardArn"] == "arn:aws:cloudwatch::000000000000:dashboard/shop"


async def test_dashboards_are_listed_by_prefix_with_their_size(cloudwatch):
    for name in ("shop", "stock"):
        await cloudwatch.put_dashboard(DashboardName=name, DashboardBody=BODY)
    (entry,) = (await cloudwatch.list_dashboards(DashboardNamePrefix="sh"))["DashboardEntries"]
    assert (entry["DashboardName"], entry["Size"]) == ("shop", len(BODY))


async def test_dashboards_are_deleted_all_or_none(cloudwatch):
    await cloudwatch.put_dashboard(DashboardName="shop", DashboardBody=BODY)
    with pytest.raises(ClientError, match="does not exist"):
        await cloudwatch.delete_dashboards(DashboardNames=["nobody", "shop"])
    await cloudwatch.delete_dashboards(DashboardNames=["shop"])
    assert (await cloudwatch.list_dashboards())["DashboardEntries"] == []


@pytest.mark.parametrize("body", ["no json", "[]", '{"widgets": {}}', '{"widgets": [{"type": "pie"}]}'])
async def test_a_body_that_is_no_dashboard_is_refused(body, cloudwatch):
    with pytest.raises(ClientError):
        await cloudwatch.put_dashboard(DashboardName="shop", DashboardBody=body)
    with pytest.raises(ClientError, match="shop does not exist"):
        await cloudwatch.get_dashboard(DashboardName="shop")


async def test_a_name_with_other_characters_is_refused(cloudwatch):
    with pytest.raises(ClientError, match="contains invalid characters"):
        await cloudwatch.put_dashboard(DashboardName="a:b", DashboardBody=BODY)


async def tags_of(cloudwatch, arn):
    return {
        one["Key"]: one["Value"] for one in (await cloudwatch.list_tags_for_resource(ResourceARN=arn))["Tags"]
    }


async def test_tags_of_an_alarm_are_added_changed_and_removed(alarm, cloudwatch):
    await alarm(Tags=[{"Key": "team", "Value": "a"}])
    await cloudwatch.tag_resource(
        ResourceARN=ALARM, Tags=[{"Key": "team", "Value": "b"}, {"Key": "x", "Value": ""}]
    )
    assert await tags_of(cloudwatch, ALARM) == {"team": "b", "x": ""}
    await cloudwatch.untag_resource(ResourceARN=ALARM, TagKeys=["team"])
    assert await tags_of(cloudwatch, ALARM) == {"x": ""}


async def test_what_does_not_exist_has_no_tags_and_takes_none(cloudwatch):
    assert await tags_of(cloudwatch, ALARM) == {}
    with pytest.raises(ClientError) as refused:
        await cloudwatch.tag_resource(ResourceARN=ALARM, Tags=[{"Key": "a", "Value": "b"}])
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"
