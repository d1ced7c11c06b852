"""The variables a function starts with."""

from dataclasses import replace
from pathlib import Path

import pytest

from sundog.compute.contract import Credentials, FunctionSpec
from sundog.compute.variables import Places, for_extension, make_variables, needs_fresh_process

SPEC = FunctionSpec(
    "arn:aws:lambda:eu-west-1:000000000000:function:f", "f", "7", "1", "000000000000", "eu-west-1",
    "python3.12", "app.handler", Path("/code"), 256, 3,
)  # fmt: skip


def variables(spec=SPEC, places=None):
    return make_variables(
        spec,
        places or Places(),
        api_address="127.0.0.1:9",
        endpoint_url="http://127.0.0.1:4566",
        stream="s",
        credentials=Credentials("k", "s", "t"),
    )


def test_reserved_variables_cannot_be_taken_and_others_can():
    got = variables(
        replace(SPEC, environment={"AWS_REGION": "x", "PATH": "/mine", "AWS_ENDPOINT_URL": "mine"})
    )
    assert got["AWS_REGION"] == "eu-west-1"
    assert got["PATH"] == "/mine"
    assert got["AWS_ENDPOINT_URL"] == "mine"


def test_an_empty_variable_of_the_user_stays_and_empty_ones_of_ours_do_not():
    got = variables(replace(SPEC, environment={"EMPTY": ""}))
    assert got["EMPTY"] == ""
    assert "AWS_LAMBDA_LOG_LEVEL" not in got


def test_the_execution_environment_is_named_for_managed_runtimes_only():
    assert variables()["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.12"
    assert "AWS_EXECUTION_ENV" not in variables(replace(SPEC, runtime="provided.al2023"))


def test_the_log_level_is_told_for_object_logs():
    got = variables(replace(SPEC, log_format="JSON", application_log_level="WARN"))
    assert (got["AWS_LAMBDA_LOG_FORMAT"], got["AWS_LAMBDA_LOG_LEVEL"]) == ("JSON", "WARN")


def test_node_finds_the_modules_of_layers():
    got = variables(replace(SPEC, runtime="nodejs20.x"))
    assert got["NODE_PATH"] == (
        "/opt/nodejs/node20/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task"
    )


def test_where_there_is_no_root_of_its_own_the_real_folders_are_named():
    got = variables(places=Places("/a/code", "/a/inside", "/a/opt", "/a/tmp"))
    assert (got["LAMBDA_TASK_ROOT"], got["TMPDIR"]) == ("/a/code", "/a/tmp")


def test_extensions_do_not_see_what_speaks_of_the_runtime():
    got = for_extension(variables())
    assert "_HANDLER" not in got
    assert got["AWS_LAMBDA_RUNTIME_API"] == "127.0.0.1:9"


@pytest.mark.parametrize(
    ("runtime", "name", "is_early"),
    [
        ("python3.12", "LD_PRELOAD", True),
        ("python3.12", "PYTHONPATH", True),
        ("python3.12", "NODE_OPTIONS", False),
        ("nodejs20.x", "NODE_OPTIONS", True),
        ("nodejs20.x", "AWS_LAMBDA_EXEC_WRAPPER", True),
        ("nodejs20.x", "MINE", False),
    ],
)
def test_what_is_read_before_any_code_runs_needs_a_process_of_its_own(runtime, name, is_early):
    assert needs_fresh_process(replace(SPEC, runtime=runtime, environment={name: "x"})) is is_early
