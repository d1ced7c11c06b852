"""Random operations on queues, crashes and clock jumps: whatever is answered holds, on every seed."""

import asyncio
import json
import random
import shutil
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

from sundog.clock import TEST_START_MS, Clock
from sundog.config import Config
from sundog.ids import SeededIds
from sundog.testing.world import World

from .model import DEDUPLICATION_MS, BrokenPromise, QueueModel, Received, Rules

STEPS = 250
QUEUES = (
    Rules("dead"),
    Rules("plain"),
    Rules("short", visibility_ms=5_000, retention_ms=600_000),
    Rules("buries", dead_letter="dead", count_max=2, visibility_ms=1_000),
    Rules("dead.fifo", is_fifo=True),
    Rules("ordered.fifo", is_fifo=True, visibility_ms=10_000),
    Rules("buries.fifo", is_fifo=True, dead_letter="dead.fifo", count_max=2, visibility_ms=1_000),
)
JUMPS_MS = (1, 999, 1_000, 5_000, 30_000, 61_000, 299_999, 300_000, 3_600_000)


class Server:
    """The world as it comes back after every end."""

    def __init__(self, folder, models, seed):
        self._folder, self._models, self._seed = folder, models, seed
        self._life, self.now_ms = 0, TEST_START_MS

    async def start(self):
        config = Config(data=self._folder / str(self._life), port=0, durability="process")
        clock, ids = Clock(frozen_at_ms=self.now_ms), SeededIds(self._seed * 1_000 + self._life)
        self.world = World(config, models=self._models, ids=ids, clock=clock)
        await self.world.__aenter__()
        self.sqs = self.world.client("sqs")

    async def stop(self):
        await self.world.__aexit__()

    async def advance(self, duration_ms):
        await self.world.clock.advance(duration_ms)
        self.now_ms += duration_ms

    def snapshot(self):
        """What is on disk at this very moment: all that a killed process leaves behind."""
        here, there = (self._folder / str(life) for life in (self._life, self._life + 1))
        there.mkdir()
        for name in ("sundog.db", "sundog.db-wal"):
            if (here / name).exists():
                shutil.copyfile(here / name, there / name)

    async def rise_again(self):
        """Go on from the snapshot; the old life ends without being heard of."""
        await self.stop()
        shutil.rmtree(self._folder / str(self._life))
        self._life += 1
        await self.start()


class Simulation:
    def __init__(self, server, seed):
        self.server, self.random = server, random.Random(seed)
        self.model = QueueModel(*QUEUES)
        self.urls, self.held, self.bodies = {}, [], 0
        self.log = []

    async def run(self, steps):
        await self._create_queues()
        for _ in range(steps):
            step = self.random.choices(
                (self._one, self._jump, self._crash, self._restart), weights=(80, 15, 4, 1)
            )[0]
            await step()
        await self._jump()
        for rules in QUEUES:
            await self._drain(rules)

    async def _create_queues(self):
        for rules in QUEUES:
            attributes = {
                "VisibilityTimeout": str(rules.visibility_ms // 1_000),
                "MessageRetentionPeriod": str(rules.retention_ms // 1_000),
            }
            if rules.is_fifo:
                attributes["FifoQueue"] = "true"
            if rules.dead_letter:
                arn = f"arn:aws:sqs:us-east-1:000000000000:{rules.dead_letter}"
                policy = {"deadLetterTargetArn": arn, "maxReceiveCount": rules.count_max}
                attributes["RedrivePolicy"] = json.dumps(policy)
            created = await self.server.sqs.create_queue(QueueName=rules.name, Attributes=attributes)
            self.urls[rules.name] = created["QueueUrl"]

    # Steps

    async def _one(self):
        call, learn = self._operation()
        learn(await self._outcome(call))

    async def _jump(self):
        duration_ms = self.random.choice(JUMPS_MS)
        self.log.append(f"advance {duration_ms}")
        await self.server.advance(duration_ms)

    async def _restart(self):
        self.log.append("restart")
        await self.server.stop()
        await self.server.start()

    async def _crash(self):
        """Some operations are under way, and the process is gone."""
        operations = [self._operation() for _ in range(self.random.randint(1, 6))]
        turns = self.random.randint(0, 30)
        tasks = [asyncio.create_task(self._outcome(call)) for call, _ in operations]
        for _ in range(turns):
            await asyncio.sleep(0)
        self.server.snapshot()
        self.log.append(f"crash after {turns} turns, {sum(task.done() for task in tasks)} answered")
        for task, (_, learn) in zip(tasks, operations, strict=True):
            learn(task.result() if task.done() else None)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.server.rise_again()

    async def _drain(self, rules):
        """In the end everything that must still be there can be received."""
        for _ in range(200):
            call, learn = self._receive(rules, 10, 43_200_000)
            outcome = await self._outcome(call)
            learn(outcome)
            if not outcome[1].get("Messages"):
                return

    async def _outcome(self, call):
        try:
            return "done", await call()
        except ClientError as error:
            return "refused", error.response["Error"]

    # Operations: what to call, and what to learn from the outcome (None: nobody knows)

    def _operation(self):
        rules = self.random.choice(QUEUES)
        kinds = [self._send, self._send, self._send_batch, self._receive, self._receive]
        if rules.is_fifo:
            kinds.append(self._send_again)
        if self.held:
            kinds += [self._delete, self._delete, self._change_visibility]
        return self.random.choice(kinds)(rules)

    def _entry(self, rules):
        self.bodies += 1
        entry = {"MessageBody": f"{rules.name} {self.bodies}"}
        if rules.is_fifo:
            group = f"g{self.random.randint(1, 3)}"
            entry |= {"MessageGroupId": group, "MessageDeduplicationId": str(self.bodies)}
        elif self.random.random() < 0.2:
            entry["DelaySeconds"] = self.random.choice((1, 30))
        return entry

    def _learn_sent(self, rules, entry, certain):
        delay_ms = entry.get("DelaySeconds", 0) * 1_000
        group = entry.get("MessageGroupId", "")
        body, now_ms = entry["MessageBody"], self.server.now_ms
        self.model.send(rules.name, body, group, delay_ms, now_ms, certain=certain)

    def _send(self, rules):
        entry = self._entry(rules)
        self.log.append(f"send {entry}")

        def learn(outcome):
            assert outcome is None or outcome[0] == "done", outcome
            self._learn_sent(rules, entry, outcome is not None)

        return lambda: self.server.sqs.send_message(QueueUrl=self.urls[rules.name], **entry), learn

    def _send_batch(self, rules):
        entries = [{"Id": str(n), **self._entry(rules)} for n in range(self.random.randint(1, 10))]
        self.log.append(f"send {entries}")

        def learn(outcome):
            assert outcome is None or not outcome[1].get("Failed"), outcome
            for entry in entries:
                self._learn_sent(rules, entry, outcome is not None)

        return lambda: self.server.sqs.send_message_batch(
            QueueUrl=self.urls[rules.name], Entries=entries
        ), learn

    def _send_again(self, rules):
        """With the deduplication id of an earlier message: within five minutes nothing new comes of it."""
        own = [m for m in self.model.messages.values() if m.queue == rules.name and None not in m.states]
        entry = self._entry(rules)
        first = self.random.choice(own) if own else None
        sent_ms = {s.sent_ms for s in first.states if s.queue == rules.name} if first else set()
        if len(sent_ms) != 1:
            return self._send(rules)
        entry["MessageDeduplicationId"] = first.body.split()[-1]
        is_repeat = self.server.now_ms < sent_ms.pop() + DEDUPLICATION_MS
        self.log.append(f"send again {entry}, a repeat: {is_repeat}")

        def learn(outcome):
            if not is_repeat:
                # From now on the id stands for this message; nobody sends the old one again.
                self._learn_sent(rules, entry, outcome is not None)

        if not is_repeat:
            entry["MessageDeduplicationId"] = str(self.bodies)
        return lambda: self.server.sqs.send_message(QueueUrl=self.urls[rules.name], **entry), learn

    def _receive(self, rules, count=None, visibility_ms=None):
        count = count or self.random.randint(1, 10)
        ask = {"MaxNumberOfMessages": count, "MessageSystemAttributeNames": ["ApproximateReceiveCount"]}
        if visibility_ms is None:
            visibility_ms = self.random.choice((rules.visibility_ms, rules.visibility_ms, 0, 60_000))
        if visibility_ms != rules.visibility_ms:
            ask["VisibilityTimeout"] = visibility_ms // 1_000
        self.log.append(f"receive {rules.name} {ask}")

        def learn(outcome):
            now_ms = self.server.now_ms
            if outcome is None:
                self.model.receive_unanswered(rules.name, visibility_ms, now_ms)
                return
            assert outcome[0] == "done", outcome
            answer = [self._received(rules, message) for message in outcome[1].get("Messages", [])]
            self.log.append(f"  got {[(one.body, one.count) for one in answer]}")
            self.model.receive(rules.name, count, visibility_ms, answer, now_ms)
            self.held = (self.held + answer)[-30:]

        return lambda: self.server.sqs.receive_message(QueueUrl=self.urls[rules.name], **ask), learn

    def _received(self, rules, message):
        count = int(message["Attributes"]["ApproximateReceiveCount"])
        return Received(message["Body"], rules.name, count, message["ReceiptHandle"])

    def _delete(self, _rules):
        one = self.held.pop(self.random.randrange(len(self.held)))
        self.log.append(f"delete {one.body} {one.count}")
        key = {"QueueUrl": self.urls[one.queue], "ReceiptHandle": one.receipt}
        now_ms = self.server.now_ms

        def learn(outcome):
            self.model.delete(one, now_ms, outcome[0] if outcome else "unanswered")

        return lambda: self.server.sqs.delete_message(**key), learn

    def _change_visibility(self, _rules):
        one = self.random.choice(self.held)
        timeout_s = self.random.choice((0, 1, 100))
        self.log.append(f"change {one.body} {one.count} to {timeout_s}")
        key = {"QueueUrl": self.urls[one.queue], "ReceiptHandle": one.receipt, "VisibilityTimeout": timeout_s}
        now_ms = self.server.now_ms

        def learn(outcome):
            kind = outcome[0] if outcome else "unanswered"
            self.model.change_visibility(one, timeout_s * 1_000, now_ms, kind)

        return lambda: self.server.sqs.change_message_visibility(**key), learn


async def test_whatever_is_answered_holds(seed, tmp_path, models):
    print(f"seed {seed}: repeat with  make simulate SEED={seed}")
    server = Server(tmp_path, models, seed)
    await server.start()
    simulation = Simulation(server, seed)
    try:
        await simulation.run(STEPS)
    except BaseException:
        print("\n".join(simulation.log[-40:]), f"\nnow {server.now_ms}")
        raise
    finally:
        with suppress(Exception):
            await server.stop()


def test_the_model_notices_a_lost_message():
    model = QueueModel(Rules("q"))
    model.send("q", "a", "", 0, 1_000)
    with pytest.raises(BrokenPromise, match="not received"):
        model.receive("q", 10, 30_000, [], 1_000)


def test_the_model_notices_a_message_that_comes_twice():
    model = QueueModel(Rules("q"))
    model.send("q", "a", "", 0, 1_000)
    model.receive("q", 1, 30_000, [Received("a", "q", 1)], 1_000)
    with pytest.raises(BrokenPromise, match=r"received from q at 30999 the 2\. time"):
        model.receive("q", 1, 30_000, [Received("a", "q", 2)], 30_999)


def test_the_model_notices_a_message_that_overtakes():
    model = QueueModel(Rules("q.fifo", is_fifo=True))
    model.send("q.fifo", "a", "g", 0, 1_000)
    model.send("q.fifo", "b", "g", 0, 1_000)
    with pytest.raises(BrokenPromise, match="overtaken by b"):
        model.receive("q.fifo", 1, 30_000, [Received("b", "q.fifo", 1)], 1_000)


def test_the_model_allows_either_after_an_unanswered_operation():
    model = QueueModel(Rules("q"))
    model.send("q", "a", "", 0, 1_000, certain=False)
    model.receive("q", 10, 30_000, [], 1_000)
    model.send("q", "b", "", 0, 1_000, certain=False)
    model.receive("q", 10, 30_000, [Received("b", "q", 1)], 1_000)
