"""The engine on uvloop, which the server runs on; the other tests run on asyncio's own loop."""

import asyncio
import os
import signal

import uvloop


async def _use(yards):
    async with yards() as yard:
        spec = yard.python("import time\ndef handler(e, c):\n    time.sleep(e)\n    return e\n", timeout_s=1)
        several = await asyncio.gather(*(yard.invoke(spec, 0.01) for _ in range(8)))
        assert [ran.value for ran in several] == [0.01] * 8
        assert (await yard.invoke(spec, 60)).outcome.status == "timeout"
        assert (await yard.invoke(spec, 0)).value == 0
        large = yard.python("def handler(e, c):\n    return e\n")
        assert (await yard.invoke(large, "x" * 5_000_000)).value == "x" * 5_000_000


def test_functions_run_on_the_loop_of_the_server(own_yard):
    uvloop.run(_use(own_yard))


async def test_stopping_the_engine_ends_invocations_under_way_and_everything_started(own_yard):
    async with own_yard() as yard:
        spec = yard.python(
            "import time\ndef handler(e, c):\n    print('on it', flush=True)\n    time.sleep(60)\n",
            timeout_s=60,
        )
        running = asyncio.ensure_future(yard.invoke(spec))
        while "on it" not in yard.log(spec):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert (await running).outcome.function_error == "Unhandled"
    assert not (yard.folder.parent / "work").exists()


async def test_a_zygote_that_was_killed_is_replaced_and_its_environments_too(own_yard):
    async with own_yard() as yard:
        spec = yard.python("def handler(e, c):\n    return e\n")
        assert (await yard.invoke(spec, 1)).value == 1
        zygote = await yard.engine._launchers.zygotes.find(spec)
        os.kill(zygote._process.pid, signal.SIGKILL)
        await asyncio.sleep(0.05)
        assert (await yard.invoke(spec, 2)).value == 2
