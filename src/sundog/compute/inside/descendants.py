"""The processes that descend from this one, as far as /proc tells: to signal them, and to end them all."""

# pathlib would cost every zygote its import
# ruff: noqa: PTH123, PTH208

from __future__ import annotations

import contextlib
import os
import signal

_ROUNDS_MAX = 100


def children(pid: int) -> list[int]:
    """Of all its threads; none where the system does not tell."""
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                found += map(int, file.read().split())
    except OSError:
        pass
    return found


def descendants() -> list[int]:
    found = children(os.getpid())
    for pid in found:
        found += children(pid)
    return found


def kill_descendants() -> None:
    """Orphans come to us (subreaper), so some rounds of killing children reach everything."""
    for _ in range(_ROUNDS_MAX):
        left = children(os.getpid())
        if not left:
            return
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(OSError):
                os.waitpid(pid, 0)
