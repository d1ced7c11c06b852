"""Event source mappings as resources: what they may be, their states, and how they are found."""

import json

import pytest

QUEUE = "arn:aws:sqs:us-east-1:000000000000:orders"
NOT_FOUND = ("ResourceNotFoundException", "The resource you requested does not exist.")
NOWHERE = "14e0db71-5d35-4eb5-b481-8945cf9d10c2"


@pytest.fixture
async def f(engine, create):
    await create("f")


async def test_a_new_mapping_has_the_defaults_and_is_soon_enabled(f, functions, queue, clock):
    _, arn = await queue()
    made = await functions.create_event_source_mapping(EventSourceArn=arn, FunctionName="f")
    uuid = made["UUID"]
    del made["ResponseMetadata"], made["LastModified"]
    assert made == {
        "UUID": uuid,
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 0,
        "EventSourceArn": arn,
        "EventSourceMappingArn": f"arn:aws:lambda:us-east-1:000000000000:event-source-mapping:{uuid}",
        "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:f",
        "FunctionResponseTypes": [],
        "State": "Creating",
        "StateTransitionReason": "USER_INITIATED",
    }
    await clock.settle()
    assert (await functions.get_event_source_mapping(UUID=uuid))["State"] == "Enabled"


async def test_a_mapping_may_begin_disabled(f, functions, queue, map_queue):
    _, arn = await queue()
    uuid = await map_queue(arn, Enabled=False)
    assert (await functions.get_event_source_mapping(UUID=uuid))["State"] == "Disabled"


async def test_an_update_goes_through_a_state_of_its_own(f, functions, queue, map_queue, clock):
    _, arn = await queue()
    uuid = await map_queue(arn)
    for asked, on_the_way, after in (
        ({"BatchSize": 3}, "Updating", "Enabled"),
        ({"Enabled": False}, "Disabling", "Disabled"),
        ({"BatchSize": 4}, "Updating", "Disabled"),
        ({"Enabled": True}, "Enabling", "Enabled"),
    ):
        changed = await functions.update_event_source_mapping(UUID=uuid, **asked)
        assert changed["State"] == on_the_way
        await clock.settle()
        assert (await functions.get_event_source_mapping(UUID=uuid))["State"] == after


async def test_a_deleted_mapping_is_soon_gone(f, functions, queue, map_queue, clock, refusal):
    _, arn = await queue()
    uuid = await map_queue(arn)
    assert (await functions.delete_event_source_mapping(UUID=uuid))["State"] == "Deleting"
    await clock.settle()
    assert await refusal(functions.get_event_source_mapping(UUID=uuid)) == NOT_FOUND


@pytest.mark.parametrize("operation", ["get", "update", "delete"])
async def test_a_mapping_that_is_not_there_is_not_found(functions, refusal, operation):
    call = getattr(functions, f"{operation}_event_source_mapping")
    assert await refusal(call(UUID=NOWHERE)) == NOT_FOUND


async def test_an_update_keeps_what_it_does_not_name_and_takes_away_what_it_empties(
    f, functions, queue, map_queue, clock
):
    _, arn = await queue()
    criteria = {"Filters": [{"Pattern": '{"body": {"a": [1]}}'}]}
    uuid = await map_queue(
        arn,
        FilterCriteria=criteria,
        ScalingConfig={"MaximumConcurrency": 5},
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    kept = await functions.update_event_source_mapping(UUID=uuid, BatchSize=5)
    assert (kept["FilterCriteria"], kept["ScalingConfig"]) == (criteria, {"MaximumConcurrency": 5})
    assert kept["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    await clock.settle()
    bare = await functions.update_event_source_mapping(
        UUID=uuid, FilterCriteria={"Filters": []}, ScalingConfig={}, FunctionResponseTypes=[]
    )
    assert "FilterCriteria" not in bare
    assert "ScalingConfig" not in bare
    assert bare["FunctionResponseTypes"] == []
    assert bare["BatchSize"] == 5


async def test_the_same_queue_and_function_are_mapped_once(f, functions, queue, map_queue, refusal):
    _, arn = await queue()
    uuid = await map_queue(arn)
    again = functions.create_event_source_mapping(EventSourceArn=arn, FunctionName="f")
    assert await refusal(again) == (
        "ResourceConflictException",
        f'An event source mapping with SQS arn (" {arn} ") and function (" f ") already exists. '
        f"Please update or delete the existing mapping with UUID {uuid}",
    )


async def test_messages_must_stay_hidden_as_long_as_the_function_may_run(
    engine, functions, create, queue, refusal, map_queue
):
    await create("slow", Timeout=60)
    _, arn = await queue(VisibilityTimeout="30")
    short = functions.create_event_source_mapping(EventSourceArn=arn, FunctionName="slow")
    assert await refusal(short) == (
        "InvalidParameterValueException",
        "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
    )
    _, enough = await queue("enough", VisibilityTimeout="60")
    assert await map_queue(enough, "slow")


async def test_a_queue_that_does_not_exist_is_refused(f, functions, refusal):
    code, message = await refusal(
        functions.create_event_source_mapping(EventSourceArn=QUEUE, FunctionName="f")
    )
    assert code == "InvalidParameterValueException"
    assert "AWS.SimpleQueueService.NonExistentQueue" in message


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"BatchSize": 11}, "greater than 0 if maximum batch size is greater than 10"),
        ({"StartingPosition": "LATEST"}, "StartingPosition is not valid for SQS event sources."),
        ({"ParallelizationFactor": 2}, "Unsupported ParallelizationFactor parameter for given event source"),
        ({"MaximumRetryAttempts": 2}, "Unsupported MaximumRetryAttempts parameter for given event source"),
        ({"BisectBatchOnFunctionError": True}, "Unsupported BisectBatchOnFunctionError parameter"),
        ({"TumblingWindowInSeconds": 5}, "Unsupported TumblingWindowInSeconds parameter"),
        ({"Topics": ["aa"]}, "Unsupported Topics parameter"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "null"}]}}, "Invalid filter pattern definition."),
        ({"FilterCriteria": {"Filters": [{}]}}, "Invalid filter pattern definition."),
        ({"FilterCriteria": {"Filters": [{"Pattern": '{"body":["a"]}'}] * 6}}, "more than 5 filters"),
        ({"EventSourceArn": "arn:aws:s3:::bucket"}, "Unrecognized event source."),
        ({"FunctionName": "nobody"}, "Function does not exist"),
        ({"FunctionName": "f:7"}, "Function does not exist"),
        ({"FunctionName": "f:nobody"}, "Function does not exist"),
    ],
)
async def test_what_a_queue_cannot_have_is_refused(f, functions, queue, refusal, asked, message):
    _, arn = await queue()
    request = {"EventSourceArn": arn, "FunctionName": "f", **asked}
    code, said = await refusal(functions.create_event_source_mapping(**request))
    assert code == "InvalidParameterValueException"
    assert message in said


async def test_pollers_are_provisioned_and_taken_away(f, functions, queue, clock):
    _, arn = await queue()
    made = await functions.create_event_source_mapping(
        EventSourceArn=arn, FunctionName="f", ProvisionedPollerConfig={"MinimumPollers": 3}
    )
    assert made["ProvisionedPollerConfig"] == {"MinimumPollers": 3, "MaximumPollers": 200}
    await clock.settle()
    await functions.update_event_source_mapping(UUID=made["UUID"], ProvisionedPollerConfig={})
    found = await functions.get_event_source_mapping(UUID=made["UUID"])
    assert "ProvisionedPollerConfig" not in found


@pytest.mark.parametrize(
    ("pollers", "more", "message"),
    [
        ({"MinimumPollers": 1}, {}, "must be at least 2"),
        ({"MinimumPollers": 9, "MaximumPollers": 3}, {}, "less than or equal to MaximumPollers"),
        ({"MinimumPollers": 3}, {"ScalingConfig": {"MaximumConcurrency": 5}}, "cannot be specified together"),
    ],
)
async def test_pollers_that_make_no_sense_are_refused(f, functions, queue, refusal, pollers, more, message):
    _, arn = await queue()
    asked = functions.create_event_source_mapping(
        EventSourceArn=arn, FunctionName="f", ProvisionedPollerConfig=pollers, **more
    )
    code, said = await refusal(asked)
    assert code == "InvalidParameterValueException"
    assert message in said


async def test_a_fifo_queue_has_no_batching_window(f, functions, queue, refusal):
    _, arn = await queue("orders.fifo")
    asked = functions.create_event_source_mapping(
        EventSourceArn=arn, FunctionName="f", MaximumBatchingWindowInSeconds=1
    )
    assert await refusal(asked) == (
        "InvalidParameterValueException",
        "Batching window is not supported for FIFO queues",
    )


@pytest.mark.parametrize(
    "asked",
    [
        {"EventSourceArn": "arn:aws:kinesis:us-east-1:000000000000:stream/s", "StartingPosition": "LATEST"},
        {
            "EventSourceArn": "arn:aws:kafka:us-east-1:000000000000:cluster/c/1",
            "StartingPosition": "LATEST",
            "Topics": ["orders"],
        },
        {"EventSourceArn": "arn:aws:mq:us-east-1:000000000000:broker:b:1"},
        {"KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/k"},
    ],
)
async def test_what_sundog_has_not_is_refused_by_name(f, functions, queue, refusal, asked):
    _, arn = await queue()
    request = {"EventSourceArn": arn, "FunctionName": "f", **asked}
    code, message = await refusal(functions.create_event_source_mapping(**request))
    assert code == "UnsupportedOperation"
    assert message.startswith("sundog does not support ")


async def test_mappings_are_listed_page_by_page(f, functions, create, queue, map_queue):
    await create("g")
    made = []
    for name in ("a", "b", "c"):
        _, arn = await queue(name)
        made.append(await map_queue(arn))
    _, arn = await queue("d")
    other = await map_queue(arn, "g")
    found, marker = [], {}
    while True:
        page = await functions.list_event_source_mappings(FunctionName="f", MaxItems=2, **marker)
        assert len(page["EventSourceMappings"]) <= 2
        found += [mapping["UUID"] for mapping in page["EventSourceMappings"]]
        if "NextMarker" not in page:
            break
        marker = {"Marker": page["NextMarker"]}
    assert sorted(found) == sorted(made)
    by_queue = await functions.list_event_source_mappings(EventSourceArn=arn)
    assert [mapping["UUID"] for mapping in by_queue["EventSourceMappings"]] == [other]
    assert len((await functions.list_event_source_mappings())["EventSourceMappings"]) == 4
    nobody = await functions.list_event_source_mappings(FunctionName="nobody")
    assert nobody["EventSourceMappings"] == []


async def test_a_mapping_has_tags(f, functions, queue, map_queue):
    _, arn = await queue()
    uuid = await map_queue(arn, Tags={"team": "blue"})
    resource = f"arn:aws:lambda:us-east-1:000000000000:event-source-mapping:{uuid}"
    await functions.tag_resource(Resource=resource, Tags={"stage": "test"})
    assert (await functions.list_tags(Resource=resource))["Tags"] == {"team": "blue", "stage": "test"}
    await functions.untag_resource(Resource=resource, TagKeys=["team"])
    assert (await functions.list_tags(Resource=resource))["Tags"] == {"stage": "test"}


async def test_a_mapping_may_be_given_to_another_function(
    f, functions, create, queue, map_queue, clock, sqs, engine
):
    await create("g")
    url, arn = await queue()
    uuid = await map_queue(arn)
    changed = await functions.update_event_source_mapping(UUID=uuid, FunctionName="g")
    assert changed["FunctionArn"].endswith(":function:g")
    await clock.settle()
    await sqs.send_message(QueueUrl=url, MessageBody="a")
    await clock.settle()
    assert [call.name for call in engine.calls] == ["g"]


async def test_a_filter_of_a_mapping_is_kept_as_it_was_written(f, functions, queue, map_queue):
    _, arn = await queue()
    pattern = json.dumps({"body": {"a": [{"numeric": [">", 5]}]}}, indent=1)
    uuid = await map_queue(arn, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    found = await functions.get_event_source_mapping(UUID=uuid)
    assert found["FilterCriteria"] == {"Filters": [{"Pattern": pattern}]}
