"""SnapStart: initialised long before, restored by the first invocation, with the function's hooks run."""

import asyncio
import json
import re

import pytest

HOOKS = """
import os, json
from snapshot_restore_py import register_before_snapshot, register_after_restore
order = ['init']
register_before_snapshot(lambda: order.append('before'))
register_after_restore(lambda: order.append('after'))
def handler(event, context):
    order.append('invoke')
    return order
"""


def snap(yard, source, **more):
    return yard.python(source, init_type="snap-start", version="1", **more)


async def test_hooks_run_around_the_snapshot_and_the_log_tells_of_the_restore(yard):
    spec = snap(yard, HOOKS)
    assert await yard.engine.keep(spec, 1) == 1
    log = yard.log(spec)
    assert re.search(r"INIT_REPORT Init Duration: \d+\.\d\d ms\n", log)
    assert "RESTORE_REPORT" not in log
    await yard.engine.keep(spec, 0)
    ran = await yard.invoke(spec)
    assert ran.value == ["init", "before", "after", "invoke"]
    assert ran.outcome.init_ms is None
    log = yard.log(spec)
    assert re.search(r"RESTORE_REPORT Restore Duration: \d+\.\d\d ms\n", log)
    report = next(line for line in yard.lines.of(spec) if line.startswith("REPORT"))
    assert re.search(r"\tRestore Duration: \d+\.\d\d ms\tBilled Restore Duration: \d+ ms\t", report)
    assert "Init Duration" not in report
    again = await yard.invoke(spec)
    assert again.value == ["init", "before", "after", "invoke", "invoke"]
    assert "Restore Duration" not in again.tail


async def test_of_a_runtime_that_cannot_fork_another_snapshot_is_taken_and_warm_ones_go_first(yard):
    spec = snap(
        yard,
        "import os, time, threading\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "def handler(e, c):\n    time.sleep(e)\n    return os.getpid()\n",
    )
    await yard.invoke(spec, 0)
    async with asyncio.timeout(5):
        while yard.log(spec).count("INIT_REPORT") != 2:  # noqa: ASYNC110 (another process's doing)
            await asyncio.sleep(0.02)
    assert "Restore Duration" not in (await yard.invoke(spec, 0)).tail
    tails = [ran.tail for ran in await asyncio.gather(yard.invoke(spec, 0.1), yard.invoke(spec, 0.1))]
    assert sum("Restore Duration" in tail for tail in tails) == 1


async def test_a_hook_that_fails_before_the_snapshot_fails_the_init(yard):
    spec = snap(
        yard,
        "from snapshot_restore_py import register_before_snapshot\n"
        "register_before_snapshot(lambda: 1 / 0)\ndef handler(e, c):\n    return 1\n",
    )
    assert await yard.engine.keep(spec, 1) == 0
    await yard.engine.keep(spec, 0)
    assert "ZeroDivisionError" in yard.log(spec)


async def test_a_hook_that_fails_after_the_restore_fails_it(yard):
    spec = snap(
        yard,
        "from snapshot_restore_py import register_after_restore\n"
        "register_after_restore(lambda: 1 / 0)\ndef handler(e, c):\n    return 1\n",
    )
    ran = await yard.invoke(spec)
    assert ran.outcome.has_failed_restore
    assert ran.value["errorType"] == "ZeroDivisionError"
    assert re.search(
        r"RESTORE_REPORT Restore Duration: \d+\.\d\d ms Status: error Error Type: ", yard.log(spec)
    )


async def test_a_restore_that_hangs_times_out(yard, monkeypatch):
    monkeypatch.setattr("sundog.compute.environment.RESTORE_SECONDS_MAX", 0.3)
    spec = snap(
        yard,
        "import time\nfrom snapshot_restore_py import register_after_restore\n"
        "register_after_restore(time.sleep, 60)\ndef handler(e, c):\n    return 1\n",
    )
    ran = await yard.invoke(spec)
    assert (ran.outcome.has_failed_restore, ran.outcome.status) == (True, "timeout")
    assert "Status: timeout\n" in yard.log(spec)


async def test_credentials_are_asked_for_when_they_are_needed(yard):
    spec = snap(
        yard,
        "import os, json, urllib.request\ndef get(token):\n"
        "    request = urllib.request.Request(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'])\n"
        "    request.add_header('Authorization', token)\n    try:\n"
        "        return json.load(urllib.request.urlopen(request))\n"
        "    except urllib.error.HTTPError as e:\n        return e.code\n"
        "def handler(e, c):\n"
        "    hidden = ['AWS_ACCESS_KEY_ID', 'AWS_LAMBDA_LOG_STREAM_NAME', 'AWS_LAMBDA_LOG_GROUP_NAME']\n"
        "    token = os.environ['AWS_CONTAINER_AUTHORIZATION_TOKEN']\n"
        "    return [get(token), get('guess'), [n for n in hidden if n in os.environ]]\n",
    )
    found, guess, shown = (await yard.invoke(spec)).value
    assert found["Token"] == f"token-of-{spec.name}"
    assert set(found) == {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"}
    assert guess == 403
    assert shown == []


@pytest.mark.walls
async def test_boto3_finds_the_credentials(yard):
    spec = snap(
        yard,
        "import boto3\ndef handler(e, c):\n"
        "    return boto3.Session().get_credentials().get_frozen_credentials().token\n",
    )
    assert (await yard.invoke(spec)).value == f"token-of-{spec.name}"


async def test_a_crash_after_the_restore_brings_an_init_inside_the_next_invocation(yard):
    spec = snap(
        yard,
        HOOKS.replace("    order.append('invoke')", "    if event: os._exit(1)\n    order.append('invoke')"),
    )
    assert (await yard.invoke(spec, True)).value["errorType"] == "Runtime.ExitError"
    values = [(await yard.invoke(spec)).value for _ in range(2)]
    assert ["init", "before", "after", "invoke"] in values
    assert json.dumps(values)


DRAWN = (
    "import os, random, uuid\nDRAWN = [uuid.uuid4().hex, os.getpid()]\n"
    "def handler(event, context):\n    return [DRAWN, os.getpid(), random.random()]\n"
)


async def test_restored_environments_are_forks_of_one_snapshot(yard):
    source = DRAWN.replace(
        "def handler(event, context):\n", "def handler(event, context):\n    import time; time.sleep(0.2)\n"
    )
    spec = snap(yard, source)
    assert await yard.engine.keep(spec, 1) == 1
    answers = [ran.value for ran in await asyncio.gather(*(yard.invoke(spec) for _ in range(4)))]
    drawn, pids, chances = zip(*[(tuple(d), pid, chance) for d, pid, chance in answers], strict=True)
    assert len(set(drawn)) == 1, "what was drawn while initialising is the same in all"
    assert len(set(pids)) == 4
    assert len(set(chances)) == 4, "random is seeded anew in every fork"
    assert yard.log(spec).count("INIT_REPORT") == 1
    assert yard.log(spec).count("RESTORE_REPORT") == 4
    await yard.engine.keep(spec, 0)
    await yard.engine.retire(spec.arn)


async def test_what_a_clone_prints_is_in_its_own_stream_and_its_end_is_told_as_aws_tells_it(yard):
    source = (
        "import os, sys\nprint('initialised')\ndef handler(e, c):\n    print('in', e)\n"
        "    if e == 'exit': os._exit(4)\n    if e == 'kill': os.kill(os.getpid(), 9)\n    return e\n"
    )
    spec = snap(yard, source)
    assert (await yard.invoke(spec, "fine")).value == "fine"
    for event, words in (("exit", "exit status 4"), ("kill", "signal: killed")):
        ran = await yard.invoke(spec, event)
        assert (
            ran.value["errorMessage"]
            == f"RequestId: {ran.request_id} Error: Runtime exited with error: {words}"
        )
        assert (await yard.invoke(spec, "again")).value == "again"
    streams = {s: "".join(x) for (name, s), x in yard.lines.by_stream.items() if name == spec.name}
    assert len(streams) >= 2
    assert sum("in fine\n" in text for text in streams.values()) == 1
    snapshot = next(text for text in streams.values() if "INIT_REPORT" in text and "initialised" in text)
    assert "START" not in snapshot


async def test_a_clone_that_hangs_times_out_and_uses_no_more_than_its_memory(yard):
    source = (
        "import time\ndef handler(e, c):\n    if e == 'hang': time.sleep(60)\n"
        "    if e == 'grow': kept = [bytearray(8 << 20) for _ in iter(int, 1)]\n    return e\n"
    )
    spec = snap(yard, source, timeout_s=1)
    assert (await yard.invoke(spec, "hang")).outcome.status == "timeout"
    assert (await yard.invoke(spec, "grow")).value["errorType"] == "Runtime.OutOfMemory"
    assert (await yard.invoke(spec, "fine")).value == "fine"


async def test_clones_outlive_the_retirement_of_their_snapshot_until_they_have_answered(yard):
    spec = snap(yard, "import time\ndef handler(e, c):\n    time.sleep(e)\n    return 'done'\n")
    await yard.invoke(spec, 0)
    running = asyncio.ensure_future(yard.invoke(spec, 0.5))
    await asyncio.sleep(0.2)
    await yard.engine.retire(spec.arn)
    assert (await running).value == "done"
    assert not yard.engine._doomed
    assert not [template for template in yard.engine._clones if template.spec.arn == spec.arn]


async def test_a_function_with_threads_is_restored_itself(yard):
    spec = snap(
        yard,
        "import threading, time\nn = 0\ndef count():\n    global n\n"
        "    while True: n += 1; time.sleep(0.001)\n"
        "threading.Thread(target=count, daemon=True).start()\n"
        "def handler(e, c):\n    time.sleep(0.05)\n    return n\n",
    )
    assert (await yard.invoke(spec)).value > 5, "its thread came along"


async def test_clones_live_behind_weak_walls_too(weak_yard):
    spec = snap(weak_yard, HOOKS)
    assert (await weak_yard.invoke(spec)).value == ["init", "before", "after", "invoke"]
    assert (await weak_yard.invoke(spec)).value == ["init", "before", "after", "invoke", "invoke"]
    assert weak_yard.engine._clones
