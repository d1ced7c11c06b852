"""Schedules as their callers see them."""

import pytest
from botocore.exceptions import ClientError

ARN = "arn:aws:scheduler:us-east-1:000000000000:schedule/default/s"


async def refusal(awaitable):
    with pytest.raises(ClientError) as caught:
        await awaitable
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


async def test_a_schedule_is_described_with_the_defaults_it_was_made_without(scheduler, schedule, clock):
    assert (await schedule())["ScheduleArn"] == ARN
    found = await scheduler.get_schedule(Name="s")
    assert found["ScheduleExpressionTimezone"] == "UTC"
    assert (found["State"], found["ActionAfterCompletion"]) == ("ENABLED", "NONE")
    assert found["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}
    assert found["CreationDate"].timestamp() * 1000 == clock.now_ms()


async def test_an_update_replaces_everything(scheduler, schedule):
    await schedule(Description="old", State="DISABLED")
    await schedule("rate(2 hours)", operation="update_schedule")
    found = await scheduler.get_schedule(Name="s")
    assert "Description" not in found
    assert (found["State"], found["ScheduleExpression"]) == ("ENABLED", "rate(2 hours)")


async def test_a_name_is_free_again_only_after_its_deletion(scheduler, schedule):
    await schedule()
    assert await refusal(schedule()) == ("ConflictException", "Schedule s already exists.")
    await scheduler.delete_schedule(Name="s")
    assert await refusal(scheduler.get_schedule(Name="s")) == (
        "ResourceNotFoundException",
        "Schedule s does not exist.",
    )
    await schedule()


async def test_what_is_asked_again_under_one_token_is_done_once(scheduler, schedule):
    first = await schedule(ClientToken="t")
    assert (await schedule(ClientToken="t"))["ScheduleArn"] == first["ScheduleArn"]
    assert (await refusal(schedule("rate(9 hours)", ClientToken="t")))[0] == "ConflictException"
    await scheduler.delete_schedule(Name="s", ClientToken="d")
    await scheduler.delete_schedule(Name="s", ClientToken="d")
    assert (await refusal(scheduler.delete_schedule(Name="s")))[0] == "ResourceNotFoundException"


async def test_schedules_are_listed_by_group_prefix_and_state_in_pages(scheduler, schedule):
    await scheduler.create_schedule_group(Name="g")
    for name in ("a1", "a2", "b1"):
        await schedule(Name=name)
    await schedule(Name="a3", GroupName="g", State="DISABLED")
    names, token = [], {}
    while True:
        page = await scheduler.list_schedules(NamePrefix="a", MaxResults=1, **token)
        names += [one["Name"] for one in page["Schedules"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert names == ["a1", "a2", "a3"]
    disabled = (await scheduler.list_schedules(State="DISABLED"))["Schedules"]
    assert [(one["GroupName"], one["Name"]) for one in disabled] == [("g", "a3")]
    assert len((await scheduler.list_schedules(GroupName="default"))["Schedules"]) == 3


@pytest.mark.parametrize("token", ["x", "WzFd", "e30="])
async def test_a_token_that_we_never_gave_is_refused(scheduler, token):
    assert await refusal(scheduler.list_schedules(NextToken=token)) == (
        "ValidationException",
        "Invalid NextToken.",
    )


@pytest.mark.parametrize("expression", ["at(2021-12-31)", "rate(10)", "cron(71 8 1 * ? *)"])
async def test_an_expression_that_says_nothing_is_refused(schedule, expression):
    refused = await refusal(schedule(expression))
    assert refused == ("ValidationException", f"Invalid Schedule Expression {expression}.")


@pytest.mark.parametrize(
    "more",
    [
        {"ScheduleExpressionTimezone": "Moon/Crater"},
        {"ScheduleExpressionTimezone": "../etc/passwd"},
        {"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}},
        {"FlexibleTimeWindow": {"Mode": "OFF", "MaximumWindowInMinutes": 5}},
        {"StartDate": 1_600_000_000},
        {"EndDate": 1_600_000_000},
        {"StartDate": 1_800_000_000, "EndDate": 1_750_000_000},
        {"target": {"Arn": "nonsense"}},
        {"target": {"Arn": "arn:aws:s3:::bucket"}},
        {"target": {"KinesisParameters": {"PartitionKey": "k"}}},
        {"target": {"Arn": "arn:aws:events:us-east-1:000000000000:event-bus/b"}},
        {"target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:receiveMessage"}},
        {"target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:dance"}},
        {"target": {"Arn": "arn:aws:scheduler:::aws-sdk:nowhere:dance"}},
        {"target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "Input": "{"}},
    ],
    ids=str,
)
async def test_a_schedule_that_could_never_do_its_work_is_refused(schedule, more):
    assert (await refusal(schedule(**more)))[0] == "ValidationException"


async def test_targets_that_sundog_has_not_are_refused_by_name(schedule):
    arn = "arn:aws:ecs:us-east-1:000000000000:cluster/c"
    code, message = await refusal(schedule(target={"Arn": arn}))
    assert (code, "ECS" in message) == ("UnsupportedOperation", True)


async def test_a_group_goes_with_its_schedules_and_says_so_meanwhile(scheduler, schedule, world, clock):
    await scheduler.create_schedule_group(Name="g")
    await schedule(GroupName="g")
    await world.app.supervisor.stop(0)
    await scheduler.delete_schedule_group(Name="g")
    assert (await scheduler.get_schedule_group(Name="g"))["State"] == "DELETING"
    assert (await refusal(schedule(GroupName="g", Name="late")))[0] == "ConflictException"
    await world.app.supervisor.start()
    await clock.settle()
    assert (await refusal(scheduler.get_schedule_group(Name="g")))[0] == "ResourceNotFoundException"
    assert (await refusal(scheduler.get_schedule(Name="s", GroupName="g")))[0] == "ResourceNotFoundException"


async def test_the_default_group_is_always_there(scheduler):
    assert [g["Name"] for g in (await scheduler.list_schedule_groups())["ScheduleGroups"]] == ["default"]
    assert (await refusal(scheduler.delete_schedule_group(Name="default")))[0] == "ValidationException"


async def test_a_schedule_needs_its_group(schedule):
    refused = await refusal(schedule(GroupName="none"))
    assert refused == ("ResourceNotFoundException", "Schedule group none does not exist.")


async def test_tags_of_a_group_come_and_go(scheduler):
    tags = [{"Key": "a", "Value": "1"}]
    arn = (await scheduler.create_schedule_group(Name="g", Tags=tags))["ScheduleGroupArn"]
    await scheduler.tag_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    await scheduler.untag_resource(ResourceArn=arn, TagKeys=["a"])
    found = await scheduler.list_tags_for_resource(ResourceArn=arn)
    assert found["Tags"] == [{"Key": "b", "Value": "2"}]


async def test_regions_do_not_see_each_other(client, schedule):
    await schedule()
    assert (await client("scheduler", region="eu-west-1").list_schedules())["Schedules"] == []
