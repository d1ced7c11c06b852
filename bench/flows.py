"""What flows through several services: executions, events to targets, messages to subscribers."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from bench import requests

if TYPE_CHECKING:
    from bench.__main__ import Bench

ROLE = "arn:aws:iam::000000000000:role/bench"


def passes(count: int) -> str:
    """A definition of ``count`` Pass states in a row."""
    states: dict[str, object] = {f"P{n}": {"Type": "Pass", "Next": f"P{n + 1}"} for n in range(count)}
    states[f"P{count - 1}"] = {"Type": "Pass", "End": True}
    return json.dumps({"StartAt": "P0", "States": states})


def express(bench: Bench) -> None:
    """What a caller waits for: the answer of a synchronous execution."""
    machines = bench.server.client("stepfunctions")
    arn = machines.create_state_machine(
        name="bench-express", definition=passes(10), roleArn=ROLE, type="EXPRESS"
    )["stateMachineArn"]
    request = requests.states("StartSyncExecution", stateMachineArn=arn, input="{}")
    for connections in (1, 16):
        bench.compare(f"StartSyncExecution of 10 Pass, {connections} clients", request, connections)
    took = []
    for _ in range(200):
        started = time.perf_counter()
        machines.start_sync_execution(stateMachineArn=arn, input="{}")
        took.append((time.perf_counter() - started) * 1000)
    bench.add("StartSyncExecution of 10 Pass, boto3", f"p50 {sorted(took)[len(took) // 2]:.2f} ms")


def standard(bench: Bench) -> None:
    """Durable executions; one of Pass states alone is over when its StartExecution is answered."""
    machines = bench.server.client("stepfunctions")
    for count in (5, 50):
        arn = machines.create_state_machine(name=f"bench-{count}", definition=passes(count), roleArn=ROLE)
        request = requests.states("StartExecution", stateMachineArn=arn["stateMachineArn"], input="{}")
        bench.compare(f"Standard executions of {count} Pass, fsync, 16 clients", request, 16)
        bench.compare(f"... transitions of {count} Pass", request, 16, per_request=count + 1)


def wide_map(bench: Bench) -> None:
    """One execution whose Map has many items: 4,000 are what 25,000 history events allow."""
    definition = {
        "StartAt": "Map",
        "States": {
            "Map": {
                "Type": "Map",
                "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}},
                "ResultPath": None,
                "End": True,
            }
        },
    }
    machines = bench.server.client("stepfunctions")
    for items in (1_000, 4_000):
        arn = machines.create_state_machine(
            name=f"bench-map-{items}", definition=json.dumps(definition), roleArn=ROLE
        )["stateMachineArn"]
        started = time.perf_counter()
        execution = machines.start_execution(stateMachineArn=arn, input=json.dumps(list(range(items))))
        while True:
            found = machines.describe_execution(executionArn=execution["executionArn"])
            if found["status"] != "RUNNING":
                break
            time.sleep(0.01)
        bench.add(
            f"inline Map of {items:,} items", f"{time.perf_counter() - started:.2f} s, {found['status']}"
        )


def route(bench: Bench) -> None:
    """PutEvents: at 100 rules of which none or one matches, and until the event is received."""
    events, sqs, (url, arn) = (
        bench.server.client("events"),
        bench.server.client("sqs"),
        _queue(bench, "routed"),
    )
    for n in range(100):
        events.put_rule(Name=f"bench-{n}", EventPattern=json.dumps({"source": [f"bench.{n}"]}))
    events.put_targets(Rule="bench-3", Targets=[{"Id": "1", "Arn": arn}])
    for source, said in (("bench.none", "no rule matches"), ("bench.3", "one rule matches, fsync")):
        entry = {"Source": source, "DetailType": "bench", "Detail": json.dumps({"n": 1})}
        request = requests.events("PutEvents", Entries=[entry] * 10)
        bench.compare(f"PutEvents of 10, 100 rules, {said}, 8 clients", request, 8, per_request=10)
    _drain(bench, url, "events delivered to the queue")
    sqs.purge_queue(QueueUrl=url)
    took = []
    for _ in range(100):
        started = time.perf_counter()
        events.put_events(Entries=[entry])
        got = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
        took.append((time.perf_counter() - started) * 1000)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=got[0]["ReceiptHandle"])
    bench.add("PutEvents until received from SQS, boto3", f"p50 {sorted(took)[50]:.2f} ms")


def publish(bench: Bench) -> None:
    """Publish to a topic with one queue, then with ten."""
    sns, url, arn = bench.server.client("sns"), *_queue(bench, "bench-publish")
    topic = sns.create_topic(Name="bench")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    request = requests.sns("Publish", TopicArn=topic, Message="hello")
    bench.compare("Publish to 1 queue, fsync, 16 clients", request, 16)
    _drain(bench, url, "messages delivered to the queue")
    for n in range(9):
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=_queue(bench, f"bench-publish-{n}")[1])
    bench.compare("Publish to 10 queues, fsync, 16 clients", request, 16)
    _drain(bench, url, "... and delivered to each")


def _queue(bench: Bench, name: str) -> tuple[str, str]:
    sqs = bench.server.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, found["Attributes"]["QueueArn"]


def _drain(bench: Bench, url: str, said: str) -> None:
    """How fast the deliveries that are still to come go on, once nobody sends; until none came in 2 s."""
    sqs = bench.server.client("sqs")
    counts, quiet = [_count(sqs, url)], 0
    started = last = time.perf_counter()
    while quiet < 4:
        time.sleep(0.5)
        counts.append(_count(sqs, url))
        quiet = quiet + 1 if counts[-1] == counts[-2] else 0
        last = last if quiet else time.perf_counter()
    rest = counts[-1] - counts[0]
    bench.add(said, f"{counts[-1]:,}; the last {rest:,} of them in {last - started:.1f} s after the load")


def _count(sqs, url: str) -> int:
    name = "ApproximateNumberOfMessages"
    return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])
