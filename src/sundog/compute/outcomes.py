"""What the caller of an invocation gets when it did not go well, in AWS's words."""

from __future__ import annotations

import json
import os
import re
import signal
from dataclasses import dataclass
from typing import Literal

RESPONSE_BYTES_MAX = 6 * 1024 * 1024 + 100
"""Recorded: "maximum allowed payload size (6291556 bytes)"."""

Ending = Literal["success", "error", "timeout", "failure"]
"""As platform.report says it: ``error`` was reported by the function, ``failure`` is a process that ended."""

_PLATFORM_TYPE = re.compile(r"(?:Runtime|Function|Extension|Sandbox)\.[A-Z][A-Za-z]+$")
_SIGNAL_WORDS = {
    signal.SIGKILL: "killed", signal.SIGTERM: "terminated", signal.SIGSEGV: "segmentation fault",
    signal.SIGABRT: "aborted", signal.SIGINT: "interrupt", signal.SIGHUP: "hangup",
    signal.SIGPIPE: "broken pipe", signal.SIGBUS: "bus error", signal.SIGFPE: "floating point exception",
    signal.SIGILL: "illegal instruction", signal.SIGTRAP: "trace/breakpoint trap",
    signal.SIGALRM: "alarm clock", signal.SIGQUIT: "quit",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an environment could not go on: AWS's type and its words without the request id."""

    error_type: str
    text: str
    ending: Ending = "failure"

    def message(self, request_id: str) -> str:
        return f"RequestId: {request_id} Error: {self.text}"

    def payload(self, request_id: str) -> bytes:
        return write_payload(errorType=self.error_type, errorMessage=self.message(request_id))


def write_payload(**members: object) -> bytes:
    """Compact, as AWS writes its own error documents."""
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()


def exit_fault(status: int) -> Fault:
    """Of the runtime process, from its wait status."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        words = (
            _SIGNAL_WORDS.get(signal.Signals(number), f"signal {number}")
            if number < 32
            else f"signal {number}"
        )
        core = " (core dumped)" if os.WCOREDUMP(status) else ""
        return Fault("Runtime.ExitError", f"Runtime exited with error: signal: {words}{core}")
    code = os.waitstatus_to_exitcode(status)
    if code == 0:
        return Fault("Runtime.ExitError", "Runtime exited without providing a reason")
    return Fault("Runtime.ExitError", f"Runtime exited with error: exit status {code}")


OUT_OF_MEMORY = Fault("Runtime.OutOfMemory", "Runtime exited with error: signal: killed")
"""Kept apart from other kills since 2023; the text stayed."""

KILLED = Fault("Runtime.ExitError", "Runtime exited with error: signal: killed")


def extension_fault(name: str, status: int) -> Fault:
    """Of an extension that ended by itself."""
    return Fault(
        "Extension.Crash", f"{name}: {exit_fault(status).text.removeprefix('Runtime exited with error: ')}"
    )


def entrypoint_fault(errno: int, path: str) -> Fault:
    """A runtime program that could not be executed."""
    if "/" not in path:
        return Fault("Runtime.InvalidEntrypoint", f'exec: "{path}": executable file not found in $PATH')
    return Fault("Runtime.InvalidEntrypoint", f"fork/exec {path}: {_exec_words(errno)}")


def _exec_words(errno: int) -> str:
    words = {2: "no such file or directory", 8: "exec format error", 13: "permission denied"}
    return words.get(errno, os.strerror(errno).lower())


def working_dir_fault(errno: int, path: str) -> Fault:
    """A working directory that an image does not have."""
    return Fault("Runtime.InvalidWorkingDir", f"chdir {path}: {_exec_words(errno)}")


NO_BOOTSTRAP = Fault(
    "Runtime.InvalidEntrypoint", "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
)


def timeout_fault(timeout_s: float) -> Fault:
    """As AWS answers today: ``Sandbox.Timedout``.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html: "In newer runtimes,
    timeouts are reported as Sandbox.Timedout in the error output". The line in the log kept its older form.
    """
    return Fault("Sandbox.Timedout", f"Task timed out after {timeout_s:.2f} seconds", "timeout")


def too_large_payload(size: int, limit: int = RESPONSE_BYTES_MAX) -> bytes:
    text = f"Response payload size exceeded maximum allowed payload size ({limit} bytes)."
    return write_payload(errorMessage=text, errorType="Function.ResponseSizeTooLarge")


def platform_type(error_type: str, default: str) -> str:
    """The type as platform telemetry shows it: only AWS's own families are named there."""
    return error_type if _PLATFORM_TYPE.match(error_type) else default
