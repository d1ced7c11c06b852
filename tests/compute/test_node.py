"""Node.js functions in real environments, where there is a Node."""

# ruff: noqa: E501 (programs in strings)

import asyncio
import json
import re

import pytest

from sundog.clock import Clock
from sundog.compute.interpreters import Interpreters
from sundog.compute.response_stream import ResponseStream

pytestmark = pytest.mark.skipif(Interpreters().node is None, reason="Node.js is not installed")


async def test_an_async_handler_answers_what_it_returns(yard):
    spec = yard.node(
        "exports.handler = async (event, context) => ({ got: event, id: context.awsRequestId });"
    )
    ran = await yard.invoke(spec, {"a": "ä"})
    assert ran.value == {"got": {"a": "ä"}, "id": ran.request_id}
    assert (await yard.invoke(spec, 1)).outcome.init_ms is None


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("exports.handler = (e, c, callback) => setTimeout(() => callback(null, 1), 5)", 1),
        ("exports.handler = (e, c) => c.succeed(2)", 2),
        ("exports.handler = (e, c) => { c.done(null, 3); }", 3),
        ("exports.handler = (e, c) => {}", None),
        ("exports.handler = async () => undefined", None),
        (
            "exports.handler = (e, c, cb) => { c.callbackWaitsForEmptyEventLoop = false; setInterval(() => {}, 1e6); cb(null, 4) }",
            4,
        ),
    ],
)
async def test_the_older_styles_of_handler_answer_too(yard, source, value):
    ran = await yard.invoke(yard.node(source))
    assert ran.outcome.function_error is None
    assert ran.value == value


@pytest.mark.parametrize(
    ("files", "handler"),
    [
        ({"app.mjs": "export const handler = async () => 'module';"}, "app.handler"),
        (
            {
                "package.json": '{"type": "module"}',
                "app.js": "const v = await Promise.resolve('module'); export const handler = async () => v;",
            },
            "app.handler",
        ),
        ({"src/app.cjs": "exports.deep = { handler: async () => 'module' };"}, "src/app.deep.handler"),
    ],
)
async def test_modules_of_each_kind_are_found(yard, files, handler):
    assert (await yard.invoke(yard.deploy(files, "nodejs20.x", handler=handler))).value == "module"


@pytest.mark.walls
async def test_an_error_has_its_type_message_and_trace(yard):
    ran = await yard.invoke(yard.node("exports.handler = async () => { throw new TypeError('no'); };"))
    assert ran.outcome.function_error == "Unhandled"
    assert ran.value["errorType"] == "TypeError"
    assert ran.value["errorMessage"] == "no"
    assert ran.value["trace"][:2] == ["TypeError: no", "    at exports.handler (/var/task/app.js:1:40)"] or (
        ran.value["trace"][1].strip().startswith("at ") and "/var/task/app.js:1:" in ran.value["trace"][1]
    )
    assert re.search(rf"Z\t{ran.request_id}\tERROR\tInvoke Error \t{{\"errorType\":\"TypeError\"", ran.tail)


async def test_what_is_thrown_without_being_an_error_is_told_by_its_type(yard):
    ran = await yard.invoke(yard.node("exports.handler = (e, c, cb) => cb('plain')"))
    assert ran.value == {"errorType": "string", "errorMessage": "plain", "trace": []}


async def test_a_missing_module_a_missing_handler_and_bad_syntax_have_aws_types(yard):
    missing = await yard.invoke(yard.node("require('nothing-of-this-name')"))
    unexported = await yard.invoke(yard.node("exports.other = 1"))
    syntax = await yard.invoke(yard.node("exports.handler = ("))
    assert missing.value["errorType"] == "Runtime.ImportModuleError"
    assert missing.value["errorMessage"].startswith(
        "Error: Cannot find module 'nothing-of-this-name'\nRequire stack:"
    )
    assert unexported.value["errorType"] == "Runtime.HandlerNotFound"
    assert unexported.value["errorMessage"] == "app.handler is undefined or not exported"
    assert syntax.value["errorType"] == "Runtime.UserCodeSyntaxError"


async def test_a_rejection_nobody_handles_ends_the_process_with_aws_type(yard):
    spec = yard.node(
        "exports.handler = async (e) => { if (e) return 'fine'; Promise.reject(new Error('lost'));"
        " await new Promise((r) => setTimeout(r, 1000)); };"
    )
    ran = await yard.invoke(spec)
    assert ran.value["errorType"] == "Runtime.UnhandledPromiseRejection"
    assert ran.value["errorMessage"] == "Error: lost"
    assert (await yard.invoke(spec, 1)).value == "fine"


async def test_console_lines_carry_time_request_and_level_and_stay_whole(yard):
    ran = await yard.invoke(
        yard.node("exports.handler = async () => { console.warn('two\\nlines', { a: 1 }); };")
    )
    (event,) = [line for (stream), lines in yard.lines.by_stream.items() for line in lines if "two" in line]
    assert re.fullmatch(rf"\S+Z\t{ran.request_id}\tWARN\ttwo\nlines {{ a: 1 }}", event.rstrip("\n"))


async def test_json_logs_are_objects_filtered_by_level(yard):
    spec = yard.node(
        "exports.handler = async () => { console.debug('quiet'); console.error('loud %d', 1); };",
        log_format="JSON",
        application_log_level="WARN",
        system_log_level="INFO",
    )
    ran = await yard.invoke(spec)
    records = [json.loads(line) for line in yard.lines.of(spec)]
    assert [r.get("type") or r["level"] for r in records] == [
        "platform.initStart", "platform.start", "ERROR", "platform.report",
    ]  # fmt: skip
    assert records[2]["message"] == "loud 1"
    assert records[2]["requestId"] == ran.request_id


async def test_a_streaming_handler_answers_what_it_wrote(yard):
    spec = yard.node(
        "exports.handler = awslambda.streamifyResponse(async (event, out) => {"
        " out.write('a'); await new Promise((r) => setTimeout(r, 5)); out.end('b'); });"
    )
    assert (await yard.invoke(spec)).outcome.payload == b"ab"


async def test_a_streamed_chunk_is_there_while_the_function_goes_on(yard):
    spec = yard.node(
        "exports.handler = awslambda.streamifyResponse(async (event, out) => {"
        " out.setContentType('text/html'); out.write('a');"
        " await new Promise((r) => setTimeout(r, 300)); out.end('b'); });"
    )
    stream = ResponseStream(Clock(), 100)
    running = asyncio.ensure_future(yard.invoke(spec, stream=stream))
    await stream.begun()
    chunks = stream.chunks()
    assert (await anext(chunks), running.done()) == (b"a", False)
    assert (await running).outcome.function_error is None
    stream.close()
    assert [chunk async for chunk in chunks] == [b"b"]
    assert stream.content_type == "text/html"
    assert (await yard.invoke(spec)).outcome.payload == b"ab"


async def test_a_stream_that_fails_midway_says_so_behind_what_it_wrote(yard):
    spec = yard.node(
        "exports.handler = awslambda.streamifyResponse(async (event, out) => {"
        " if (event) out.write('a'); throw new RangeError('midway'); });"
    )
    stream = ResponseStream(Clock(), 100)
    ran = await yard.invoke(spec, True, stream=stream)
    assert (stream.size, ran.outcome.function_error) == (1, "Unhandled")
    assert (ran.value["errorType"], ran.value["errorMessage"]) == ("RangeError", "midway")
    early = ResponseStream(Clock(), 100)
    ran = await yard.invoke(spec, False, stream=early)
    assert (early.has_begun, ran.value["errorType"]) == (False, "RangeError")


async def test_much_is_streamed_to_a_slow_reader_without_being_kept(yard):
    spec = yard.node(
        "const { pipeline } = require('stream/promises'); const { Readable } = require('stream');"
        "exports.handler = awslambda.streamifyResponse(async (event, out) => {"
        " await pipeline(Readable.from((function* () { for (let i = 0; i < 64; i++) yield Buffer.alloc(65536, 1); })()), out); });"
    )
    stream = ResponseStream(Clock(), 1 << 30)
    running = asyncio.ensure_future(yard.invoke(spec, stream=stream))
    await stream.begun()
    assert len(b"".join([chunk async for chunk in stream_until(running, stream)])) == 64 * 65536


async def stream_until(running, stream):
    running.add_done_callback(lambda _: stream.close())
    async for chunk in stream.chunks():
        await asyncio.sleep(0)
        yield chunk


async def test_a_response_beyond_its_limit_is_an_error(yard):
    spec = yard.node(
        "exports.handler = awslambda.streamifyResponse(async (event, out) => { out.end('abcd'); });"
    )
    ran = await yard.invoke(spec, stream=ResponseStream(Clock(), 3))
    assert ran.value["errorType"] == "Function.ResponseSizeTooLarge"


async def test_an_exception_that_nobody_caught_ends_the_stream_with_an_error(yard):
    spec = yard.node(
        "exports.handler = awslambda.streamifyResponse(async (event, out) => {"
        " out.write('a'); setTimeout(() => { throw new Error('loose'); }, 20); await new Promise(() => {}); });"
    )
    stream = ResponseStream(Clock(), 100)
    ran = await yard.invoke(spec, stream=stream)
    assert (stream.size, ran.value["errorMessage"]) == (1, "loose")


async def test_a_process_that_exits_and_one_that_hangs_are_told_as_aws_tells_it(yard):
    spec = yard.node(
        "exports.handler = async (e) => { if (e === 'exit') process.exit(3); if (e === 'spin') for (;;); return e; };",
        timeout_s=1,
    )
    ran = await yard.invoke(spec, "exit")
    assert (
        ran.value["errorMessage"]
        == f"RequestId: {ran.request_id} Error: Runtime exited with error: exit status 3"
    )
    assert (await yard.invoke(spec, "spin")).outcome.status == "timeout"
    assert (await yard.invoke(spec, "fine")).value == "fine"


async def test_too_much_memory_ends_node_too(yard):
    spec = yard.node(
        "exports.handler = async (e) => { const kept = []; for (;;) kept.push(Buffer.alloc(8 << 20, 1)); };",
        timeout_s=10,
    )
    assert (await yard.invoke(spec)).value["errorType"] == "Runtime.OutOfMemory"


@pytest.mark.walls
async def test_node_is_given_its_layers_and_variables(yard):
    layer = yard.layer({"nodejs/node_modules/deep/index.js": "module.exports = 'layer';"})
    spec = yard.node(
        "const deep = require('deep'); exports.handler = async () => [deep, process.env.MINE, process.cwd(), process.env.PATH];",
        layer_dirs=(layer,),
        environment={"MINE": "x"},
    )
    assert (await yard.invoke(spec)).value == [
        "layer",
        "x",
        "/var/task",
        "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    ]
