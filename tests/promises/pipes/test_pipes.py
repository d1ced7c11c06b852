"""Pipes as their callers see them."""

import pytest
from botocore.exceptions import ClientError

SOURCE = "arn:aws:sqs:us-east-1:000000000000:from"


async def refusal(awaitable):
    with pytest.raises(ClientError) as caught:
        await awaitable
    return caught.value.response["Error"]["Code"]


async def test_a_pipe_is_created_and_then_runs(pipes, pipe):
    answer = await pipe()
    assert (answer["CurrentState"], answer["DesiredState"]) == ("CREATING", "RUNNING")
    found = await pipes.describe_pipe(Name="p")
    assert found["CurrentState"] == "RUNNING"
    assert found["SourceParameters"]["SqsQueueParameters"]["BatchSize"] == 10


async def test_a_pipe_may_be_created_stopped(pipes, pipe):
    await pipe(DesiredState="STOPPED")
    assert (await pipes.describe_pipe(Name="p"))["CurrentState"] == "STOPPED"


async def test_a_pipe_stops_and_starts_again(pipes, pipe, clock):
    await pipe()
    assert (await pipes.stop_pipe(Name="p"))["CurrentState"] == "STOPPING"
    await clock.settle()
    assert (await pipes.describe_pipe(Name="p"))["CurrentState"] == "STOPPED"
    assert await refusal(pipes.stop_pipe(Name="p")) == "ConflictException"
    assert (await pipes.start_pipe(Name="p"))["CurrentState"] == "STARTING"
    await clock.settle()
    assert await refusal(pipes.start_pipe(Name="p")) == "ConflictException"


async def test_a_pipe_in_motion_is_not_changed(pipes, pipe, world):
    await pipe()
    await world.app.supervisor.stop(0)
    await pipes.stop_pipe(Name="p")
    assert await refusal(pipes.start_pipe(Name="p")) == "ConflictException"
    assert await refusal(pipes.delete_pipe(Name="p")) == "ConflictException"
    await world.app.supervisor.start()


async def test_a_pipe_whose_queue_is_not_there_says_so(pipes, pipe):
    await pipe(Source=SOURCE + "-not")
    found = await pipes.describe_pipe(Name="p")
    assert found["CurrentState"] == "CREATE_FAILED"
    assert "from-not" in found["StateReason"]


async def test_a_deleted_pipe_is_gone(pipes, pipe, clock):
    await pipe()
    assert (await pipes.delete_pipe(Name="p"))["CurrentState"] == "DELETING"
    await clock.settle()
    assert await refusal(pipes.describe_pipe(Name="p")) == "NotFoundException"


async def test_a_name_is_taken_once(pipe):
    await pipe()
    assert await refusal(pipe()) == "ConflictException"


async def test_an_update_keeps_what_it_leaves_out(pipes, pipe, clock):
    await pipe(Description="first", TargetParameters={"InputTemplate": "<$.body>"})
    await pipes.update_pipe(Name="p", RoleArn="arn:aws:iam::000000000000:role/other")
    await clock.settle()
    found = await pipes.describe_pipe(Name="p")
    assert found["RoleArn"].endswith("other")
    assert (found["Description"], found["TargetParameters"]["InputTemplate"]) == ("first", "<$.body>")


async def test_pipes_are_listed_by_what_they_are_in_pages(pipes, pipe):
    for name in ("a1", "a2", "b1"):
        await pipe(Name=name, DesiredState="STOPPED" if name == "b1" else "RUNNING")
    names, token = [], {}
    while True:
        page = await pipes.list_pipes(NamePrefix="a", SourcePrefix=SOURCE, Limit=1, **token)
        names += [one["Name"] for one in page["Pipes"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert names == ["a1", "a2"]
    assert [one["Name"] for one in (await pipes.list_pipes(CurrentState="STOPPED"))["Pipes"]] == ["b1"]
    assert (await pipes.list_pipes(TargetPrefix="arn:aws:sns"))["Pipes"] == []


async def test_tags_come_and_go(pipes, pipe):
    arn = (await pipe(Tags={"a": "1"}))["Arn"]
    await pipes.tag_resource(resourceArn=arn, tags={"b": "2"})
    await pipes.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert (await pipes.list_tags_for_resource(resourceArn=arn))["tags"] == {"b": "2"}


ARN = "arn:aws:{}:us-east-1:000000000000:{}".format


@pytest.mark.parametrize(
    "more",
    [
        {"Source": ARN("s3", "b")},
        {"Target": ARN("s3", "b")},
        {"Target": ARN("sqs", "f.fifo")},
        {"Target": ARN("kinesis", "stream/s")},
        {"TargetParameters": {"KinesisStreamParameters": {"PartitionKey": "k"}}},
        {"TargetParameters": {"InputTemplate": "<aws.pipes.nothing>"}},
        {"SourceParameters": {"SqsQueueParameters": {"BatchSize": 11}}},
        {"SourceParameters": {"FilterCriteria": {"Filters": [{"Pattern": "{"}]}}},
        {"SourceParameters": {"KinesisStreamParameters": {"StartingPosition": "LATEST"}}},
        {"Enrichment": ARN("sqs", "to")},
        {"LogConfiguration": {"Level": "INFO"}},
        {"Tags": {"aws:a": "b"}},
    ],
    ids=str,
)
async def test_a_pipe_that_could_never_work_is_refused(pipes, urls, more):
    asked = {
        "Name": "p",
        "Source": SOURCE,
        "Target": ARN("sqs", "to"),
        "RoleArn": "arn:aws:iam::000000000000:role/r",
        **more,
    }
    assert await refusal(pipes.create_pipe(**asked)) == "ValidationException"


@pytest.mark.parametrize(
    "more",
    [
        {"Source": ARN("kinesis", "stream/s")},
        {"Source": ARN("dynamodb", "table/t/stream/1")},
        {"Source": ARN("mq", "broker:b:1")},
        {"Target": ARN("ecs", "cluster/c")},
    ],
    ids=str,
)
async def test_what_sundog_has_not_is_refused_by_name(pipe, more):
    assert await refusal(pipe(**more)) == "UnsupportedOperation"
