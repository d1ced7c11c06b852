"""What becomes of orders that were given up: an event, a rule, a state machine that waits a day, a topic.

PutEvents -> rule "given-up" -> state machine "apologise" (Wait, then Publish) -> topic -> queue
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import boto3
from deploy import queue_arn

DAY_S = 86_400


@dataclass(frozen=True)
class Apologies:
    """What was deployed."""

    machine_arn: str
    queue_url: str


def deploy_apologies(session: boto3.Session, role_arn: str) -> Apologies:
    sqs, sns, events = session.client("sqs"), session.client("sns"), session.client("events")
    queue_url = sqs.create_queue(QueueName="apologies")["QueueUrl"]
    topic_arn = sns.create_topic(Name="apologies")["TopicArn"]
    sns.subscribe(
        TopicArn=topic_arn,
        Protocol="sqs",
        Endpoint=queue_arn(sqs, queue_url),
        Attributes={"RawMessageDelivery": "true"},
    )
    machine_arn = session.client("stepfunctions").create_state_machine(
        name="apologise", roleArn=role_arn, definition=json.dumps(definition(topic_arn))
    )["stateMachineArn"]
    pattern = {"source": ["orders"], "detail-type": ["OrderGivenUp"]}
    events.put_rule(Name="given-up", EventPattern=json.dumps(pattern))
    target = {"Id": "apologise", "Arn": machine_arn, "RoleArn": role_arn, "InputPath": "$.detail"}
    events.put_targets(Rule="given-up", Targets=[target])
    return Apologies(machine_arn, queue_url)


def definition(topic_arn: str) -> dict:
    """Wait a day, then say sorry."""
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "SleepOverIt",
        "States": {
            "SleepOverIt": {"Type": "Wait", "Seconds": DAY_S, "Next": "SaySorry"},
            "SaySorry": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sns:publish",
                "Arguments": {"TopicArn": topic_arn, "Message": "{% $string($states.input) %}"},
                "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}],
                "End": True,
            },
        },
    }


def tell(session: boto3.Session, orders: list[dict]) -> list[str]:
    """Put an event for each order; the ids of the events."""
    entries = [
        {"Source": "orders", "DetailType": "OrderGivenUp", "Detail": json.dumps(order)} for order in orders
    ]
    answer = session.client("events").put_events(Entries=entries)
    assert answer["FailedEntryCount"] == 0, answer
    return [entry["EventId"] for entry in answer["Entries"]]
