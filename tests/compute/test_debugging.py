"""Functions under a debugger: a client of the Debug Adapter Protocol stops them and lets them go on."""

import asyncio
import json
import urllib.request

import pytest

from sundog.clock import Clock
from sundog.compute.contract import Debugger, FunctionSpec
from sundog.compute.debugging import DebuggingDesk, undebuggable
from sundog.compute.interpreters import Interpreters
from sundog.testing.process import free_port

pytest.importorskip("debugpy")

SOURCE = "def handler(event, context):\n    seen = event + 1\n    return seen\n"


class Adapter:
    """The debugger's side of the protocol: requests with their answers, events as they come."""

    def __init__(self, reader, writer):
        self.reader, self.writer, self.count = reader, writer, 0
        self.messages = []

    async def send(self, command, **arguments):
        self.count += 1
        body = json.dumps(
            {"seq": self.count, "type": "request", "command": command, "arguments": arguments}
        ).encode()
        self.writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        return self.count

    async def until(self, wanted):
        """The first message, also of those that came already, that is wanted."""
        async with asyncio.timeout(10):
            while True:
                for message in self.messages:
                    if wanted(message):
                        self.messages.remove(message)
                        return message
                head = await self.reader.readuntil(b"\r\n\r\n")
                size = int(head.lower().partition(b"content-length:")[2].split()[0])
                self.messages.append(json.loads(await self.reader.readexactly(size)))

    async def ask(self, command, **arguments):
        number = await self.send(command, **arguments)
        answer = await self.until(lambda m: m.get("request_seq") == number)
        assert answer["success"], answer
        return answer.get("body") or {}

    async def close(self):
        self.writer.close()
        await self.writer.wait_closed()

    async def event(self, name):
        return (await self.until(lambda m: m.get("event") == name)).get("body")


async def attach(port, breakpoint_line):
    adapter = Adapter(*await asyncio.open_connection("127.0.0.1", port))
    await adapter.ask("initialize", adapterID="test", pathFormat="path")
    attached = await adapter.send("attach", pathMappings=[{"localRoot": "/mine", "remoteRoot": "/var/task"}])
    await adapter.event("initialized")
    lines = [{"line": breakpoint_line}]
    await adapter.ask("setBreakpoints", source={"path": "/mine/app.py"}, breakpoints=lines)
    await adapter.ask("configurationDone")
    await adapter.until(lambda m: m.get("request_seq") == attached)
    return adapter


@pytest.mark.walls
async def test_a_breakpoint_holds_the_invocation_and_its_timeout(yard):
    port = free_port()
    spec = yard.python(SOURCE, timeout_s=1, debugger=Debugger(port))
    assert await yard.engine.keep(spec, 1) == 1
    adapter = await attach(port, 3)
    running = asyncio.ensure_future(yard.invoke(spec, 41))
    stopped = await adapter.event("stopped")
    frames = (await adapter.ask("stackTrace", threadId=stopped["threadId"]))["stackFrames"]
    assert (frames[0]["name"], frames[0]["source"]["path"]) == ("handler", "/mine/app.py")
    seen = await adapter.ask("evaluate", expression="seen", frameId=frames[0]["id"])
    assert seen["result"] == "42"
    await asyncio.sleep(1.1)  # more than the function's whole time
    assert not running.done()
    await adapter.ask("continue", threadId=stopped["threadId"])
    assert (await running).value == 42
    await adapter.close()
    await yard.engine.keep(spec, 0)
    await yard.engine.retire(spec.arn)


@pytest.mark.walls
async def test_an_init_that_waits_begins_when_a_debugger_has_attached(yard):
    port = free_port()
    spec = yard.python(SOURCE, debugger=Debugger(port, waits=True))
    running = asyncio.ensure_future(yard.invoke(spec, 1))
    async with asyncio.timeout(10):
        while True:
            try:
                adapter = await attach(port, 2)
                break
            except OSError:
                await asyncio.sleep(0.02)
    stopped = await adapter.event("stopped")
    await adapter.ask("continue", threadId=stopped["threadId"])
    assert (await running).value == 2
    await adapter.close()
    await yard.engine.retire(spec.arn)


async def test_invocations_share_the_one_environment_and_other_code_takes_its_port(yard):
    port = free_port()
    source = "import os\ndef handler(event, context):\n    return [event, os.getpid()]\n"
    first = yard.python(source, debugger=Debugger(port))
    answers = await asyncio.gather(*(yard.invoke(first, n) for n in range(3)))
    assert sorted(ran.value[0] for ran in answers) == [0, 1, 2]
    assert len({ran.value[1] for ran in answers}) == 1
    second = yard.python("def handler(event, context):\n    return 'second'\n", debugger=Debugger(port))
    assert (await yard.invoke(second)).value == "second"
    await yard.engine.retire(second.arn)


async def test_node_listens_for_an_inspector(yard):
    if Interpreters().node is None:
        pytest.skip("no Node.js here")
    port = free_port()
    spec = yard.node("exports.handler = async (event) => event;", debugger=Debugger(port))
    assert (await yard.invoke(spec, "here")).value == "here"

    def targets():
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=5) as answer:
            return json.load(answer)

    (target,) = await asyncio.to_thread(targets)
    assert target["type"] == "node"
    await yard.engine.retire(spec.arn)


async def test_the_clock_stands_still_where_that_is_asked_for():
    clock = Clock()
    spec = FunctionSpec(
        "arn", "f", "1", "1", "0", "r", "python3.11", "a.b", None, 128, 3, debugger=Debugger(1, False, True)
    )
    async with DebuggingDesk(clock).stopped_clock(spec):
        assert clock.is_frozen
    assert not clock.is_frozen


def test_without_debugpy_the_remedy_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert "pip install debugpy" in undebuggable("python3.12", False)
    assert undebuggable("python3.12", True) == "", "the bundle brings its own"


def test_what_cannot_be_debugged_is_told_with_the_remedy():
    assert "only Python and Node.js" in undebuggable("provided.al2023", False)
    assert undebuggable("nodejs20.x", False) == ""
    assert undebuggable("python3.12", True) == ""
