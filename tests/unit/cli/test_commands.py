"""Commands that need no server: what they refuse, and with which status."""

import pytest
from typer.testing import CliRunner

from sundog.cli import commands, serving
from sundog.cli.remote import NotRunning
from sundog.config import ConfigError

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def run(monkeypatch, tmp_path):
    """``run("up", "--bogus")``: the result of one command, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(commands.app, list(arguments))


@pytest.mark.parametrize(
    "arguments",
    [
        ("up", "--bogus"),
        ("up", "--port", "x"),
        ("bogus",),
        ("run",),
        ("clock", "sideways", "--endpoint", NOBODY),
        ("clock", "advance", "x"),
    ],
)
def test_what_nobody_understands_ends_with_status_2(run, arguments):
    assert run(*arguments).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--host", "0.0.0.0"), "listening on 0.0.0.0 needs --iam enforce"),
        (("--account", "12"), "account must be 12 digits"),
        (("--port", "99999"), "port must be between 0 and 65535"),
        (("--limits", "none"), "limits must be one of aws, classic, relaxed"),
        (("--store", "mysql://x"), "store must be a postgresql:// URL"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(run, arguments, text):
    failure = run("up", *arguments).exception
    assert isinstance(failure, ConfigError)
    assert text in str(failure)


@pytest.mark.parametrize("command", ["status", "reset", "down", "logs", "clock"])
def test_where_no_server_answers_the_way_to_start_one_is_told(run, command):
    failure = run(command, "--endpoint", NOBODY).exception
    assert isinstance(failure, NotRunning)
    assert str(failure).startswith(f"no sundog answers at {NOBODY}")
    assert str(failure).endswith("start one with: sundog up")


def test_a_failure_is_one_line_on_stderr_and_a_status(capsys):
    def fail():
        raise serving.CannotRun("cannot [do] it", 127)

    with pytest.raises(SystemExit) as ended, commands.said_plainly():
        fail()
    assert ended.value.code == 127
    assert capsys.readouterr().err == "sundog: cannot [do] it\n"
