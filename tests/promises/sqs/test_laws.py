"""Laws of queues, tried with random histories: FIFO against a model, standard queues for loss."""

import asyncio

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from sundog.config import Config
from sundog.ids import SeededIds
from sundog.testing.world import World

VISIBILITY_S = 10
WINDOW_MS = 300_000
SETTINGS = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


class History(RuleBasedStateMachine):
    """A world of its own, driven from Hypothesis's synchronous rules."""

    attributes: dict[str, str]
    name: str

    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner()
        self.world = World(Config(port=0, ephemeral=True), ids=SeededIds(1))
        self.run(self.world.__aenter__())
        self.sqs, self.clock = self.world.client("sqs"), self.world.clock
        attributes = {"VisibilityTimeout": str(VISIBILITY_S), **self.attributes}
        self.url = self.run(self.sqs.create_queue(QueueName=self.name, Attributes=attributes))["QueueUrl"]
        self.sent = 0
        self.handles = {}

    def run(self, awaitable):
        async def step():
            return await awaitable

        return self.runner.run(step())

    def receive_some(self, count):
        answer = self.run(self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=count))
        messages = answer.get("Messages", [])
        self.handles.update({message["Body"]: message["ReceiptHandle"] for message in messages})
        return [message["Body"] for message in messages]

    def teardown(self):
        self.run(self.world.__aexit__(None, None, None))
        self.runner.close()

    @rule(seconds=st.integers(1, 15))
    def wait(self, seconds):
        self.run(self.clock.advance(seconds * 1_000))


class Fifo(History):
    """Every group is a list; what is received is the part of it before its first hidden message."""

    name, attributes = "law.fifo", {"FifoQueue": "true"}

    def __init__(self):
        super().__init__()
        self.groups = {}
        self.hidden_until = {}
        self.seen_ids = {}

    def ready(self):
        now_ms = self.clock.now_ms()
        for group in self.groups.values():
            for body in group:
                if self.hidden_until.get(body, 0) > now_ms:
                    break
                yield body

    @rule(group=st.sampled_from("abc"), again=st.booleans())
    def send(self, group, again):
        """A repeated deduplication id is accepted and not delivered; a new one goes to the group's end."""
        self.sent += not again
        body = str(self.sent)
        now_ms = self.clock.now_ms()
        self.run(
            self.sqs.send_message(
                QueueUrl=self.url, MessageBody=body, MessageGroupId=group, MessageDeduplicationId=body
            )
        )
        if self.seen_ids.get(body, -WINDOW_MS) + WINDOW_MS <= now_ms and body not in self.seen_ids:
            self.seen_ids[body] = now_ms
            self.groups.setdefault(group, []).append(body)

    @rule(count=st.integers(1, 10))
    def receive(self, count):
        ready = list(self.ready())
        got = self.receive_some(count)
        assert len(got) == len(set(got)) == min(count, len(ready))
        for group in self.groups.values():
            of_group = [body for body in got if body in group]
            assert of_group == group[: len(of_group)], "a group comes from its beginning, in order"
        assert set(got) <= set(ready)
        self.hidden_until.update(dict.fromkeys(got, self.clock.now_ms() + VISIBILITY_S * 1_000))

    def in_flight(self):
        now_ms = self.clock.now_ms()
        return sorted(body for body, until_ms in self.hidden_until.items() if until_ms > now_ms)

    @precondition(lambda self: self.in_flight())
    @rule(data=st.data())
    def delete(self, data):
        body = data.draw(st.sampled_from(self.in_flight()))
        self.run(self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=self.handles[body]))
        del self.hidden_until[body]
        for group in self.groups.values():
            if body in group:
                group.remove(body)

    @precondition(lambda self: self.in_flight())
    @rule(data=st.data(), seconds=st.integers(0, 20))
    def change_visibility(self, data, seconds):
        body = data.draw(st.sampled_from(self.in_flight()))
        self.run(
            self.sqs.change_message_visibility(
                QueueUrl=self.url, ReceiptHandle=self.handles[body], VisibilityTimeout=seconds
            )
        )
        self.hidden_until[body] = self.clock.now_ms() + seconds * 1_000


class Standard(History):
    """What was sent and not deleted comes, again and again, until it is deleted."""

    name, attributes = "law", {}

    def __init__(self):
        super().__init__()
        self.kept = set()

    @rule(count=st.integers(1, 10), delay=st.integers(0, 5))
    def send(self, count, delay):
        bodies = [str(self.sent + number) for number in range(count)]
        self.sent += count
        entries = [{"Id": body, "MessageBody": body, "DelaySeconds": delay} for body in bodies]
        self.run(self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries))
        self.kept.update(bodies)

    @rule(count=st.integers(1, 10))
    def receive(self, count):
        assert set(self.receive_some(count)) <= self.kept

    @precondition(lambda self: set(self.handles) & self.kept)
    @rule(data=st.data())
    def delete(self, data):
        body = data.draw(st.sampled_from(sorted(set(self.handles) & self.kept)))
        self.run(self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=self.handles[body]))
        self.kept.discard(body)

    @rule()
    def collect(self):
        """After everything has become visible, everything that is kept comes."""
        self.wait(VISIBILITY_S + 5)
        found = set()
        while batch := self.receive_some(10):
            found.update(batch)
        assert found == self.kept


TestFifo = Fifo.TestCase
TestFifo.settings = SETTINGS
TestStandard = Standard.TestCase
TestStandard.settings = SETTINGS
