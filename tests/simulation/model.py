"""What SQS may do, as a model: for each message the set of states it can be in.

An answered operation narrows the sets, one that was under way when the server died widens them. A set that
becomes empty is a broken promise: something was lost, doubled, reordered, hidden or shown at a wrong time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

DEDUPLICATION_MS = 300_000


class BrokenPromise(AssertionError):
    """The server did what it must never do."""


@dataclass(frozen=True)
class Rules:
    """A queue as it was created."""

    name: str
    is_fifo: bool = False
    visibility_ms: int = 30_000
    retention_ms: int = 4 * 86_400_000
    dead_letter: str = ""
    count_max: int = 0


@dataclass(frozen=True)
class State:
    """Where a message is. A message that is gone has no State but None."""

    queue: str
    visible_ms: int
    count: int
    sent_ms: int


@dataclass
class Message:
    body: str
    queue: str
    group: str
    order: int
    states: set[State | None] = field(default_factory=set)


@dataclass(frozen=True)
class Received:
    """A message as a receiver got it; with its receipt it can be deleted."""

    body: str
    queue: str
    count: int
    receipt: str = ""


class QueueModel:
    def __init__(self, *rules: Rules) -> None:
        self.rules = {one.name: one for one in rules}
        self.messages: dict[str, Message] = {}

    # What may happen

    def send(self, queue, body, group, delay_ms, now_ms, *, certain=True):
        message = Message(body, queue, group, len(self.messages))
        message.states = {State(queue, now_ms + delay_ms, 0, now_ms)} | (set() if certain else {None})
        self.messages[body] = message

    def receive(self, queue, asked, visibility_ms, answer, now_ms):
        """``answer`` was received, in this order, by who asked for ``asked`` messages."""
        self._check_order(queue, [one.body for one in answer], now_ms)
        got = {one.body for one in answer}
        for one in answer:
            self._take(one, visibility_ms, now_ms)
        rest = [message for message in self.messages.values() if message.body not in got]
        buried = [self._may_bury(message, queue, now_ms) for message in rest]
        if len(answer) < asked and not any(buried):
            self._check_nothing_left(queue, rest, got, now_ms)

    def receive_unanswered(self, queue, visibility_ms, now_ms):
        for message in self.messages.values():
            message.states |= {
                replace(state, visible_ms=now_ms + visibility_ms, count=state.count + 1)
                for state in message.states
                if self._is_receivable(state, queue, now_ms)
            }
            self._may_bury(message, queue, now_ms)

    def delete(self, one, now_ms, outcome):
        """``outcome``: "done", "refused", or "unanswered"."""
        is_fifo = self.rules[one.queue].is_fifo

        def after(state):
            if state is None or state.queue != one.queue:
                return {"done": state}
            if not self._is_there(state, one.queue, now_ms):
                return {"done": None, "refused": state}  # expired: whether it was swept is no promise
            is_out = state.count == one.count and state.visible_ms > now_ms
            return {"done": None} if is_out or not is_fifo else {"refused": state}

        self._apply(one.body, outcome, after)

    def change_visibility(self, one, timeout_ms, now_ms, outcome):
        is_fifo = self.rules[one.queue].is_fifo

        def after(state):
            if state is None or state.queue != one.queue:
                return {"refused": state}
            if not self._is_there(state, one.queue, now_ms):
                return {"done": state, "refused": state}
            if state.count == one.count and state.visible_ms > now_ms:
                return {"done": replace(state, visible_ms=now_ms + timeout_ms)}
            return {"refused": state} if is_fifo else {"done": state}

        self._apply(one.body, outcome, after)

    # How sets change

    def _apply(self, body, outcome, after):
        message = self.messages[body]
        if outcome == "unanswered":
            message.states |= {state for old in message.states for state in after(old).values()}
            return
        self._narrow(message, {a[outcome] for old in message.states if outcome in (a := after(old))}, outcome)

    def _narrow(self, message, states, why):
        if not states:
            raise BrokenPromise(f"{message.body}: {why}, but it could only be {message.states}")
        message.states = states

    def _take(self, one, visibility_ms, now_ms):
        message = self.messages.get(one.body)
        if message is None:
            raise BrokenPromise(f"{one.body} was received and never sent")
        states = {
            replace(state, visible_ms=now_ms + visibility_ms, count=state.count + 1)
            for state in message.states
            if self._is_receivable(state, one.queue, now_ms)
            and state.count + 1 == one.count
            and not self._is_due_for_burial(state)
        }
        self._narrow(message, states, f"received from {one.queue} at {now_ms} the {one.count}. time")

    def _may_bury(self, message, queue, now_ms):
        """Whether ``message`` may have gone to the dead-letter queue in this receive."""
        rules = self.rules[queue]
        buried = {
            State(rules.dead_letter, now_ms, state.count, now_ms if rules.is_fifo else state.sent_ms)
            for state in message.states
            if self._is_receivable(state, queue, now_ms) and self._is_due_for_burial(state)
        }
        message.states |= buried
        return bool(buried)

    def _is_due_for_burial(self, state):
        rules = self.rules[state.queue]
        return bool(rules.dead_letter) and state.count >= rules.count_max

    def _is_there(self, state, queue, now_ms):
        return (
            state is not None
            and state.queue == queue
            and state.sent_ms > now_ms - self.rules[queue].retention_ms
        )

    def _is_receivable(self, state, queue, now_ms):
        return self._is_there(state, queue, now_ms) and state.visible_ms <= now_ms

    # What must not happen

    def _check_nothing_left(self, queue, rest, got, now_ms):
        """The receiver got fewer than they asked for: nothing else can have been there to be received."""
        if self.rules[queue].is_fifo:
            self._check_no_group_left(queue, got, now_ms)
            return
        for message in rest:
            left = {state for state in message.states if not self._is_receivable(state, queue, now_ms)}
            self._narrow(message, left, f"not received from {queue} at {now_ms} though there was room")

    def _check_no_group_left(self, queue, got, now_ms):
        strangers = {
            message.group
            for message in self.messages.values()
            if message.queue != queue and any(state and state.queue == queue for state in message.states)
        }  # buried here: what stands before what in their groups is not followed
        own = {message.group for message in self.messages.values() if message.queue == queue}
        for group in sorted(own - strangers):
            for message in self._in_order(queue, group):
                if not any(self._is_there(state, queue, now_ms) for state in message.states):
                    continue
                if message.body not in got and all(
                    self._is_receivable(state, queue, now_ms) for state in message.states
                ):
                    raise BrokenPromise(f"{message.body} is first in {group} and was not received: {now_ms}")
                break

    def _in_order(self, queue, group):
        own = [m for m in self.messages.values() if m.queue == queue and m.group == group]
        return sorted(own, key=lambda message: message.order)

    def _check_order(self, queue, bodies, now_ms):
        """Of a group, a message comes only when all before it are gone, or come in the same answer."""
        if not self.rules[queue].is_fifo:
            return
        for position, body in enumerate(bodies):
            message = self.messages.get(body)
            if message is None or message.queue != queue:
                continue  # never sent: told elsewhere; in a dead-letter queue the order is that of burial
            for earlier in self._in_order(queue, message.group):
                if earlier.order >= message.order:
                    break
                if earlier.body not in bodies[:position]:
                    gone = {s for s in earlier.states if not self._is_there(s, queue, now_ms)}
                    buried = {s for s in earlier.states if s is not None and self._is_due_for_burial(s)}
                    self._narrow(earlier, gone | buried, f"overtaken by {body} at {now_ms}")
