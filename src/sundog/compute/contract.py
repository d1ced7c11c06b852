"""What the Lambda service asks of compute, as values: a function to run, an invocation, its outcome."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from sundog.compute.response_stream import ResponseStream

InitializationType = Literal["on-demand", "provisioned-concurrency", "snap-start"]


@dataclass(frozen=True, slots=True)
class Debugger:
    """The function runs under a debugger that is reached on ``port`` of loopback: one environment at a time.

    ``waits``: INIT holds still until one has attached. ``stops_clock``: sundog's time stands still while an
    invocation runs, so that nothing expires while somebody thinks. Its own time limits are off.
    """

    port: int
    waits: bool = False
    stops_clock: bool = False


@dataclass(frozen=True, slots=True)
class ImageProgram:
    """What a container image runs: ``root`` is its unpacked file system, ``argv`` its entry point."""

    root: Path
    argv: tuple[str, ...]
    working_dir: str
    environment: Mapping[str, str]
    handler: str = ""
    """The first word of its command, which AWS's base images take as the handler."""


IMAGE = "image"
"""Stands where a runtime is named, for functions that bring their own in a container image."""


@dataclass(frozen=True, slots=True)
class Isolation:
    """A network of the function's own: it reaches sundog, these hosts and ports, and nothing else."""

    places: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """One version of one function, everything an execution environment needs to know.

    Two specs with equal ``revision`` share environments; any change of code or configuration gives a
    new one. ``arn`` is unqualified; ``version`` is ``$LATEST`` or a number. ``environment`` holds the
    user's variables only; compute adds the reserved ones. ``code_dir`` is the unpacked bundle,
    ``layer_dirs`` go to /opt in order.
    """

    arn: str
    name: str
    version: str
    revision: str
    account: str
    region: str
    runtime: str
    handler: str
    code_dir: Path
    memory_mb: int
    timeout_s: int
    tmp_mb: int = 512
    layer_dirs: tuple[Path, ...] = ()
    environment: Mapping[str, str] | None = None
    role_arn: str = ""
    architecture: str = "x86_64"
    log_group: str = ""
    log_format: Literal["Text", "JSON"] = "Text"
    application_log_level: str = ""
    system_log_level: str = ""
    tracing_active: bool = False
    init_type: InitializationType = "on-demand"
    watched: tuple[Path, ...] = ()
    """Folders among the above that may change under the function: looked at before each invocation."""
    debugger: Debugger | None = None
    isolation: Isolation | None = None
    """None for the network of the machine. Held to only where there are namespaces."""
    image: ImageProgram | None = None
    """Set where ``runtime`` is `IMAGE`; ``code_dir`` is its root then, and there are no layers."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """``invoked_arn`` is what the caller named (qualified or not)."""

    request_id: str
    payload: bytes
    invoked_arn: str
    trace_header: str = ""
    client_context: str = ""
    """Raw JSON, decoded from the X-Amz-Client-Context header."""
    cognito_identity: str = ""
    tenant_id: str = ""
    stream: ResponseStream | None = None
    """Where the caller takes a streamed response from. Without it a response is buffered, streamed or not."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an invocation ended.

    ``function_error`` is what X-Amz-Function-Error says (``Unhandled`` or ``Handled``), None for success;
    ``payload`` then is AWS's error document; it is empty where a response was streamed well. ``log_tail`` is
    the last 4 KB of the invocation's log.
    Durations are milliseconds of real time.
    """

    payload: bytes
    function_error: str | None
    log_tail: bytes
    duration_ms: float
    billed_ms: int
    memory_used_mb: int
    init_ms: float | None = None
    status: Literal["success", "error", "timeout"] = "success"
    error_type: str = ""
    has_failed_restore: bool = False
    """The snapshot could not be restored; the function has not seen the event."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """``time_ms`` is sundog's time."""

    time_ms: int
    message: str


class LogSink(Protocol):
    """Where an environment's log lines go; must not block. Called in order for one stream."""

    def write(self, spec: FunctionSpec, stream: str, lines: list[LogLine]) -> None: ...


@dataclass(frozen=True, slots=True)
class Credentials:
    access_key_id: str
    secret_access_key: str
    session_token: str


CredentialsSource = Callable[[FunctionSpec], Awaitable[Credentials]]
"""Temporary credentials of the function's role, asked for once per environment."""


class EngineError(Exception):
    """Compute could not run the function at all (no runtime, no resources): not the function's fault."""


class RuntimeMissing(EngineError):
    """The interpreter of this runtime is not on this machine; the text names the remedy."""


class CodeMissing(RuntimeMissing):
    """The function's code is not where it is said to be."""


class Engine(Protocol):
    """Runs invocations; starts, keeps, freezes and reaps execution environments as AWS does."""

    async def start(self) -> None: ...

    async def invoke(self, spec: FunctionSpec, invocation: Invocation) -> Outcome:
        """Run in a free environment of the spec, or a new one. Concurrency limits are the caller's."""
        ...

    async def keep(self, spec: FunctionSpec, count: int) -> int:
        """Have ``count`` environments of the spec initialised and waiting, from now on; 0 lets them go.

        Returns how many there are: fewer than asked where INIT fails. Call again now and then: those that
        died or grew old are replaced by it.
        """
        ...

    async def retire(self, arn: str, keep_revision: str | None = None) -> None:
        """Shut down the function's environments but those of ``keep_revision``; running ones when done."""
        ...

    def supports(self, runtime: str) -> str | None:
        """None when the runtime can run here, else the remedy in a sentence."""
        ...

    async def stop(self) -> None: ...
