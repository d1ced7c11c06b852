"""SIGKILL while a function reads a queue: every acknowledged message comes out at the other end."""

import io
import json
import sys
import threading
import zipfile

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sundog.testing.process import ServerProcess

KILLS = 3
CODE = """
import os
import boto3

sqs = boto3.client("sqs")


def handler(event, context):
    for record in event["Records"]:
        sqs.send_message(QueueUrl=os.environ["RESULTS"], MessageBody=record["body"])
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
WAIT_S_MAX = 60


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


def zip_of(code):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("index.py", code)
    return file.getvalue()


@pytest.fixture
def pipeline(client):
    """Queue ``orders`` -> function -> queue ``results``; their URLs."""
    sqs, functions = client("sqs"), client("lambda")
    orders = sqs.create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
    results = sqs.create_queue(QueueName="results")["QueueUrl"]
    role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    functions.create_function(
        FunctionName="copy",
        Runtime=f"python3.{sys.version_info.minor}",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": zip_of(CODE)},
        Timeout=10,
        Environment={"Variables": {"RESULTS": results}},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="copy")
    arn = "arn:aws:sqs:us-east-1:000000000000:orders"
    functions.create_event_source_mapping(FunctionName="copy", EventSourceArn=arn, BatchSize=5)
    return orders, results


def send_until(stopped, sqs, url, acknowledged):
    number = 0
    while not stopped.is_set():
        number += 1
        try:
            sqs.send_message(QueueUrl=url, MessageBody=str(number))
            acknowledged.add(str(number))
        except (BotoCoreError, ClientError):
            stopped.wait(0.05)
        stopped.wait(0.005)


def collect(sqs, url, wanted):
    """Bodies that came out, until all that are wanted have."""
    found, rounds = set(), 0
    while not wanted <= found and rounds < WAIT_S_MAX:
        rounds += 1
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        while messages := answer.get("Messages"):
            found |= {message["Body"] for message in messages}
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return found


def test_every_acknowledged_message_comes_out_of_the_function(server, client, pipeline, chance):
    orders, results = pipeline
    acknowledged, stopped = set(), threading.Event()
    sender = threading.Thread(target=send_until, args=(stopped, client("sqs", 1), orders, acknowledged))
    sender.start()
    try:
        for _ in range(KILLS):
            threading.Event().wait(chance.uniform(0.3, 1.5))
            server.restart()
    finally:
        stopped.set()
        sender.join(30)
    found = collect(client("sqs"), results, acknowledged)
    print(f"{len(acknowledged)} acknowledged, {len(found)} came out, {KILLS} kills")
    assert acknowledged, "nothing was tested"
    assert acknowledged <= found
