"""AWS's words for what went wrong."""

import json
import signal

import pytest

from sundog.compute.outcomes import (
    RESPONSE_BYTES_MAX,
    entrypoint_fault,
    exit_fault,
    platform_type,
    timeout_fault,
    too_large_payload,
)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (0, "Runtime exited without providing a reason"),
        (3 << 8, "Runtime exited with error: exit status 3"),
        (int(signal.SIGKILL), "Runtime exited with error: signal: killed"),
        (int(signal.SIGSEGV) | 0x80, "Runtime exited with error: signal: segmentation fault (core dumped)"),
        (int(signal.SIGABRT), "Runtime exited with error: signal: aborted"),
        (40, "Runtime exited with error: signal: signal 40"),
    ],
)
def test_the_end_of_a_process(status, text):
    fault = exit_fault(status)
    assert (fault.error_type, fault.text) == ("Runtime.ExitError", text)


def test_a_timeout_has_a_type_and_names_its_request():
    assert json.loads(timeout_fault(3).payload("id")) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: id Error: Task timed out after 3.00 seconds",
    }


def test_a_program_that_cannot_be_executed():
    assert (
        entrypoint_fault(13, "/var/task/bootstrap").text == "fork/exec /var/task/bootstrap: permission denied"
    )


def test_a_response_that_is_too_large():
    assert RESPONSE_BYTES_MAX == 6_291_556
    assert json.loads(too_large_payload(7_000_000)) == {
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("Runtime.ImportModuleError", "Runtime.ImportModuleError"),
        ("ValueError", "Function.Unknown"),
        ("Runtime.", "Function.Unknown"),
    ],
)
def test_the_platform_names_its_own_types_only(told, shown):
    assert platform_type(told, "Function.Unknown") == shown
