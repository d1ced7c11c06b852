"""Python functions: AWS's own runtime client (PyPI ``awslambdaric``), with our transport below it.

`prepare` runs in the zygote, `run` in the forked process. Of the folder where sundog's own dependencies
lie, functions see only the packages that AWS's runtimes bring along.
"""

# pathlib would cost every zygote its import
# ruff: noqa: PTH118

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib
import importlib.abc
import importlib.machinery
import os
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from . import clones, runtime_client

BROUGHT_ALONG = frozenset(
    ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six", "awslambdaric",
     "simplejson", "snapshot_restore_py")
)  # fmt: skip


class RuntimePackages(importlib.abc.MetaPathFinder):
    """Finds the packages of AWS's Python runtimes, and no others, in the folders given; asked last."""

    def __init__(self, folders: Sequence[str]) -> None:
        self.folders = list(folders)
        self.names = BROUGHT_ALONG

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if path is not None or fullname not in self.names:
            return None
        return importlib.machinery.PathFinder.find_spec(fullname, self.folders, target)


def prepare(folders: Sequence[str], names: Sequence[str]) -> None:
    """Make the packages importable and import ``names`` now. Nothing may start a thread."""
    sys.path[:] = [p for p in sys.path if p and "site-packages" not in p and "dist-packages" not in p]
    sys.meta_path.append(RuntimePackages(folders))
    sys.modules["runtime_client"] = runtime_client
    for name in names:
        # What this version of Python cannot import, a function finds out for itself
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def run(
    environment: dict[str, str],
    handler: str,
    opt: str,
    debugger: dict[str, Any] | None,
    control: int = -1,
) -> int:
    """Be the runtime until the process ends; returns the exit status.

    ``control`` is a descriptor where clones of it are asked for, negative for none.
    """
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    _set_paths(environment["LAMBDA_TASK_ROOT"], opt)
    sys.argv = [os.path.join(environment["LAMBDA_RUNTIME_DIR"], "bootstrap.py")]
    try:
        if debugger is not None:
            _listen_for_debugger(debugger["port"], debugger["waits"])
        _serve(environment, handler, control)
    except SystemExit as stop:
        return _finish(_status(stop.code))
    except BaseException:
        traceback.print_exc()
        return _finish(1)
    return _finish(0)


def _set_paths(task: str, opt: str) -> None:
    """As on AWS: the bundle first, then layers, then what the runtime brings along."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    sys.path[:0] = [task, f"{opt}/python/lib/{version}/site-packages", f"{opt}/python"]


def _serve(environment: dict[str, str], handler: str, control: int) -> None:
    bootstrap: Any = importlib.import_module("awslambdaric.bootstrap")
    client: Any = importlib.import_module("awslambdaric.lambda_runtime_client")
    marshaller: Any = importlib.import_module("awslambdaric.lambda_runtime_marshaller")
    if environment.get("AWS_LAMBDA_LOG_FORMAT") == "JSON" or environment.get("AWS_LAMBDA_LOG_LEVEL"):
        bootstrap = importlib.reload(bootstrap)  # reads these variables when it is imported
    client.BaseLambdaRuntimeClient.marshaller = marshaller.LambdaMarshaller()  # reads AWS_EXECUTION_ENV
    log = os.dup(1)
    os.environ["_LAMBDA_TELEMETRY_LOG_FD"] = str(log)
    runtime = client.LambdaRuntimeClient(environment["AWS_LAMBDA_RUNTIME_API"])
    if control >= 0:
        runtime.restore_next = functools.partial(_stand_still, runtime, clones.Template(control, log))
    bootstrap.run(handler, runtime)


def _stand_still(runtime: Any, template: clones.Template) -> None:
    """A clone that goes on has a Runtime API of its own."""
    template.stand_still()
    runtime.lambda_runtime_address = os.environ["AWS_LAMBDA_RUNTIME_API"]


def _listen_for_debugger(port: int, waits: bool) -> None:
    """Let one attach, now or later; the function's own debugpy is taken first."""
    for finder in sys.meta_path:
        if isinstance(finder, RuntimePackages):
            finder.names |= {"debugpy"}
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # it would print a warning about frozen modules
    debugpy: Any = importlib.import_module("debugpy")
    debugpy.configure(subProcess=False)
    debugpy.listen(("127.0.0.1", port), in_process_debug_adapter=True)
    del os.environ["PYDEVD_DISABLE_FILE_VALIDATION"]
    if waits:
        debugpy.wait_for_client()


def _status(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def _finish(status: int) -> int:
    """What an interpreter does on its way out."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
    return status
