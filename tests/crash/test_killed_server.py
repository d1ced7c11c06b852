"""SIGKILL under load, again and again: every acknowledged message is accounted for, exactly."""

import json
import threading
import urllib.request
from collections import Counter

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sundog.testing.process import ServerProcess

KILLS = 5
SENDERS, CONSUMERS, ORDERED_SENDERS = 2, 2, 2
HIDDEN_S = 3_600


def sqs_of(server):
    once = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10)
    key = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    session = boto3.session.Session(region_name="us-east-1", **key)
    return session.client("sqs", endpoint_url=server.url, config=once)


class Load:
    """Clients that send, receive and delete until told to stop, and a book of what they were answered."""

    def __init__(self, server, plain, ordered):
        self._server, self._plain, self._ordered = server, plain, ordered
        self._stop, self._is_up = threading.Event(), threading.Event()
        self.sent, self.perhaps_sent = set(), set()
        self.received = Counter()
        self.deleted, self.perhaps_deleted = set(), set()
        self.ordered, self.perhaps_ordered = {}, set()
        self.mistakes = []
        self._is_up.set()
        work = [self._send] * SENDERS + [self._consume] * CONSUMERS + [self._send_in_order] * ORDERED_SENDERS
        self._threads = [
            threading.Thread(target=self._run, args=(step, f"w{n}"), daemon=True)
            for n, step in enumerate(work)
        ]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._is_up.set()
        for thread in self._threads:
            thread.join(30)

    def pause(self):
        self._is_up.clear()

    def go_on(self):
        self._is_up.set()

    def _run(self, step, name):
        sqs, number = sqs_of(self._server), 0
        while not self._stop.is_set():
            number += 1
            try:
                step(sqs, name, number)
            except BotoCoreError:
                self._is_up.wait(30)
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
                    self.mistakes.append(error)

    def _send(self, sqs, name, number):
        body = f"{name}-{number}"
        self.perhaps_sent.add(body)
        sqs.send_message(QueueUrl=self._plain, MessageBody=body)
        self.sent.add(body)

    def _send_in_order(self, sqs, name, number):
        body = f"{name}-{number}"
        self.perhaps_ordered.add(body)
        sqs.send_message(
            QueueUrl=self._ordered, MessageBody=body, MessageGroupId=name, MessageDeduplicationId=body
        )
        self.ordered.setdefault(name, []).append(body)

    def _consume(self, sqs, _name, _number):
        answer = sqs.receive_message(QueueUrl=self._plain, MaxNumberOfMessages=3)
        for message in answer.get("Messages", []):
            body = message["Body"]
            self.received[body] += 1
            self.perhaps_deleted.add(body)
            sqs.delete_message(QueueUrl=self._plain, ReceiptHandle=message["ReceiptHandle"])
            self.deleted.add(body)


def drain(sqs, url):
    """Every body that is still there, in the order it comes."""
    bodies = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies


def advance(server, seconds):
    body = json.dumps({"advance": seconds}).encode()
    with urllib.request.urlopen(f"{server.url}/_sundog/clock", data=body, timeout=60) as answer:
        answer.read()


@pytest.fixture(params=["sqlite", "postgres"])
def server(request, tmp_path):
    options = ("--limits", "relaxed")  # FIFO queues take only 300 calls a second otherwise
    if request.param == "postgres":
        options += ("--store", request.getfixturevalue("postgres_url"))
    with ServerProcess(tmp_path / "data", *options) as server:
        yield server


def test_every_acknowledged_message_is_accounted_for_after_kills_under_load(server, chance):
    sqs = sqs_of(server)
    hidden = {"VisibilityTimeout": str(HIDDEN_S)}
    plain = sqs.create_queue(QueueName="plain", Attributes=hidden)["QueueUrl"]
    ordered = sqs.create_queue(QueueName="o.fifo", Attributes=hidden | {"FifoQueue": "true"})["QueueUrl"]
    with Load(server, plain, ordered) as load:
        for _ in range(KILLS):
            threading.Event().wait(chance.uniform(0.05, 0.8))
            server.kill()
            load.pause()
            server.start()
            load.go_on()
        threading.Event().wait(0.3)
    advance(server, HIDDEN_S + 1)
    left, left_in_order = drain(sqs, plain), drain(sqs, ordered)
    print(f"{len(load.sent)} sent, {len(load.deleted)} deleted, {len(left)} left, {KILLS} kills")

    assert load.mistakes == []
    assert load.sent, "nothing was tested"
    assert load.deleted
    assert load.sent - load.perhaps_deleted - set(left) == set(), "acknowledged and lost"
    assert set(left) & load.deleted == set(), "deleted and back again"
    assert set(left) | set(load.received) <= load.perhaps_sent, "never sent"
    assert Counter(left).most_common(1)[0][1] == 1 if left else True, "doubled"
    assert max(load.received.values()) == 1, "received twice while hidden"
    for name, bodies in load.ordered.items():
        found = [body for body in left_in_order if body.startswith(f"{name}-")]
        assert set(bodies) <= set(found) <= load.perhaps_ordered
        assert found == sorted(found, key=lambda body: int(body.split("-")[1])), "out of order"


def test_a_server_that_was_killed_keeps_its_clock_and_its_queues(server):
    sqs = sqs_of(server)
    url = sqs.create_queue(QueueName="q", Attributes={"DelaySeconds": "900"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="later")
    advance(server, 600)
    server.restart()
    assert sqs.receive_message(QueueUrl=url).get("Messages") is None
    advance(server, 301)
    assert [m["Body"] for m in sqs.receive_message(QueueUrl=url)["Messages"]] == ["later"]
