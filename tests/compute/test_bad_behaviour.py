"""What functions must not do, and do: each time AWS's answer, AWS's log lines, and nothing left behind."""

# ruff: noqa: E501 (programs in strings)

import asyncio
import os
import re
from pathlib import Path

import pytest

from sundog.compute.interpreters import Interpreters

ON = "def handler(event, context):\n"


def processes(root):
    """The ids of everything that descends from ``root``, whoever started it."""
    found = [root]
    for pid in found:
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            found += map(int, children.read_text().split())
    return set(found)


async def survives(yard, spec):
    """The function answers again afterwards, in the same log stream."""
    ran = await yard.invoke(spec, "fine")
    assert ran.value == "fine", ran.outcome


def misbehaving(body):
    """A handler that does ``body`` unless it gets the event "fine"."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return (
        "import os, sys, time, signal, threading, subprocess\n"
        + ON
        + "    if event == 'fine': return 'fine'\n"
        + lines
    )


async def test_a_hanging_function_times_out_and_runs_again(yard):
    spec = yard.python(
        misbehaving("open(__import__('tempfile').gettempdir() + '/kept', 'w')\ntime.sleep(60)"), timeout_s=1
    )
    ran = await yard.invoke(spec)
    assert ran.outcome.status == "timeout"
    assert ran.outcome.function_error == "Unhandled"
    assert ran.value["errorType"] == "Sandbox.Timedout"
    assert (
        ran.value["errorMessage"] == f"RequestId: {ran.request_id} Error: Task timed out after 1.00 seconds"
    )
    assert re.search(
        rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z {ran.request_id} Task timed out after 1\.00 seconds\n\n",
        ran.tail,
    )
    assert "Status: timeout" in ran.tail
    assert ran.outcome.billed_ms >= 1000
    await survives(yard, spec)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("os._exit(1)", "Runtime exited with error: exit status 1"),
        ("sys.exit(3)", "Runtime exited with error: exit status 3"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "Runtime exited with error: signal: segmentation fault"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "Runtime exited with error: signal: killed"),
        ("os.closerange(3, 1024); os._exit(5)", "Runtime exited with error: exit status 5"),
    ],
)
async def test_a_process_that_ends_is_told_as_aws_tells_it(yard, body, message):
    spec = yard.python(misbehaving(body))
    ran = await yard.invoke(spec)
    assert ran.outcome.status == "error"
    assert ran.value == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {ran.request_id} Error: {message}",
    }
    assert f"RequestId: {ran.request_id} Error: {message}\nRuntime.ExitError\n" in ran.tail
    await survives(yard, spec)


async def test_too_much_memory_ends_the_process_as_out_of_memory(yard):
    spec = yard.python(misbehaving("kept = [bytearray(8 << 20) for _ in iter(int, 1)]"), timeout_s=10)
    ran = await yard.invoke(spec)
    assert ran.value == {
        "errorType": "Runtime.OutOfMemory",
        "errorMessage": f"RequestId: {ran.request_id} Error: Runtime exited with error: signal: killed",
    }
    assert ran.outcome.memory_used_mb == 128
    assert "Max Memory Used: 128 MB" in ran.tail
    await survives(yard, spec)


async def test_tmp_outlives_a_crash_as_the_environment_does(yard):
    spec = yard.python(
        ON
        + "    import os\n    if event: open(os.environ.get('TMPDIR', '/tmp') + '/a', 'w').close(); os._exit(1)\n"
        + "    return os.path.exists(os.environ.get('TMPDIR', '/tmp') + '/a')\n"
    )
    await yard.invoke(spec, True)
    assert (await yard.invoke(spec)).value is True


async def test_what_a_crashed_or_hanging_function_has_started_is_gone(own_yard):
    async with own_yard(spares=0) as yard:
        await yard.invoke(yard.python(misbehaving("return 1")))
        before = len(processes(os.getpid()))
        spec = yard.python(
            misbehaving(
                "for _ in range(3): subprocess.Popen(['/bin/sleep', '60'], start_new_session=True)\n"
                "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(60)\n"
                "    os._exit(0)\n"
                "os._exit(1) if event == 'exit' else time.sleep(60)"
            ),
            timeout_s=1,
        )
        for event in ("exit", "hang"):
            await yard.invoke(spec, event)
            assert len(processes(os.getpid())) <= before + 1, "the first process of the environment stays"


async def test_nothing_runs_between_invocations(yard):
    spec = yard.python(
        "import os, threading, time, subprocess\nn = 0\n"
        "def count():\n    global n\n    while True:\n        n += 1\n        time.sleep(0.001)\n"
        "threading.Thread(target=count, daemon=True).start()\n"
        "other = subprocess.Popen(['/bin/sh', '-c', 'while :; do echo >> ${TMPDIR:-/tmp}/n; sleep 0.001; done'],"
        " start_new_session=True)\n"
        "def handler(event, context):\n"
        "    time.sleep(event)\n    return [n, open(os.environ.get('TMPDIR', '/tmp') + '/n').read().count('\\n')]\n"
    )
    mine, others = (await yard.invoke(spec, 0.05)).value
    await asyncio.sleep(0.3)
    mine_after, others_after = (await yard.invoke(spec, 0)).value
    assert mine_after - mine < 150
    assert others_after - others < 150
    assert (await yard.invoke(spec, 0.1)).value[0] > mine_after, "it goes on where it stood"


async def test_a_fork_bomb_is_contained_and_the_server_goes_on(yard):
    spec = yard.python(
        misbehaving("while True:\n    try: os.fork()\n    except OSError: time.sleep(1)"), timeout_s=2
    )
    ran = await yard.invoke(spec)
    assert ran.outcome.function_error == "Unhandled"
    await survives(yard, spec)


async def test_megabytes_of_output_starve_nobody_and_the_tail_is_four_kilobytes(yard):
    spec = yard.python(
        misbehaving("sys.stdout.write(('x' * 99 + '\\n') * 200_000)\nreturn 'done'"), timeout_s=20
    )
    loud = asyncio.ensure_future(yard.invoke(spec))
    quiet = yard.python(ON + "    return 1\n")
    assert (await yard.invoke(quiet)).value == 1
    ran = await loud
    assert ran.value == "done"
    assert len(ran.outcome.log_tail) == 4096
    assert "dropped" in ran.tail, "20 MB are more than one invocation may log"


async def test_an_end_that_comes_behind_the_answer_costs_at_most_one_later_invocation(yard):
    body = "threading.Timer(0.05, os._exit, (7,)).start()\nreturn 'answered'"
    spec = yard.python(misbehaving(body))
    assert (await yard.invoke(spec)).value == "answered"
    await asyncio.sleep(0.1)
    later = [(await yard.invoke(spec, "fine")).value for _ in range(4)]
    failed = [value for value in later if value != "fine"]
    assert len(failed) <= 1
    assert all(value["errorType"] == "Runtime.ExitError" for value in failed)


async def test_open_files_are_limited_as_on_aws(yard):
    spec = yard.python(
        ON + "    import os\n    fds = []\n    try:\n"
        "        while True: fds.append(os.open('/dev/null', 0))\n"
        "    except OSError as error:\n        [os.close(fd) for fd in fds]\n        return [error.errno, len(fds)]\n"
    )
    errno, count = (await yard.invoke(spec)).value
    assert errno == 24
    assert 1000 <= count < 1024


async def test_an_init_that_crashes_is_run_again_inside_the_invocation(yard):
    spec = yard.python("import os\nos._exit(2)\n")
    ran = await yard.invoke(spec)
    assert ran.value == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {ran.request_id} Error: Runtime exited with error: exit status 2",
    }
    log = yard.log(spec)
    assert log.count("INIT_REPORT") == 2
    assert "\tPhase: init\tStatus: error\tError Type: Runtime.ExitError\n" in log
    assert "\tPhase: invoke\tStatus: error\tError Type: Runtime.ExitError\n" in log


async def test_an_init_that_hangs_inside_the_invocation_times_out_with_the_function(yard, monkeypatch):
    monkeypatch.setattr("sundog.compute.environment.INIT_SECONDS_MAX", 0.2)
    spec = yard.python("import time\ntime.sleep(60)\n", timeout_s=1)
    ran = await yard.invoke(spec)
    assert ran.outcome.status == "timeout"
    log = yard.log(spec)
    assert "\tPhase: init\tStatus: timeout\n" in log
    assert f"{ran.request_id} Task timed out after 1.00 seconds" in log


async def test_privileges_are_out_of_reach(yard):
    spec = yard.python(
        ON + "    import ctypes, os\n    libc = ctypes.CDLL(None, use_errno=True)\n"
        "    calls = [libc.unshare(0x10000000), libc.mount(b'none', b'/tmp', b'tmpfs', 0, None),\n"
        "             libc.umount2(b'/var/task', 2), libc.chroot(b'/tmp'), libc.ptrace(16, 1, 0, 0),\n"
        "             libc.kill(1, 9)]\n"
        "    return [calls, os.path.exists('/.host/etc')]\n"
    )
    calls, sees_host = (await yard.invoke(spec)).value
    assert calls[:5] == [-1] * 5
    assert not sees_host
    assert (await yard.invoke(spec)).outcome.init_ms is None, "the environment still stands"


async def test_functions_step_back_behind_the_server_after_their_init_in_proportion_to_memory(yard):
    source = (
        "import os\nfirst = os.nice(0)\n"
        + ON
        + "\n    return [first, os.nice(0), open('/proc/self/oom_score_adj').read()]\n"
    )
    assert (await yard.invoke(yard.python(source))).value == [0, 12, "1000\n"]
    assert (await yard.invoke(yard.python(source, memory_mb=1769))).value == [0, 0, "1000\n"]
    node = yard.node(
        "const os = require('os'); exports.handler = async () => os.getPriority();", memory_mb=512
    )
    if Interpreters().node:
        assert (await yard.invoke(node)).value == 6
