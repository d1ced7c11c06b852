"""Spares: what was started before anybody needed it behaves as what is started when it is needed."""

import asyncio
import os
import signal

import pytest

pytestmark = pytest.mark.walls

SOURCE = (
    "import os, sys\nprint('init')\ndef handler(e, c):\n    return [os.getpid(), os.getcwd(), sys.path[0]]\n"
)


def waiting(yard):
    """Spares that are there, of all kinds."""
    return [spare for spares in yard.engine._launchers._spares.values() for spare in spares._waiting]


async def have_spares(yard, count=1):
    async with asyncio.timeout(5):
        while len(waiting(yard)) < count:  # noqa: ASYNC110 (another process's doing)
            await asyncio.sleep(0.02)


async def test_a_function_begins_in_a_spare_as_in_a_fresh_environment(own_yard):
    async with own_yard() as yard:
        first = yard.python(SOURCE, environment={"MINE": "1"})
        fresh = await yard.invoke(first)
        await have_spares(yard)
        spare = waiting(yard)[0]
        second = yard.python(SOURCE, environment={"MINE": "1"})
        from_spare = await yard.invoke(second)
        assert spare not in waiting(yard)
        assert from_spare.value[1:] == fresh.value[1:] == ["/var/task", "/var/task"]
        assert yard.log(second).count("init\n") == 1
        assert from_spare.outcome.init_ms is not None


async def test_a_spare_knows_nothing_of_the_machine_and_nothing_of_others(own_yard):
    source = (
        "import os\ndef handler(e, c):\n"
        "    found = [os.path.exists('/.host/etc'), sorted(os.listdir('/tmp'))]\n"
        "    return [*found, dict(os.environ), os.read(0, 9).decode()]\n"
    )
    async with own_yard() as yard:
        await yard.invoke(yard.python(source, environment={"SECRET": "of the first"}))
        await have_spares(yard)
        sees_host, tmp, environment, stdin = (await yard.invoke(yard.python(source))).value
        assert not sees_host
        assert tmp == []
        assert "SECRET" not in environment and "AWS_SESSION_TOKEN" in environment
        assert stdin == ""


async def test_a_spare_that_has_died_is_not_taken(own_yard):
    async with own_yard() as yard:
        await yard.invoke(yard.python(SOURCE))
        await have_spares(yard)
        spare = waiting(yard)[0]
        for pid in spare.tree.pids.values():
            os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.05)
        ran = await yard.invoke(yard.python(SOURCE))
        assert ran.outcome.function_error is None


async def test_a_crash_in_a_spare_brings_a_fresh_process_in_the_same_place(own_yard):
    source = "import os\ndef handler(e, c):\n    if e: os._exit(3)\n    return sorted(os.listdir('/tmp'))\n"
    async with own_yard() as yard:
        await yard.invoke(yard.python(SOURCE))
        await have_spares(yard)
        spec = yard.python(source)
        assert (await yard.invoke(spec, True)).value["errorType"] == "Runtime.ExitError"
        assert (await yard.invoke(spec)).value == []


async def test_custom_runtimes_begin_behind_walls_that_were_ready(own_yard):
    bootstrap = "#!/bin/sh\nexit 7\n"
    async with own_yard() as yard:
        await yard.invoke(yard.custom(bootstrap))
        await have_spares(yard)
        ran = await yard.invoke(yard.custom(bootstrap))
        assert ran.value["errorMessage"].endswith("Runtime exited with error: exit status 7")


async def test_more_functions_than_spares_start_all_the_same(own_yard):
    async with own_yard() as yard:
        specs = [yard.python(SOURCE) for _ in range(6)]
        answers = await asyncio.gather(*(yard.invoke(spec) for spec in specs))
        assert all(ran.outcome.function_error is None for ran in answers)
