"""The Runtime API's states: which call is allowed when, and what a refused one changes (nothing)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.compute.contract import Invocation
from sundog.compute.http1 import Request
from sundog.compute.runtime_api import RuntimeApi, State

NEXT = ("GET", "/2018-06-01/runtime/invocation/next")
INIT_ERROR = ("POST", "/2018-06-01/runtime/init/error")
RESPONSE = ("POST", "/2018-06-01/runtime/invocation/id/response")
ERROR = ("POST", "/2018-06-01/runtime/invocation/id/error")
RESTORE, RESTORE_ERROR = (
    ("GET", "/2018-06-01/runtime/restore/next"),
    ("POST", "/2018-06-01/runtime/restore/error"),
)
CALLS = {
    "next": NEXT, "init error": INIT_ERROR, "response": RESPONSE, "error": ERROR, "restore": RESTORE,
    "restore error": RESTORE_ERROR,
}  # fmt: skip


class Said:
    """An exchange whose answer is kept."""

    is_open = True

    def __init__(self, method, path, body=b"1", headers=None, **more):
        self.request = Request(method, path, headers or {}, body, **more)
        self.status, self.body, self.headers = None, b"", ""

    def answer(self, status, body=b"", headers="", content_type=""):
        assert self.status is None, "one answer to one call"
        self.status, self.body, self.headers = status, body, headers


class Runtime:
    """A runtime's side, and what the environment heard."""

    def __init__(self):
        self.api = RuntimeApi(self)
        self.api.takes_snapshot = True
        self.heard = []

    def on_idle(self):
        self.heard.append("idle")

    def on_snapshot(self):
        self.heard.append("snapshot")

    def on_answer(self, answer):
        self.heard.append(answer)

    def on_init_error(self, answer):
        self.heard.append("init error")

    def call(self, method, path, *args, **more):
        said = Said(method, path, *args, **more)
        self.api.handle(said)
        return said

    def deliver(self, **more):
        self.api.deliver(Invocation("id", b"{}", "arn", **more), 99)

    def reach(self, state):
        if state is State.FAILED:
            self.call(*INIT_ERROR)
        elif state in (State.SNAPSHOT, State.RESTORING):
            self.call(*RESTORE)
            if state is State.RESTORING:
                self.api.restore()
        elif state is not State.STARTING:
            self.waiting = self.call(*NEXT)
            if state in (State.BUSY, State.ANSWERED):
                self.deliver()
            if state is State.ANSWERED:
                self.call(*RESPONSE)


ALLOWED = {
    ("next", State.STARTING): State.IDLE,
    ("next", State.IDLE): State.IDLE,
    ("next", State.ANSWERED): State.IDLE,
    ("next", State.RESTORING): State.IDLE,
    ("restore", State.STARTING): State.SNAPSHOT,
    ("restore error", State.STARTING): State.FAILED,
    ("restore error", State.RESTORING): State.FAILED,
    ("init error", State.STARTING): State.FAILED,
    ("response", State.BUSY): State.ANSWERED,
    ("error", State.BUSY): State.ANSWERED,
}


@pytest.mark.parametrize("state", list(State), ids=lambda s: s.name)
@pytest.mark.parametrize("call", list(CALLS))
def test_a_call_moves_the_state_or_is_refused_and_moves_nothing(call, state):
    runtime = Runtime()
    runtime.reach(state)
    heard = len(runtime.heard)
    said = runtime.call(*CALLS[call])
    target = ALLOWED.get((call, state))
    if target is not None:
        assert runtime.api.state is target
        assert said.status in (None, 202)
    else:
        assert runtime.api.state is state
        assert len(runtime.heard) == heard
        expected = {403: "InvalidStateTransition", 400: "InvalidRequestID"}
        assert json.loads(said.body)["errorType"] == expected[said.status]


@given(calls=st.lists(st.sampled_from([*CALLS, "deliver"]), max_size=12))
def test_in_any_order_every_call_is_answered_once_or_waits(calls):
    runtime = Runtime()
    for call in calls:
        if call != "deliver":
            said = runtime.call(*CALLS[call])
            assert said.status in (None, 202, 400, 403)
            assert (said.status is None) == (said is runtime.api._waiting)
        elif runtime.api.is_idle:
            runtime.deliver()


def test_a_runtime_of_which_no_snapshot_is_taken_is_restored_at_once():
    runtime = Runtime()
    runtime.api.takes_snapshot = False
    assert runtime.call(*RESTORE).status == 200
    runtime.call(*NEXT)
    assert runtime.api.is_idle


def test_an_invocation_comes_with_aws_headers_and_without_the_empty_ones():
    runtime = Runtime()
    waiting = runtime.call(*NEXT)
    runtime.deliver(trace_header="Root=1", client_context='{"a":"ä"}\r\nX-Evil: 1', tenant_id="t")
    assert waiting.headers.encode("latin-1").decode() == (
        "Lambda-Runtime-Aws-Request-Id: id\r\nLambda-Runtime-Deadline-Ms: 99\r\n"
        "Lambda-Runtime-Invoked-Function-Arn: arn\r\nLambda-Runtime-Trace-Id: Root=1\r\n"
        'Lambda-Runtime-Client-Context: {"a":"ä"} X-Evil: 1\r\nLambda-Runtime-Aws-Tenant-Id: t\r\n'
    )


def test_a_runtime_that_lost_its_connection_gets_the_invocation_on_the_next_one():
    runtime = Runtime()
    runtime.call(*NEXT).is_open = False
    runtime.deliver()
    assert runtime.call(*NEXT).status == 200


def test_a_response_that_was_cut_off_is_an_error():
    runtime = Runtime()
    runtime.reach(State.BUSY)
    said = runtime.call(*RESPONSE, is_truncated=True)
    assert said.status == 400
    assert runtime.heard[-1].error_type == "Runtime.TruncatedResponse"


def test_reset_begins_anew():
    runtime = Runtime()
    runtime.reach(State.BUSY)
    runtime.api.reset()
    assert runtime.api.state is State.STARTING
    assert runtime.call(*RESPONSE).status == 400
