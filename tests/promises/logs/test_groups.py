"""Log groups: names, pages, retention, deletion, tags."""

import pytest
from botocore.exceptions import ClientError

ARN = "arn:aws:logs:us-east-1:000000000000:log-group:app"
DAY_MS = 86_400_000


async def names(logs, **parameters):
    answer = await logs.describe_log_groups(**parameters)
    return [group["logGroupName"] for group in answer["logGroups"]], answer.get("nextToken")


async def test_a_new_group_is_described_with_both_of_its_arns(logs, clock):
    await logs.create_log_group(logGroupName="app")
    assert (await logs.describe_log_groups())["logGroups"] == [
        {
            "logGroupName": "app",
            "creationTime": clock.now_ms(),
            "metricFilterCount": 0,
            "arn": f"{ARN}:*",
            "storedBytes": 0,
            "logGroupClass": "STANDARD",
            "logGroupArn": ARN,
            "deletionProtectionEnabled": False,
        }
    ]


async def test_the_key_and_class_of_a_group_are_kept(logs):
    key = "arn:aws:kms:us-east-1:000000000000:key/1"
    await logs.create_log_group(logGroupName="app", kmsKeyId=key, logGroupClass="INFREQUENT_ACCESS")
    (group,) = (await logs.describe_log_groups())["logGroups"]
    assert (group["kmsKeyId"], group["logGroupClass"]) == (key, "INFREQUENT_ACCESS")
    await logs.disassociate_kms_key(logGroupName="app")
    assert "kmsKeyId" not in (await logs.describe_log_groups())["logGroups"][0]


async def test_a_name_is_given_once(logs):
    await logs.create_log_group(logGroupName="app")
    with pytest.raises(ClientError, match="The specified log group already exists"):
        await logs.create_log_group(logGroupName="app")


async def test_names_that_begin_with_aws_are_refused(logs):
    with pytest.raises(ClientError, match="Log groups starting with AWS/ are reserved for AWS\\."):
        await logs.create_log_group(logGroupName="aws/lambda/f")


@pytest.mark.parametrize("size", [1, 2, 3, 50])
async def test_pages_list_every_group_once_by_name(logs, size):
    for name in ("b", "a/1", "c", "a/2", "a"):
        await logs.create_log_group(logGroupName=name)
    listed, (page, token) = [], await names(logs, limit=size)
    while True:
        listed += page
        if token is None:
            break
        page, token = await names(logs, limit=size, nextToken=token)
    assert listed == ["a", "a/1", "a/2", "b", "c"]


async def test_groups_are_found_by_prefix_by_pattern_and_by_identifier(logs):
    for name in ("shop/web", "shop/job", "job"):
        await logs.create_log_group(logGroupName=name)
    assert (await names(logs, logGroupNamePrefix="shop/"))[0] == ["shop/job", "shop/web"]
    assert (await names(logs, logGroupNamePattern="job"))[0] == ["job", "shop/job"]
    assert (await names(logs, logGroupNamePattern="JOB"))[0] == []
    arn = "arn:aws:logs:us-east-1:000000000000:log-group:shop/web"
    assert (await names(logs, logGroupIdentifiers=["job", arn, "none"]))[0] == ["job", "shop/web"]
    listed = await logs.list_log_groups(logGroupNamePattern="^shop|job")
    assert [group["logGroupName"] for group in listed["logGroups"]] == ["job", "shop/job", "shop/web"]


async def test_prefix_and_pattern_exclude_each_other(logs):
    with pytest.raises(ClientError, match="mutually exclusive parameters"):
        await logs.describe_log_groups(logGroupNamePrefix="a", logGroupNamePattern="a")


async def test_groups_of_another_region_or_account_are_not_seen(logs, client):
    await logs.create_log_group(logGroupName="app")
    assert (await names(client("logs", region="eu-west-1")))[0] == []
    assert (await names(client("logs", account="111111111111")))[0] == []


@pytest.mark.parametrize("days", [2, 0, 366])
async def test_only_certain_retentions_are_allowed(logs, days):
    await logs.create_log_group(logGroupName="app")
    with pytest.raises(ClientError, match=rf"Value '{days}' at 'retentionInDays' failed to satisfy"):
        await logs.put_retention_policy(logGroupName="app", retentionInDays=days)


async def test_events_are_gone_when_their_retention_ends(logs, stream, put, found, clock):
    await stream()
    await logs.put_retention_policy(logGroupName="app", retentionInDays=3)
    await put((0, "old"))
    await clock.advance(DAY_MS)
    await put((0, "young"))
    await clock.advance(2 * DAY_MS)
    assert await found() == ["old", "young"]
    await clock.advance(1)
    assert await found() == ["young"]


async def test_without_a_retention_events_stay(logs, stream, put, found, clock):
    await stream()
    await logs.put_retention_policy(logGroupName="app", retentionInDays=1)
    await put((0, "x"))
    await logs.delete_retention_policy(logGroupName="app")
    assert "retentionInDays" not in (await logs.describe_log_groups())["logGroups"][0]
    await clock.advance(2 * DAY_MS)
    assert await found() == ["x"]


async def test_expired_events_are_no_longer_stored(logs, stream, put, clock):
    await stream()
    await put((0, "a" * 74))
    await clock.advance(DAY_MS - 1)
    assert (await logs.describe_log_groups())["logGroups"][0]["storedBytes"] == 100
    await logs.put_retention_policy(logGroupName="app", retentionInDays=1)
    await clock.advance(DAY_MS)
    assert (await logs.describe_log_groups())["logGroups"][0]["storedBytes"] == 0


async def test_a_deleted_group_takes_its_streams_events_and_filters_with_it(logs, stream, put, found, clock):
    await stream()
    await put((0, "x"))
    await logs.put_metric_filter(
        logGroupName="app",
        filterName="f",
        filterPattern="",
        metricTransformations=[{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
    )
    await logs.delete_log_group(logGroupName="app")
    await clock.run_until_idle()
    with pytest.raises(ClientError, match=r"The specified log group does not exist\."):
        await found()
    await stream()
    assert await found() == []
    assert (await logs.describe_metric_filters())["metricFilters"] == []


async def test_a_protected_group_is_not_deleted(logs):
    await logs.create_log_group(logGroupName="app", deletionProtectionEnabled=True)
    with pytest.raises(ClientError, match="protected from deletion"):
        await logs.delete_log_group(logGroupName="app")
    await logs.put_log_group_deletion_protection(logGroupIdentifier=ARN, deletionProtectionEnabled=False)
    await logs.delete_log_group(logGroupName="app")


async def test_tags_are_the_same_by_name_and_by_arn(logs):
    await logs.create_log_group(logGroupName="app", tags={"team": "a"})
    await logs.tag_resource(resourceArn=ARN, tags={"stage": "dev"})
    await logs.tag_log_group(logGroupName="app", tags={"team": "b"})
    assert (await logs.list_tags_log_group(logGroupName="app"))["tags"] == {"team": "b", "stage": "dev"}
    await logs.untag_resource(resourceArn=ARN, tagKeys=["stage", "none"])
    assert (await logs.list_tags_for_resource(resourceArn=ARN))["tags"] == {"team": "b"}
    await logs.untag_log_group(logGroupName="app", tags=["team"])
    assert (await logs.list_tags_for_resource(resourceArn=ARN))["tags"] == {}


async def test_more_than_fifty_tags_are_refused_and_none_is_set(logs):
    await logs.create_log_group(logGroupName="app", tags={f"k{number}": "v" for number in range(40)})
    with pytest.raises(ClientError, match="TooManyTags"):
        await logs.tag_resource(resourceArn=ARN, tags={f"n{number}": "v" for number in range(11)})
    assert len((await logs.list_tags_for_resource(resourceArn=ARN))["tags"]) == 40


async def test_what_is_not_supported_is_refused_by_name(logs):
    with pytest.raises(ClientError, match="sundog does not support logs:StartLiveTail") as refused:
        await logs.start_live_tail(logGroupIdentifiers=[ARN])
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    with pytest.raises(ClientError, match="sundog does not support the parameter logGroupTags"):
        await logs.list_log_groups(logGroupTags=[{"key": "a", "values": ["b"]}])
