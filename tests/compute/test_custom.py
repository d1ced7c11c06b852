"""Custom runtimes: whatever is called bootstrap and speaks the Runtime API, here in bash and Python."""

# ruff: noqa: E501 (programs in strings)
import json

import pytest

from sundog.clock import Clock
from sundog.compute.response_stream import ResponseStream

BASH = r"""#!/bin/bash
# A runtime in nothing but bash: /dev/tcp and the Runtime API
host=${AWS_LAMBDA_RUNTIME_API%:*} port=${AWS_LAMBDA_RUNTIME_API#*:} api=/2018-06-01/runtime
call() { # METHOD PATH BODY -> headers and body in $reply
  exec 3<>/dev/tcp/$host/$port
  printf '%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s' "$1" "$2" ${#3} "$3" >&3
  reply=$(cat <&3); exec 3<&-
}
while :; do
  call GET $api/invocation/next
  id=$(grep -i '^Lambda-Runtime-Aws-Request-Id' <<<"$reply" | cut -d' ' -f2 | tr -d '\r')
  echo "serving $id"
  call POST $api/invocation/$id/response "{\"handler\":\"$_HANDLER\",\"event\":$(tail -n1 <<<"$reply")}"
done
"""

PYTHON = """#!/usr/bin/python3
import http.client, json, os
def call(method, path, body=None, headers={}):
    connection = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()
RUNTIME = '/2018-06-01/runtime/'
def next(): return call('GET', RUNTIME + 'invocation/next')
"""


async def test_a_runtime_in_bash_answers(yard):
    spec = yard.custom(BASH, timeout_s=5)
    ran = await yard.invoke(spec, {"a": 1})
    assert ran.value == {"handler": "app.handler", "event": {"a": 1}}
    assert f"serving {ran.request_id}\n" in ran.tail
    assert (await yard.invoke(spec, 2)).value["event"] == 2


async def test_a_custom_runtime_finds_no_execution_environment_variable(yard):
    spec = yard.custom(BASH.replace("$_HANDLER", "${AWS_EXECUTION_ENV-none}"), timeout_s=5)
    assert (await yard.invoke(spec, 1)).value["handler"] == "none"


async def test_a_bundle_without_bootstrap_is_an_invalid_entrypoint(yard):
    spec = yard.deploy({"other": ""}, "provided.al2023")
    ran = await yard.invoke(spec)
    assert ran.value == {
        "errorType": "Runtime.InvalidEntrypoint",
        "errorMessage": f"RequestId: {ran.request_id} Error: "
        "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
    }


@pytest.mark.walls
async def test_a_bootstrap_that_cannot_be_executed_is_an_invalid_entrypoint(yard):
    ran = await yard.invoke(yard.custom("no program at all"))
    assert ran.value["errorType"] == "Runtime.InvalidEntrypoint"
    assert ran.value["errorMessage"] == (
        f"RequestId: {ran.request_id} Error: fork/exec /var/task/bootstrap: exec format error"
    )
    missing = await yard.invoke(yard.custom("#!/no/such/interpreter\n"))
    assert missing.value["errorMessage"].endswith("fork/exec /var/task/bootstrap: no such file or directory")


async def test_calls_at_the_wrong_moment_get_aws_refusals(yard):
    spec = yard.custom(
        PYTHON
        + """
import sys
status, headers, body = next()
id = headers['Lambda-Runtime-Aws-Request-Id']
seen = [
    next(), call('POST', RUNTIME + 'invocation/nobody/response', '1'), call('POST', RUNTIME + 'init/error', '{}'),
    call('GET', '/2018-06-01/nothing'), call('DELETE', RUNTIME + 'invocation/next'), call('GET', '/'),
    call('POST', RUNTIME + f'invocation/{id}/response', '1', {'Lambda-Runtime-Function-Response-Mode': 'other'}),
]
call('POST', RUNTIME + f'invocation/{id}/response', json.dumps([[s, b.decode()] for s, _, b in seen]))
again = call('POST', RUNTIME + f'invocation/{id}/response', '1')
print('again', again[0], again[2].decode(), flush=True)
while True: next()
""",
        timeout_s=5,
    )
    ran = await yard.invoke(spec)
    statuses = [status for status, _ in ran.value]
    assert statuses == [403, 400, 403, 404, 405, 404, 400]
    assert json.loads(ran.value[0][1])["errorType"] == "InvalidStateTransition"
    assert json.loads(ran.value[1][1]) == {
        "errorMessage": "Invalid request ID",
        "errorType": "InvalidRequestID",
    }
    assert json.loads(ran.value[6][1])["errorType"] == "InvalidFunctionResponseMode"
    assert "again 403" in ran.tail


async def test_an_error_a_runtime_reports_is_handed_on_as_it_is(yard):
    spec = yard.custom(
        PYTHON
        + """
while True:
    id = next()[1]['Lambda-Runtime-Aws-Request-Id']
    call('POST', RUNTIME + f'invocation/{id}/error', '{"errorMessage":"mine","errorType":"Own.Type"}',
         {'Lambda-Runtime-Function-Error-Type': 'Own.Type'})
""",
        timeout_s=5,
    )
    ran = await yard.invoke(spec)
    assert ran.outcome.function_error == "Unhandled"
    assert ran.value == {"errorMessage": "mine", "errorType": "Own.Type"}


async def test_an_init_error_a_runtime_reports_is_the_answer(yard):
    spec = yard.custom(
        PYTHON
        + """
call('POST', RUNTIME + 'init/error', '{"errorMessage":"cannot","errorType":"Own.Init"}',
     {'Lambda-Runtime-Function-Error-Type': 'Runtime.OwnInit'})
raise SystemExit(1)
""",
        timeout_s=5,
    )
    ran = await yard.invoke(spec)
    assert ran.value == {"errorMessage": "cannot", "errorType": "Own.Init"}
    assert "INIT_REPORT" in ran.tail


async def test_a_streamed_response_with_an_error_in_its_trailer_is_an_error(yard):
    spec = yard.custom(
        PYTHON
        + """
import base64, socket
host, port = os.environ['AWS_LAMBDA_RUNTIME_API'].split(':')
while True:
    _, headers, event = next()
    id = headers['Lambda-Runtime-Aws-Request-Id']
    connection = socket.create_connection((host, int(port)))
    trailer = ''
    if event == b'true':
        text = base64.b64encode(b'{"errorMessage":"midway"}').decode()
        trailer = f'Lambda-Runtime-Function-Error-Type: Own.Midway\\r\\nLambda-Runtime-Function-Error-Body: {text}\\r\\n'
    connection.sendall((f'POST {RUNTIME}invocation/{id}/response HTTP/1.1\\r\\nHost: x\\r\\nTransfer-Encoding: chunked\\r\\n'
        'Lambda-Runtime-Function-Response-Mode: streaming\\r\\nConnection: close\\r\\n'
        'Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\\r\\n\\r\\n'
        f'2\\r\\nab\\r\\n1\\r\\nc\\r\\n0\\r\\n{trailer}\\r\\n').encode())
    while connection.recv(4096): pass
""",
        timeout_s=5,
    )
    stream = ResponseStream(Clock(), 100)
    taken = await yard.invoke(spec, True, stream=stream)
    stream.close()
    assert [chunk async for chunk in stream.chunks()] == [b"ab", b"c"]
    assert taken.value == {"errorMessage": "midway"}
    good = await yard.invoke(spec, False)
    assert (good.outcome.payload, good.outcome.function_error) == (b"abc", None)
    bad = await yard.invoke(spec, True)
    assert bad.outcome.function_error == "Unhandled"
    assert bad.outcome.error_type == "Function.Unknown"
