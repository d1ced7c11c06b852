"""Python functions in real environments: results, context, errors in AWS's words."""

# ruff: noqa: E501 (programs in strings)

import asyncio
import json
import shutil
import time
from pathlib import Path

import pytest

from sundog.compute.interpreters import Interpreters

ECHO = "def handler(event, context):\n    return {'got': event}\n"


async def test_a_function_answers_what_its_handler_returns(yard):
    spec = yard.python(ECHO)
    ran = await yard.invoke(spec, {"a": "ä"})
    assert ran.outcome.function_error is None
    assert ran.value == {"got": {"a": "ä"}}


async def test_the_second_invocation_finds_the_same_environment_without_an_init(yard):
    spec = yard.python("n = 0\ndef handler(e, c):\n    global n\n    n += 1\n    return n\n")
    first, second = await yard.invoke(spec), await yard.invoke(spec)
    assert (first.value, second.value) == (1, 2)
    assert first.outcome.init_ms is not None
    assert second.outcome.init_ms is None


async def test_invocations_at_the_same_time_run_in_environments_of_their_own(yard):
    spec = yard.python(
        "import time, os\nn = 0\ndef handler(e, c):\n    global n\n    n += 1\n    time.sleep(0.1)\n    return n\n"
    )
    both = await asyncio.gather(yard.invoke(spec), yard.invoke(spec))
    assert [ran.value for ran in both] == [1, 1]


async def test_the_context_says_what_aws_says(yard):
    spec = yard.python(
        "def handler(event, c):\n"
        "    return [c.function_name, c.function_version, c.invoked_function_arn, c.memory_limit_in_mb,\n"
        "            c.aws_request_id, c.log_group_name, c.log_stream_name, c.client_context.custom,\n"
        "            c.identity.cognito_identity_id, c.get_remaining_time_in_millis()]\n"
    )
    ran = await yard.invoke(
        spec,
        client_context=json.dumps({"custom": {"k": "ü"}}),
        cognito_identity=json.dumps({"cognitoIdentityId": "i", "cognitoIdentityPoolId": "p"}),
    )
    *values, remaining = ran.value
    assert values[:6] == [
        spec.name, "$LATEST", spec.arn, "128", ran.request_id, f"/aws/lambda/{spec.name}",
    ]  # fmt: skip
    assert values[7:] == [{"k": "ü"}, "i"]
    assert 0 < remaining <= 10_000


@pytest.mark.walls
async def test_the_environment_holds_aws_variables_and_nothing_of_the_machine(yard, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_MACHINE", "1")
    spec = yard.python(
        "import os\ndef handler(e, c):\n    return dict(os.environ)\n", environment={"MINE": "x", "TZ": "CET"}
    )
    got = (await yard.invoke(spec, trace_header="Root=1-a-b;Parent=c;Sampled=0")).value
    assert got["MINE"] == "x"
    assert got["_X_AMZN_TRACE_ID"] == "Root=1-a-b;Parent=c;Sampled=0"
    assert got["AWS_SESSION_TOKEN"] == f"token-of-{spec.name}"
    assert got["_HANDLER"] == "app.handler"
    assert got["TZ"] == ":UTC", "a reserved variable stays AWS's"
    assert set(got) - {"LC_CTYPE"} == {
        "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_DISABLE_HOST_PREFIX_INJECTION", "AWS_ENDPOINT_URL",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN", "AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS", "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT", "LANG", "LD_LIBRARY_PATH", "MINE", "PATH", "PYTHONPATH", "SHLVL", "TZ",
        "_AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_PORT", "_HANDLER", "_X_AMZN_TRACE_ID",
    }  # fmt: skip


@pytest.mark.walls
async def test_a_raised_exception_is_aws_error_document_and_one_log_event(yard):
    spec = yard.python("def handler(e, c):\n    raise ValueError('no')\n")
    ran = await yard.invoke(spec)
    assert ran.outcome.function_error == "Unhandled"
    assert ran.value == {
        "errorMessage": "no",
        "errorType": "ValueError",
        "requestId": ran.request_id,
        "stackTrace": ["  File \"/var/task/app.py\", line 2, in handler\n    raise ValueError('no')\n"],
    }
    event = next(line for line in yard.lines.of(spec) if line.startswith("[ERROR]"))
    assert event.startswith("[ERROR] ValueError: no\nTraceback (most recent call last):\n")


async def test_a_module_that_cannot_be_imported_is_named(yard):
    ran = await yard.invoke(yard.python("import nothing_of_this_name\n"))
    assert ran.value["errorType"] == "Runtime.ImportModuleError"
    assert ran.value["errorMessage"] == (
        "Unable to import module 'app': No module named 'nothing_of_this_name'"
    )
    assert "Status: error\tError Type: Runtime.ImportModuleError" in ran.tail or "INIT_REPORT" in ran.tail


async def test_a_syntax_error_a_missing_handler_and_a_bad_handler_name_have_types_of_their_own(yard):
    syntax = await yard.invoke(yard.python("def handler(:\n"))
    missing = await yard.invoke(yard.python("x = 1\n"))
    malformed = await yard.invoke(yard.python(ECHO, handler="nodot"))
    types = [ran.value["errorType"] for ran in (syntax, missing, malformed)]
    assert types == [
        "Runtime.UserCodeSyntaxError", "Runtime.HandlerNotFound", "Runtime.MalformedHandlerName",
    ]  # fmt: skip
    assert missing.value["errorMessage"] == "Handler 'handler' missing on module 'app'"


async def test_what_cannot_be_written_as_json_is_a_marshal_error(yard):
    ran = await yard.invoke(yard.python("def handler(e, c):\n    return {1, 2}\n"))
    assert ran.value["errorType"] == "Runtime.MarshalError"
    assert ran.value["errorMessage"] == (
        "Unable to marshal response: Object of type set is not JSON serializable"
    )


async def test_a_response_of_the_limit_passes_and_one_byte_more_does_not(yard):
    spec = yard.python("def handler(n, c):\n    return 'x' * (n - 2)\n", memory_mb=512)
    most = 6 * 1024 * 1024 + 100
    assert len((await yard.invoke(spec, most)).outcome.payload) == most
    ran = await yard.invoke(spec, most + 1)
    assert ran.outcome.function_error == "Unhandled"
    assert ran.value == {
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }
    assert (await yard.invoke(spec, 10)).value == "x" * 8, "the environment goes on"


@pytest.mark.walls
async def test_the_code_and_layers_cannot_be_written_and_tmp_is_kept_and_bounded(yard):
    spec = yard.python(
        "import os, errno\n"
        "def attempt(path):\n"
        "    try:\n        open(path, 'w')\n    except OSError as e:\n        return errno.errorcode[e.errno]\n"
        "def fill():\n"
        "    try:\n        open('/tmp/big', 'wb').write(b'x' * (20 << 20))\n"
        "    except OSError as e:\n        os.remove('/tmp/big')\n        return errno.errorcode[e.errno]\n"
        "def handler(event, context):\n"
        "    before = os.path.exists('/tmp/kept')\n"
        "    open('/tmp/kept', 'w').close()\n"
        "    return [attempt('/var/task/x'), attempt('/opt/x'), attempt('/etc/x'), os.getcwd(), before,\n"
        "            fill() if event else None]\n",
        tmp_mb=16,
    )
    assert (await yard.invoke(spec, True)).value == ["EROFS", "EROFS", "EROFS", "/var/task", False, "ENOSPC"]
    assert (await yard.invoke(spec)).value[4] is True


@pytest.mark.walls
async def test_a_function_sees_neither_files_nor_processes_of_the_machine(yard):
    spec = yard.python(
        "import os\n"
        "def handler(event, context):\n"
        "    return [sorted(os.listdir('/')), os.listdir('/.host'), [p for p in os.listdir('/proc') if p.isdigit()],\n"
        "            os.path.exists(event), os.getuid(), open('/etc/passwd').read().count('\\n')]\n"
    )
    root, hidden, processes, sees, uid, users = (await yard.invoke(spec, __file__)).value
    assert len(processes) <= 2
    assert not sees
    assert {"home", "var", "tmp", "opt"} <= set(root)
    assert not {"mnt", "media", "srv", "boot"} & set(root)
    assert hidden == []
    assert uid == 993
    assert users == 2


async def test_boto3_is_there_and_own_packages_of_the_function_win(yard):
    spec = yard.python("import boto3\ndef handler(e, c):\n    return boto3.__version__\n")
    assert (await yard.invoke(spec)).value.count(".") == 2
    own = yard.deploy(
        {"app.py": "import boto3\ndef handler(e, c):\n    return boto3.own\n", "boto3.py": "own = 1\n"},
        "python3.11",
    )
    assert (await yard.invoke(own)).value == 1


async def test_packages_of_sundog_itself_are_not_there(yard):
    ran = await yard.invoke(yard.python("import aiohttp\n"))
    assert ran.value["errorMessage"] == "Unable to import module 'app': No module named 'aiohttp'"


async def test_layers_are_laid_over_one_another_in_order(yard):
    first = yard.layer({"python/deep.py": "who = 'a'\n", "python/only_a.py": "x = 1\n"})
    second = yard.layer({"python/deep.py": "who = 'b'\n"})
    spec = yard.python(
        "import deep, only_a\ndef handler(e, c):\n    return deep.who\n", layer_dirs=(first, second)
    )
    assert (await yard.invoke(spec)).value == "b"
    assert (first / "python/deep.py").read_text() == "who = 'a'\n"


@pytest.mark.walls
async def test_variables_that_an_interpreter_reads_early_are_honoured(yard):
    spec = yard.python(
        "import sys\ndef handler(e, c):\n    return [sys.flags.hash_randomization, __file__]\n",
        environment={"PYTHONHASHSEED": "0"},
    )
    assert (await yard.invoke(spec)).value == [0, "/var/task/app.py"]


@pytest.mark.walls
async def test_a_wrapper_script_starts_the_runtime(yard):
    spec = yard.deploy(
        {
            "app.py": "import os\ndef handler(e, c):\n    return os.environ['FROM_WRAPPER']\n",
            "wrap": '#!/bin/sh\nexport FROM_WRAPPER=yes\nexec "$@"\n',
        },
        "python3.11",
        environment={"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrap"},
    )
    assert (await yard.invoke(spec)).value == "yes"


@pytest.mark.parametrize("environment", [{}, {"PYTHONHASHSEED": "0"}], ids=["forked", "executed"])
@pytest.mark.walls
async def test_another_version_of_python_runs_what_asks_for_it(yard, environment):
    source = "import sys, boto3\ndef handler(e, c):\n    return list(sys.version_info[:2])\n"
    spec = yard.deploy({"app.py": source}, "python3.13", environment=environment)
    here = Interpreters().find("python3.13").version[1]
    assert (await yard.invoke(spec)).value == [3, here]


async def test_json_logs_hold_what_logging_says_as_objects_above_the_level_and_print_as_it_is(yard):
    spec = yard.python(
        "import logging\ndef handler(e, c):\n    logging.info('quiet')\n    logging.error('loud %s', 1)\n    print('plain')\n",
        log_format="JSON",
        application_log_level="WARN",
        system_log_level="DEBUG",
    )
    ran = await yard.invoke(spec)
    lines = yard.lines.of(spec)
    assert "plain\n" in lines
    records = [json.loads(line) for line in lines if line != "plain\n"]
    assert [r.get("type") or r["level"] for r in records] == [
        "platform.initStart", "platform.initRuntimeDone", "platform.initReport", "platform.start", "ERROR",
        "platform.runtimeDone", "platform.report",
    ]  # fmt: skip
    error = records[4]
    assert (error["message"], error["requestId"], error["logger"]) == ("loud 1", ran.request_id, "root")


async def test_a_retired_function_finishes_what_it_does_and_starts_anew(yard):
    spec = yard.python(
        "import time\nn = 0\ndef handler(e, c):\n    global n\n    n += 1\n    time.sleep(e)\n    return n\n"
    )
    await yard.invoke(spec, 0)
    running = asyncio.ensure_future(yard.invoke(spec, 0.1))
    await asyncio.sleep(0.02)
    await yard.engine.retire(spec.arn)
    assert (await running).value == 2
    assert (await yard.invoke(spec, 0)).value == 1


async def test_a_function_reaches_what_listens_on_loopback(yard):
    async def greet(_, writer):
        writer.write(b"hello")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        spec = yard.python(
            "import socket\ndef handler(port, c):\n"
            "    return socket.create_connection(('127.0.0.1', port)).recv(9).decode()\n"
        )
        assert (await yard.invoke(spec, port)).value == "hello"


@pytest.mark.walls
async def test_libraries_of_a_layer_are_found_by_the_loader(yard):
    layer = yard.layer({"lib/readme": ""})
    library = next(Path("/usr/lib").rglob("libz.so.1"))
    shutil.copy(library.resolve(), layer / "lib/libofthelayer.so")
    spec = yard.python(
        "import ctypes\ndef handler(e, c):\n    return ctypes.CDLL('libofthelayer.so').zlibVersion() != 0\n",
        layer_dirs=(layer,),
    )
    assert (await yard.invoke(spec)).value is True


SNAP_START = """
from snapshot_restore_py import register_after_restore, register_before_snapshot
seen = []
register_before_snapshot(lambda: seen.append('before'))
register_after_restore(lambda: seen.append('after') if %s else 1 / 0)
def handler(e, c):
    return seen
"""


async def test_hooks_of_snap_start_run_between_init_and_the_first_invocation(yard):
    good = yard.python(SNAP_START % True, init_type="snap-start")
    assert (await yard.invoke(good)).value == ["before", "after"]
    bad = yard.python(SNAP_START % False, init_type="snap-start")
    assert (await yard.invoke(bad)).value["errorMessage"] == "division by zero"


async def test_environments_that_are_kept_have_had_their_init(yard):
    spec = yard.python("import time\nborn = time.time()\ndef handler(e, c): return born\n")
    assert await yard.engine.keep(spec, 2) == 2
    asked = time.time()
    ran = await yard.invoke(spec)
    assert json.loads(ran.outcome.payload) < asked
    await yard.engine.keep(spec, 0)


async def test_environments_whose_init_fails_are_not_kept(yard):
    spec = yard.python("raise ValueError('no')\n")
    assert await yard.engine.keep(spec, 2) == 0
