"""What ``sundog debug`` says: where to attach, and what to put into an editor's settings."""

import json

import pytest

from sundog.cli.debugging import CannotDebug, begin, end

WHERE = {"host": "127.0.0.1", "port": 5678}
ARN = "arn:aws:lambda:us-east-1:000000000000:function:orders"


class Server:
    """Answers everything with ``answer`` and remembers what it was asked."""

    def __init__(self, **answer):
        self.answer, self.asked = answer, []

    def post(self, _path, body):
        self.asked.append(body)
        return self.answer


@pytest.mark.parametrize(("runtime", "kind"), [("python3.12", "debugpy"), ("nodejs22.x", "node")])
def test_the_settings_of_an_editor_are_printed_as_json(runtime, kind):
    server = Server(function=ARN, runtime=runtime, debugger=WHERE)
    first, *_, settings = begin(server, "orders", None, wait=False, freeze=False)
    assert first.startswith("orders runs under a debugger on 127.0.0.1:5678")
    launch = json.loads(settings)
    assert (launch["type"], launch["request"]) == (kind, "attach")
    assert "/var/task" in settings


def test_the_function_runs_without_a_debugger_in_the_end():
    server = Server(function=ARN, debugger=None)
    end(server, "orders")
    assert server.asked == [{"function": "orders", "stop": True}]


def test_what_the_server_refuses_is_said_in_its_words():
    with pytest.raises(CannotDebug, match="debugpy is missing"):
        list(begin(Server(error="debugpy is missing"), "orders", None, wait=False, freeze=False))
