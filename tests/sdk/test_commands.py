"""The command ``sundog`` as people start it: exit statuses, signals, and why it cannot start."""

import os
import signal
import subprocess
import sys

import pytest

from sundog.testing.process import ServerFailed, ServerProcess, free_port

SUNDOG = [sys.executable, "-m", "sundog.cli"]


@pytest.fixture
def sundog(tmp_path):
    """Run one command to its end, in an empty folder."""

    def run(*arguments, **environment):
        return subprocess.run(
            [*SUNDOG, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=tmp_path,
            env=os.environ | environment,
            check=False,
        )

    return run


def test_run_ends_as_its_command_ends_and_tells_it_the_server(sundog):
    done = sundog(
        "run", "--region", "eu-west-1", "--", "sh", "-c", "echo $AWS_ENDPOINT_URL $AWS_REGION; exit 7"
    )
    assert done.returncode == 7
    assert done.stdout.startswith("http://127.0.0.1:")
    assert done.stdout.endswith(" eu-west-1\n")


def test_run_of_a_command_that_is_not_there_ends_as_in_a_shell(sundog):
    done = sundog("run", "--", "no-such-command")
    assert (done.returncode, done.stderr) == (
        127,
        "sundog: cannot run no-such-command: No such file or directory\n",
    )


def test_run_passes_a_signal_on_and_ends_as_the_command_does(tmp_path):
    script = 'trap "exit 5" TERM; echo ready; while :; do sleep 0.05; done'
    child = subprocess.Popen(
        [*SUNDOG, "run", "--", "sh", "-c", script], stdout=subprocess.PIPE, text=True, cwd=tmp_path
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGTERM)
    assert child.wait(30) == 5
    child.stdout.close()


def test_a_port_in_use_is_said_with_what_to_do(server, sundog):
    done = sundog("up", "--ephemeral", "--port", str(server.port))
    assert done.returncode == 1
    assert done.stderr == (
        f"sundog: cannot listen on 127.0.0.1:{server.port}: Address already in use; stop what listens there "
        "(sundog down) or choose another --port\n"
    )


def test_a_data_folder_in_use_is_said_with_who_uses_it(tmp_path):
    with ServerProcess(tmp_path / "data") as first:
        second = ServerProcess(tmp_path / "data")
        with pytest.raises(ServerFailed, match=rf"is in use by another sundog \(process {first.pid}\)"):
            second.start()
        second.kill()


def test_a_detached_server_answers_says_where_it_is_and_goes_down(sundog, tmp_path):
    port = str(free_port())
    started = sundog("up", "--detach", "--port", port, "--data", str(tmp_path / "data"))
    assert started.returncode == 0
    assert started.stdout.splitlines()[-1] == "Ready."
    endpoint = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    assert endpoint["AWS_ENDPOINT_URL"] in sundog("status", **endpoint).stdout
    assert sundog("down", **endpoint).returncode == 0
    assert sundog("status", **endpoint).returncode == 1
