"""`make bench`: what sundog costs, beside a bare aiohttp server loaded the same way in the same run.

Usage: python -m bench [NAME...]   (names as in SCENARIOS; all by default)
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import boto3
from botocore.config import Config
from rich.console import Console
from rich.table import Table

from bench import flows, http_apis, requests, rest_apis, sleeping, sockets
from bench.functions import create_function
from sundog.testing.process import ServerProcess

SECONDS = 4.0
PYTHON = sys.executable


class Server(ServerProcess):
    """A sundog of its own in a folder of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        super().__init__(folder / "data", *options)
        started = time.perf_counter()
        self.start()
        self.start_s = time.perf_counter() - started
        self.address = self.url.removeprefix("http://")

    def client(self, service: str):
        config = Config(retries={"max_attempts": 0}, max_pool_connections=64, inject_host_prefix=False)
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=config,
        )

    def rss_mb(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


class Bench:
    """What scenarios share: a server, the floor, a table of results."""

    def __init__(self, server: Server, floor_address: str, floor_pid: int) -> None:
        self.server, self.floor_address, self.floor_pid = server, floor_address, floor_pid
        self.rows: list[tuple[str, str, str]] = []

    def load(self, address: str, request: bytes, connections: int) -> dict:
        command = [PYTHON, "-m", "bench.load", address, str(connections), str(SECONDS)]
        output = subprocess.run(command, input=request, capture_output=True, check=True).stdout
        result = json.loads(output)
        if result["failed"]:
            raise SystemExit(f"{result['failed']} requests failed: {result['failure']}")
        return result

    def compare(self, name: str, request: bytes, connections: int, per_request: int = 1) -> None:
        """Load the floor, then sundog, with the same request."""
        floor = self.load(self.floor_address, request, connections)
        ours = self.load(self.server.address, request, connections)
        rate = (
            f"{ours['rate'] * per_request:,.0f}/s  p50 {ours['p50_ms']:.2f} ms  p99 {ours['p99_ms']:.2f} ms"
        )
        floor_text = f"{floor['rate']:,.0f} requests/s; ratio {ours['rate'] / floor['rate']:.2f}"
        self.add(name, rate, floor_text)

    def add(self, name: str, figure: str, floor: str = "") -> None:
        self.rows.append((name, figure, floor))
        print(f"{name}: {figure}   {floor}", flush=True)


def start(bench: Bench) -> None:
    bench.add("start to Ready.", f"{bench.server.start_s * 1000:,.0f} ms")
    bench.add("idle RSS", f"{bench.server.rss_mb():.0f} MB")


def send_message(bench: Bench) -> None:
    url = bench.server.client("sqs").create_queue(QueueName="bench-send")["QueueUrl"]
    for connections in (1, 16, 64):
        request = requests.sqs("SendMessage", QueueUrl=url, MessageBody="hello world, this is a message")
        bench.compare(f"SendMessage, fsync, {connections} connections", request, connections)


def send_message_batch(bench: Bench) -> None:
    url = bench.server.client("sqs").create_queue(QueueName="bench-batch")["QueueUrl"]
    entries = [{"Id": str(n), "MessageBody": f"hello world, this is message {n}"} for n in range(10)]
    request = requests.sqs("SendMessageBatch", QueueUrl=url, Entries=entries)
    bench.compare("SendMessageBatch of 10, messages, 16 connections", request, 16, per_request=10)


def cycles(bench: Bench) -> None:
    """Send, receive, delete with signed boto3 clients would measure boto3; raw requests measure us."""
    url = bench.server.client("sqs").create_queue(QueueName="bench-cycle")["QueueUrl"]
    command = [PYTHON, "-m", "bench.cycles", bench.server.address, url, "8", str(SECONDS)]
    result = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    bench.add("send + receive + delete cycles, 8 clients", f"{result['rate']:,.0f}/s")


def depth(bench: Bench) -> None:
    """The cost must not grow with the queue or with their number."""
    sqs = bench.server.client("sqs")
    url = sqs.create_queue(QueueName="bench-deep")["QueueUrl"]
    send = requests.sqs("SendMessage", QueueUrl=url, MessageBody="x")
    receive = requests.sqs("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=1)
    entries = [{"Id": str(n), "MessageBody": "x"} for n in range(10)]
    fill = requests.sqs("SendMessageBatch", QueueUrl=url, Entries=entries)
    for label in ("empty queue", "filled queue"):
        sent = bench.load(bench.server.address, send, 16)
        received = bench.load(bench.server.address, receive, 16)
        bench.add(f"send / receive, {label}", f"{sent['rate']:,.0f}/s / {received['rate']:,.0f}/s")
        if label == "empty queue":
            command = [PYTHON, "-m", "bench.load", bench.server.address, "16", "14"]
            subprocess.run(command, input=fill, capture_output=True, check=True)
            counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
            bench.add("messages queued", counts["Attributes"]["ApproximateNumberOfMessages"])


def cold_start(bench: Bench) -> None:
    functions = bench.server.client("lambda")
    took = []
    for n in range(12):
        started = time.perf_counter()
        create_function(functions, f"cold-{n}")
        functions.invoke(FunctionName=f"cold-{n}", Payload=b"{}")
        took.append((time.perf_counter() - started) * 1000)
    bench.add(
        "create function + first invoke, boto3",
        f"p50 {statistics.median(took):.1f} ms, first {took[0]:.1f} ms",
    )


def warm_invoke(bench: Bench) -> None:
    functions = bench.server.client("lambda")
    create_function(functions, "warm")
    functions.invoke(FunctionName="warm", Payload=b"{}")
    for connections in (1, 8):
        bench.compare(f"warm invoke, {connections} clients", requests.invoke("warm", b'{"a":1}'), connections)


def environments(bench: Bench) -> None:
    """What `bench.environments` measures, each figure beside the floor of its own."""
    command = [PYTHON, "-m", "bench.environments", "--json"]
    output = subprocess.run(command, capture_output=True, check=True).stdout
    for figure in json.loads(output):
        bench.add(figure["name"], figure["text"], figure["beside"])


SCENARIOS: dict[str, Callable[[Bench], None]] = {
    "start": start,
    "send": send_message,
    "batch": send_message_batch,
    "cycles": cycles,
    "cold": cold_start,
    "warm": warm_invoke,
    "environments": environments,
    "depth": depth,
    "express": flows.express,
    "standard": flows.standard,
    "map": flows.wide_map,
    "sleeping": sleeping.sleeping,
    "route": flows.route,
    "publish": flows.publish,
    "rest": rest_apis.mock,
    "rest-lambda": rest_apis.lambda_proxy,
    "rest-lookup": rest_apis.lookup,
    "http-lambda": http_apis.lambda_proxy,
    "http-lookup": http_apis.lookup,
    "sockets-idle": sockets.idle,
    "sockets": sockets.messages,
    "balancer": sockets.balancer,
}


def main(names: list[str]) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sundog-bench-")))
        floor = subprocess.Popen([PYTHON, "-m", "bench.floor"], stdout=subprocess.PIPE, text=True)
        stack.callback(floor.terminate)
        assert floor.stdout is not None
        floor_address = f"127.0.0.1:{floor.stdout.readline().strip()}"
        server = Server(folder)
        stack.callback(server.stop)
        bench = Bench(server, floor_address, floor.pid)
        for name in names or SCENARIOS:
            SCENARIOS[name](bench)
        table = Table("measured", "sundog", "bare aiohttp, same run")
        for row in bench.rows:
            table.add_row(*row)
        Console(width=140).print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
