"""SIGKILL while events go through a rule, a state machine and a topic: each acknowledged one arrives."""

import json
import threading

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sundog.testing.process import ServerProcess

KILLS = 3
ROLE = "arn:aws:iam::000000000000:role/r"
ROUNDS_MAX = 60


@pytest.fixture
def server(tmp_path):
    with ServerProcess(tmp_path / "data") as server:
        yield server


@pytest.fixture
def client(server):
    def client(service, attempts=5):
        key = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        config = Config(retries={"total_max_attempts": attempts}, connect_timeout=2, read_timeout=20)
        return boto3.session.Session(region_name="us-east-1", **key).client(
            service, endpoint_url=server.url, config=config
        )

    return client


@pytest.fixture
def path(client):
    """Rule -> state machine (Wait, Publish) -> topic -> queue; the queue's URL."""
    url = client("sqs").create_queue(QueueName="arrived")["QueueUrl"]
    sns, events = client("sns"), client("events")
    topic = sns.create_topic(Name="t")["TopicArn"]
    queue = "arn:aws:sqs:us-east-1:000000000000:arrived"
    raw = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=raw)
    publish = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "Parameters": {"TopicArn": topic, "Message.$": "States.Format('{}', $.detail.number)"},
        "End": True,
    }
    states = {"Wait": {"Type": "Wait", "Seconds": 1, "Next": "Publish"}, "Publish": publish}
    machine = client("stepfunctions").create_state_machine(
        name="m", roleArn=ROLE, definition=json.dumps({"StartAt": "Wait", "States": states})
    )["stateMachineArn"]
    events.put_rule(Name="r", EventPattern='{"source": ["crash"]}')
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": machine, "RoleArn": ROLE}])
    return url


def put_until(stopped, events, acknowledged):
    number = 0
    while not stopped.is_set():
        number += 1
        entry = {"Source": "crash", "DetailType": "n", "Detail": json.dumps({"number": number})}
        try:
            answer = events.put_events(Entries=[entry])
            assert answer["FailedEntryCount"] == 0
            acknowledged.add(str(number))
        except (BotoCoreError, ClientError):
            stopped.wait(0.05)
        stopped.wait(0.01)


def collect(sqs, url, wanted):
    """Bodies that arrived, until all that are wanted have."""
    found, rounds = set(), 0
    while not wanted <= found and rounds < ROUNDS_MAX:
        rounds += 1
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        while messages := answer.get("Messages"):
            found |= {message["Body"] for message in messages}
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return found


def none_runs(machines):
    """A message arrives a little before the execution that sent it is over."""
    arn = "arn:aws:states:us-east-1:000000000000:stateMachine:m"
    for _ in range(ROUNDS_MAX):
        if not machines.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"]:
            return True
        threading.Event().wait(0.5)
    return False


def test_every_acknowledged_event_arrives(server, client, path, chance):
    acknowledged, stopped = set(), threading.Event()
    sender = threading.Thread(target=put_until, args=(stopped, client("events", 1), acknowledged))
    sender.start()
    try:
        for _ in range(KILLS):
            threading.Event().wait(chance.uniform(0.5, 2.0))
            server.restart()
    finally:
        stopped.set()
        sender.join(30)
    found = collect(client("sqs"), path, acknowledged)
    print(f"{len(acknowledged)} acknowledged, {len(found)} arrived, {KILLS} kills")
    assert acknowledged, "nothing was tested"
    assert acknowledged <= found
    assert none_runs(client("stepfunctions"))
