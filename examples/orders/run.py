"""The main job, end to end: start sundog, deploy the orders application, feed it, show what happened.

Then the server goes on running until Ctrl-C; with ``--once`` it ends.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
from botocore.config import Config
from deploy import RECEIVES_MAX, VISIBILITY_S, Stack, deploy
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
SUNDOG = Path(sys.executable).parent / "sundog"
POISONED = 5
LOG_LINES_SHOWN = 14
WAIT_S_MAX = 60

console = Console(highlight=False)


def main(once: bool) -> int:
    with (
        tempfile.TemporaryDirectory(prefix="sundog-orders-") as data,
        server(Path(data)) as (process, endpoint),
    ):
        session = boto3.Session("000000000000", "sundog", region_name="us-east-1")
        session = with_endpoint(session, endpoint)
        timings: dict[str, float] = {}
        with timed(timings, "deploy: role, 3 queues, 2 functions, 1 mapping"):
            stack = deploy(session)
        orders = read_orders()
        with timed(timings, f"{len(orders)} orders in, {len(orders) - POISONED} results out"):
            feed(session, stack, orders)
            results = collect(session, stack.results_url, len(orders) - POISONED)
        with timed(timings, f"{RECEIVES_MAX} x {VISIBILITY_S} s of retries, by moving the clock"):
            for _ in range(RECEIVES_MAX):
                advance(endpoint, VISIBILITY_S + 1)
            dead = collect(session, stack.dead_url, POISONED)
        show(session, stack, orders, results, dead, timings)
        good = len(results) == len(orders) - POISONED and len(dead) == POISONED
        if once or not good:
            return 0 if good else 1
        console.print(f"\nsundog goes on at {endpoint} until Ctrl-C. In another terminal:")
        console.print(f"  export AWS_ENDPOINT_URL={endpoint}; .venv/bin/sundog logs -f fulfil", style="bold")
        wait(process)
    return 0


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
    command = [SUNDOG, "up", "--port", str(port), "--data", data / "data"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | {"NO_COLOR": "1"}
    log = (data / "requests.log").open("w+")
    process = subprocess.Popen(
        command, stdout=log, stderr=subprocess.STDOUT, env=environment, start_new_session=True
    )
    for _ in range(WAIT_S_MAX * 50):
        text = (data / "requests.log").read_text()
        if "\nReady.\n" in text:
            endpoint = text.split()[1]
            console.print(f"[bold]sundog[/] answers at {endpoint}")
            return process, endpoint
        if process.poll() is not None:
            console.print(f"[dim]port {port}: {text.strip()}[/]")
            return None
        time.sleep(0.02)
    process.kill()
    return None


def with_endpoint(session: boto3.Session, endpoint: str) -> boto3.Session:
    """The session with sundog as the endpoint of every client: what AWS_ENDPOINT_URL does."""
    create = session.client
    config = Config(retries={"max_attempts": 1})
    session.client = lambda service: create(service, endpoint_url=endpoint, config=config)  # type: ignore[method-assign]
    return session


@contextmanager
def timed(timings: dict[str, float], what: str) -> Iterator[None]:
    started = time.perf_counter()
    with console.status(what):
        yield
    timings[what] = time.perf_counter() - started


def read_orders() -> list[dict]:
    with (HERE / "orders.csv").open() as file:
        return [{**row, "quantity": int(row["quantity"])} for row in csv.DictReader(file)]


def feed(session: boto3.Session, stack: Stack, orders: list[dict]) -> None:
    sqs = session.client("sqs")
    for start_at in range(0, len(orders), 10):
        entries = [{"Id": o["id"], "MessageBody": json.dumps(o)} for o in orders[start_at : start_at + 10]]
        answer = sqs.send_message_batch(QueueUrl=stack.orders_url, Entries=entries)
        assert "Failed" not in answer, answer["Failed"]


def collect(session: boto3.Session, url: str, count: int) -> list[dict]:
    """Receive and delete until ``count`` messages came or a minute has passed."""
    sqs, bodies, end = session.client("sqs"), [], time.monotonic() + WAIT_S_MAX
    while len(bodies) < count and time.monotonic() < end:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get(
            "Messages", []
        )
        bodies += [json.loads(m["Body"]) for m in messages]
        if messages:
            entries = [{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in messages]
            sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    return bodies


def advance(endpoint: str, seconds: int) -> None:
    subprocess.run(
        [SUNDOG, "clock", "advance", str(seconds), "--endpoint", endpoint], check=True, capture_output=True
    )


def show(
    session: boto3.Session,
    stack: Stack,
    orders: list[dict],
    results: list[dict],
    dead: list[dict],
    timings: dict[str, float],
) -> None:
    table = Table(title="What happened", show_header=False)
    table.add_row("orders sent", str(len(orders)))
    table.add_row("fulfilled", f"{len(results)} ({sum(float(r['total']) for r in results):,.2f} in total)")
    table.add_row("dead letters", f"{len(dead)}: {', '.join(sorted(o['id'] for o in dead))}")
    for what, seconds in timings.items():
        table.add_row(what, f"{seconds * 1000:,.0f} ms")
    console.print(table)
    console.print(f"The last lines of /aws/lambda/{stack.function}:", style="bold")
    events = session.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{stack.function}")["events"]
    for event in events[-LOG_LINES_SHOWN:]:
        console.print("  " + event["message"].rstrip(), style="dim", soft_wrap=True, markup=False)


def wait(process: subprocess.Popen) -> None:
    try:
        process.wait()
    except KeyboardInterrupt:
        console.print("\nstopping")


if __name__ == "__main__":
    sys.exit(main("--once" in sys.argv[1:]))
