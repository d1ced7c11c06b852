"""Rules and their targets: what may be put, what is shown, what is refused."""

import json

import pytest

QUEUE = "arn:aws:sqs:us-east-1:000000000000:q"


async def test_a_rule_is_put_described_and_deleted(events):
    arn = (await events.put_rule(Name="r", EventPattern='{"source": ["a"]}', Description="d"))["RuleArn"]
    rule = await events.describe_rule(Name="r")
    assert (rule["Arn"], rule["State"], rule["Description"], rule["CreatedBy"]) == (
        arn,
        "ENABLED",
        "d",
        "000000000000",
    )
    await events.delete_rule(Name="r")
    await events.delete_rule(Name="r")
    assert (await events.list_rules())["Rules"] == []


async def test_a_rule_that_is_put_again_keeps_its_targets(events, routed):
    await routed()
    await events.put_rule(Name="rule", EventPattern='{"source": ["other"]}')
    assert len((await events.list_targets_by_rule(Rule="rule"))["Targets"]) == 1


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        ({}, "ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified."),
        (
            {"ScheduleExpression": "rate(1 minutes)"},
            "ValidationException",
            "Parameter ScheduleExpression is not valid.",
        ),
        (
            {"ScheduleExpression": "rate(1 minute)", "EventBusName": "own"},
            "ValidationException",
            "ScheduleExpression is supported only on the default event bus.",
        ),
        (
            {"EventPattern": "{}", "EventBusName": "nowhere"},
            "InvalidEventPatternException",
            "Event pattern is not valid. Reason: Empty objects are not allowed",
        ),
        (
            {"EventPattern": '{"a": ["b"]}', "EventBusName": "nowhere"},
            "ResourceNotFoundException",
            "Event bus nowhere does not exist.",
        ),
    ],
)
async def test_rules_that_cannot_be_are_refused(events, refusal, request_, code, message):
    got = await refusal(events.put_rule(Name="r", **request_))
    assert (got[0], got[1].startswith(message)) == (code, True), got


async def test_a_rule_that_is_not_there_is_not_found(events, refusal):
    assert await refusal(events.describe_rule(Name="r")) == (
        "ResourceNotFoundException",
        "Rule r does not exist on EventBus default.",
    )


async def test_a_rule_with_targets_stays(events, routed, refusal):
    await routed()
    assert await refusal(events.delete_rule(Name="rule")) == (
        "ValidationException",
        "Rule can't be deleted since it has targets.",
    )


async def test_rules_are_tagged(events):
    arn = (await events.put_rule(Name="r", EventPattern='{"a": ["b"]}', Tags=[{"Key": "a", "Value": "1"}]))[
        "RuleArn"
    ]
    await events.tag_resource(ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}])
    await events.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert (await events.list_tags_for_resource(ResourceARN=arn))["Tags"] == [{"Key": "b", "Value": "2"}]


async def test_at_most_five_targets_belong_to_a_rule(events, refusal):
    await events.put_rule(Name="r", EventPattern='{"a": ["b"]}')
    targets = [{"Id": str(n), "Arn": QUEUE} for n in range(6)]
    assert await refusal(events.put_targets(Rule="r", Targets=targets)) == (
        "LimitExceededException",
        "The requested resource exceeds the maximum number allowed.",
    )
    assert (await events.list_targets_by_rule(Rule="r"))["Targets"] == []


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"Arn": "q"}, "Parameter q is not valid. Reason: Provided Arn is not in correct format."),
        (
            {"Arn": f"{QUEUE}.fifo"},
            "Parameter(s) SqsParameters must be specified for target: t.",
        ),
        ({"Arn": QUEUE, "Input": "{"}, "JSON syntax error in input for target t"),
        (
            {"Arn": QUEUE, "Input": "{}", "InputPath": "$"},
            "Only one of Input, InputPath, or InputTransformer must be provided for target t.",
        ),
        (
            {"Arn": "arn:aws:states:us-east-1:000000000000:stateMachine:m"},
            "RoleArn is required for target arn:aws:states:us-east-1:000000000000:stateMachine:m.",
        ),
    ],
)
async def test_targets_that_cannot_be_are_refused(events, refusal, target, message):
    await events.put_rule(Name="r", EventPattern='{"a": ["b"]}')
    got = await refusal(events.put_targets(Rule="r", Targets=[{"Id": "t", **target}]))
    assert got == ("ValidationException", message)


async def test_removing_a_target_that_is_not_there_is_told(events, routed):
    await routed()
    answer = await events.remove_targets(Rule="rule", Ids=["t", "none"])
    assert [(entry["TargetId"], entry["ErrorCode"]) for entry in answer["FailedEntries"]] == [
        ("none", "ResourceNotFoundException")
    ]
    assert (await events.list_targets_by_rule(Rule="rule"))["Targets"] == []


async def test_rules_are_found_by_target(events):
    for name in ("a", "b", "c"):
        await events.put_rule(Name=name, EventPattern='{"a": ["b"]}')
        await events.put_targets(Rule=name, Targets=[{"Id": "t", "Arn": QUEUE}])
    first = await events.list_rule_names_by_target(TargetArn=QUEUE, Limit=2)
    rest = await events.list_rule_names_by_target(TargetArn=QUEUE, NextToken=first["NextToken"])
    assert first["RuleNames"] + rest["RuleNames"] == ["a", "b", "c"]


async def test_a_pattern_is_tried_on_an_event(events, refusal):
    event = {
        "id": "1",
        "account": "1",
        "source": "a",
        "time": "2024-01-01T00:00:00Z",
        "region": "r",
        "detail-type": "t",
    }
    for source, result in (("a", True), ("b", False)):
        answer = await events.test_event_pattern(
            EventPattern=json.dumps({"source": [source]}), Event=json.dumps(event)
        )
        assert answer["Result"] is result
    assert await refusal(events.test_event_pattern(EventPattern='{"source": ["a"]}', Event="{}")) == (
        "ValidationException",
        "Parameter Event is not valid.",
    )
