"""Extensions: external processes from a layer, subscriptions to telemetry, and AWS's times at the end."""

# ruff: noqa: E501 (programs in strings)
import asyncio
import json

import pytest

CLIENT = """#!/usr/bin/python3 -u
import http.client, http.server, json, os, sys, threading, time
API = os.environ['AWS_LAMBDA_RUNTIME_API']
NAME = os.path.basename(sys.argv[0])
def call(method, path, body=None, headers={}):
    connection = http.client.HTTPConnection(API)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode()
def register(events, **headers):
    return call('POST', '/2020-01-01/extension/register', json.dumps({'events': events}),
                {'Lambda-Extension-Name': NAME, **headers})
def next(id):
    return json.loads(call('GET', '/2020-01-01/extension/event/next', None, {'Lambda-Extension-Identifier': id})[2])
"""

LOOP = (
    CLIENT
    + """
status, headers, body = register(['INVOKE', 'SHUTDOWN'], **{'Lambda-Extension-Accept-Feature': 'accountId'})
print('registered', body)
id = headers['lambda-extension-identifier']
while True:
    event = next(id)
    print('event', json.dumps(event))
    if event['eventType'] == 'SHUTDOWN': sys.exit(0)
"""
)

HANDLER = "def handler(event, context):\n    return event\n"


def with_extension(yard, source, function=HANDLER, **more):
    layer = yard.layer({"extensions/watcher": source})
    return yard.python(function, layer_dirs=(layer,), **more)


async def until(condition, seconds=3.0):
    """Wait for what other processes do."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_an_extension_is_introduced_to_the_function_and_hears_of_each_invocation(yard):
    spec = with_extension(yard, LOOP)
    ran = await yard.invoke(spec, 1, trace_header="Root=1-2-3")
    assert ran.value == 1
    await yard.invoke(spec, 2)
    log = yard.log(spec)
    introduction = {
        "functionName": spec.name, "functionVersion": "$LATEST", "handler": "app.handler",
        "accountId": spec.account,
    }  # fmt: skip
    assert f"registered {json.dumps(introduction, separators=(',', ':'))}\n" in log
    assert "EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n" in log
    events = [json.loads(line[6:]) for line in yard.lines.of(spec) if line.startswith("event ")]
    assert [e["eventType"] for e in events] == ["INVOKE", "INVOKE"]
    assert events[0]["requestId"] == ran.request_id
    assert events[0]["invokedFunctionArn"] == spec.arn
    assert events[0]["tracing"] == {"type": "X-Amzn-Trace-Id", "value": "Root=1-2-3"}


async def test_shutdown_is_told_with_its_reason_and_waited_for(yard):
    spec = with_extension(yard, LOOP)
    await yard.invoke(spec)
    await yard.engine.retire(spec.arn)
    await until(lambda: '"eventType": "SHUTDOWN"' in yard.log(spec))
    (event,) = [json.loads(x[6:]) for x in yard.lines.of(spec) if "SHUTDOWN" in x and x.startswith("event ")]
    assert event["shutdownReason"] == "spindown"


async def test_a_timeout_shuts_extensions_down_with_that_reason(yard):
    spec = with_extension(yard, LOOP, "import time\ndef handler(e, c):\n    time.sleep(60)\n", timeout_s=1)
    ran = await yard.invoke(spec)
    assert ran.outcome.status == "timeout"
    assert '"shutdownReason": "timeout"' in yard.log(spec)


async def test_the_invocation_lasts_until_extensions_have_asked_for_the_next_event(yard):
    slow = LOOP.replace("    print('event'", "    time.sleep(0.2)\n    print('event'")
    spec = with_extension(yard, slow)
    ran = await yard.invoke(spec, 1)
    assert ran.value == 1
    assert ran.outcome.duration_ms >= 190


async def test_an_extension_that_ends_fails_the_environment(yard):
    spec = with_extension(yard, CLIENT + "register(['INVOKE'])\nsys.exit(4)\n")
    ran = await yard.invoke(spec)
    assert ran.value["errorType"] == "Extension.Crash"
    assert ran.outcome.function_error == "Unhandled"


async def test_an_extension_that_cannot_be_executed_is_a_launch_error(yard):
    spec = with_extension(yard, "nonsense")
    assert (await yard.invoke(spec)).value["errorType"] == "Extension.LaunchError"


async def test_an_extension_reports_that_it_cannot_start(yard):
    source = CLIENT + (
        "id = register(['INVOKE'])[1]['lambda-extension-identifier']\n"
        "print(call('POST', '/2020-01-01/extension/init/error', '{}', {'Lambda-Extension-Identifier': id,"
        " 'Lambda-Extension-Function-Error-Type': 'Extension.NoConfig'}))\ntime.sleep(60)\n"
    )
    ran = await yard.invoke(with_extension(yard, source))
    assert ran.value["errorType"] == "Extension.InitError"


async def test_bad_calls_of_extensions_are_refused_as_aws_does(yard):
    source = CLIENT + (
        "P = '/2020-01-01/extension/'\n"
        "R = lambda body, **h: json.loads(call('POST', P + 'register', body, h)[2])['errorType']\n"
        "seen = [R('{}'), R('{\"events\": [\"PAUSE\"]}', **{'Lambda-Extension-Name': NAME}),\n"
        "  R('no json', **{'Lambda-Extension-Name': NAME}),\n"
        "  R('{\"events\": [\"SHUTDOWN\"]}', **{'Lambda-Extension-Name': 'internal'}),\n"
        "  json.loads(call('GET', P + 'event/next')[2])['errorType'],\n"
        "  json.loads(call('GET', P + 'event/next', None, {'Lambda-Extension-Identifier': 'x'})[2])['errorType']]\n"
        "id = register(['INVOKE'])[1]['lambda-extension-identifier']\n"
        "seen.append(json.loads(register(['INVOKE'])[2])['errorType'])\n"
        "print('seen', json.dumps(seen))\n"
        "while True: next(id)\n"
    )
    spec = with_extension(yard, source)
    await yard.invoke(spec)
    (line,) = [line for line in yard.lines.of(spec) if line.startswith("seen ")]
    assert json.loads(line[5:]) == [
        "Extension.InvalidExtensionName", "Extension.InvalidEventType", "InvalidRequestFormat",
        "ShutdownEventNotSupportedForInternalExtension", "Extension.MissingExtensionIdentifier",
        "Extension.UnknownExtensionIdentifier", "Extension.AlreadyRegistered",
    ]  # fmt: skip


TELEMETRY = (
    CLIENT
    + """
got = []
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        got.extend(json.loads(self.rfile.read(int(self.headers['Content-Length']))))
        self.send_response(200); self.end_headers()
    def log_message(self, *args): pass
server = http.server.ThreadingHTTPServer(('sandbox.localdomain', 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
id = register(['INVOKE', 'SHUTDOWN'])[1]['lambda-extension-identifier']
status, _, body = call('PUT', '/2022-07-01/telemetry', json.dumps({
    'schemaVersion': '2022-07-01', 'types': ['platform', 'function'],
    'buffering': {'maxItems': 1000, 'maxBytes': 262144, 'timeoutMs': 25},
    'destination': {'protocol': 'HTTP', 'URI': f'http://sandbox.localdomain:{server.server_port}/here'},
}), {'Lambda-Extension-Identifier': id, 'Content-Type': 'application/json'})
bad = call('PUT', '/2022-07-01/telemetry', '{"types": ["other"]}', {'Lambda-Extension-Identifier': id})
print('subscribed', status, body, bad[0])
while next(id)['eventType'] != 'SHUTDOWN': pass
time.sleep(0.1)
print('telemetry', json.dumps(got))
"""
)


@pytest.mark.walls
async def test_a_subscriber_gets_platform_and_function_events_in_order(yard):
    spec = with_extension(yard, TELEMETRY, "def handler(e, c):\n    print('printed')\n    return 1\n")
    ran = await yard.invoke(spec)
    await yard.engine.retire(spec.arn)
    await until(lambda: "telemetry [" in yard.log(spec))
    assert "subscribed 200 OK 400\n" in yard.log(spec)
    assert "TELEMETRY\tName: watcher\tState: Subscribed\tTypes: [Platform, Function]\n" in yard.log(spec)
    (line,) = [line for line in yard.lines.of(spec) if line.startswith("telemetry [")]
    events = json.loads(line[10:])
    types = [event["type"] for event in events]
    wanted = [
        "platform.telemetrySubscription", "platform.initRuntimeDone", "platform.initReport", "platform.extension",
        "platform.start", "function", "platform.runtimeDone", "platform.report",
    ]  # fmt: skip
    assert sorted(types) == sorted([*wanted, "platform.initStart"]) or sorted(types) == sorted(wanted)
    assert [
        t for t in types if t in ("platform.start", "function", "platform.runtimeDone", "platform.report")
    ] == wanted[4:]
    printed = events[types.index("function")]
    assert printed["record"] == "printed\n"
    assert events[types.index("platform.report")]["record"]["requestId"] == ran.request_id


TCP = (
    CLIENT
    + """
import socket
listening = socket.create_server(('sandbox.localdomain', 0))
id = register(['INVOKE'])[1]['lambda-extension-identifier']
call('PUT', '/2022-07-01/telemetry', json.dumps({'types': ['function'], 'buffering': {'timeoutMs': 25},
    'destination': {'protocol': 'TCP', 'port': listening.getsockname()[1]}}), {'Lambda-Extension-Identifier': id})
next(id)
lines = listening.accept()[0].makefile()
print('over tcp', json.loads(lines.readline())['record'].strip())
while True: next(id)
"""
)


@pytest.mark.walls
async def test_a_tcp_subscriber_gets_an_event_a_line(yard):
    spec = with_extension(yard, TCP, "def handler(e, c):\n    print('printed')\n")
    await yard.invoke(spec)
    assert "over tcp printed\n" in yard.log(spec)


async def test_an_environment_that_broke_while_free_leaves_no_extension_of_before_behind(yard):
    spec = with_extension(
        yard,
        LOOP.replace("print('event'", "print(os.getpid(), 'event'"),
        "import threading, os\ndef handler(e, c):\n    if e: threading.Timer(0.001, os._exit, (1,)).start()\n    return 1\n",
    )
    await yard.invoke(spec, True)
    await asyncio.sleep(0.05)
    for _ in range(3):
        await yard.invoke(spec, False)
    invoked = [line.split()[0] for line in yard.lines.of(spec) if '"INVOKE"' in line]
    assert 2 <= len(set(invoked)) <= 3, invoked
    assert len(set(invoked[-2:])) == 1, "only one extension hears of an invocation"
    assert len(invoked) <= 4


@pytest.mark.walls
async def test_telemetry_of_an_invocation_has_its_spans_and_json_logs_are_objects(yard):
    source = TELEMETRY.replace("'schemaVersion': '2022-07-01'", "'schemaVersion': '2022-12-13'")
    spec = with_extension(
        yard,
        source,
        "import logging\nlogging.getLogger().setLevel('INFO')\n"
        "def handler(e, c):\n    logging.info('said')\n    return 'x' * 10\n",
        log_format="JSON",
        application_log_level="INFO",
        system_log_level="DEBUG",
    )
    await yard.invoke(spec, trace_header="Root=1-2-3;Sampled=1")
    await yard.engine.retire(spec.arn)
    await until(lambda: "telemetry [" in yard.log(spec))
    (line,) = [line for line in yard.lines.of(spec) if line.startswith("telemetry [")]
    events = {event["type"]: event["record"] for event in json.loads(line[10:])}
    assert events["function"]["message"] == "said"
    done = events["platform.runtimeDone"]
    assert [span["name"] for span in done["spans"]] == [
        "responseLatency",
        "responseDuration",
        "runtimeOverhead",
    ]
    assert all(span["durationMs"] >= 0 and span["start"].endswith("Z") for span in done["spans"])
    assert done["metrics"]["producedBytes"] == 12


async def test_internal_extensions_hear_of_invocations_and_get_500_ms_at_the_end(yard):
    source = (
        CLIENT.replace("#!/usr/bin/python3 -u\n", "").replace(
            "NAME = os.path.basename(sys.argv[0])", "NAME = 'inner'"
        )
        + "import signal\nheard = []\n"
        "def live():\n    id = register(['INVOKE'])[1]['lambda-extension-identifier']\n"
        "    started.set()\n    while True: heard.append(next(id)['eventType'])\n"
        "started = threading.Event()\nthreading.Thread(target=live, daemon=True).start()\nstarted.wait()\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('told to end'), sys.exit(0)))\n"
        "def handler(e, c):\n    return heard\n"
    )
    spec = yard.python(source)
    await yard.invoke(spec)
    assert (await yard.invoke(spec)).value[:1] == ["INVOKE"]
    assert "EXTENSION\tName: inner\tState: Ready\tEvents: [INVOKE]\n" in yard.log(spec)
    await yard.engine.retire(spec.arn)
    await until(lambda: "told to end" in yard.log(spec))
