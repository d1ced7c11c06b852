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


async def test_another_snapshot_is_taken_while_the_first_is_used_and_warm_ones_go_first(yard):
    spec = snap(yard, "import os, time\ndef handler(e, c):\n    time.sleep(e)\n    return os.getpid()\n")
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
