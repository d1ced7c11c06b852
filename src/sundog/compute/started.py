"""The processes of one environment that have been started, with the pipes they write to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sundog.compute.function_log import FunctionLog, LogPipe
from sundog.compute.process_tree import RUNTIME, ProcessTree, TreeListener

Order = Mapping[str, Any]
"""One thing for the environment's first process to do (``inside/init.py``)."""


class Started:
    """Extensions go first; the runtime follows once they all have registered.

    ``first`` starts the runtime this time, ``runtime`` every other time: they differ when it was taken
    from the spares.
    """

    def __init__(
        self,
        tree: ProcessTree,
        pipes: Sequence[LogPipe],
        extensions: Sequence[Order] = (),
        first: Order | None = None,
        runtime: Order | None = None,
    ) -> None:
        self.tree = tree
        self._pipes = pipes
        self._extensions = extensions
        self._first = first
        self._runtime = runtime
        self._waiting: Order | None = None

    def begin(self, log: FunctionLog, listener: TreeListener) -> None:
        """Start what has to run; from now on ``log`` and ``listener`` are told."""
        self.attach(log, listener)
        self._start(self._first)

    def attach(self, log: FunctionLog, listener: TreeListener) -> None:
        """Of what runs already, too."""
        for pipe in self._pipes:
            pipe.attach(log)
        self.tree.attach(listener)

    def begin_again(self) -> None:
        """Start everything anew, in the same place, after `clear`."""
        self._start(self._runtime)

    def start_runtime(self) -> None:
        """Only the first call after a begin does something."""
        order, self._waiting = self._waiting, None
        if order is not None:
            self.tree.order(order)

    def drain(self) -> None:
        """Take what has been written up to now."""
        for pipe in self._pipes:
            pipe.drain()

    async def clear(self) -> bool:
        """End every process but keep the place and its /tmp. False when that cannot be had."""
        return await self.tree.clear()

    def stop(self) -> None:
        self.tree.kill()
        for pipe in self._pipes:
            pipe.drain()
            pipe.close()

    def _start(self, runtime: Order | None) -> None:
        for order in self._extensions:
            self.tree.order(order)
        self._waiting = runtime
        if not self._extensions:
            self.start_runtime()


def start_order(name: str, log: str, argv: list[str], **more: Any) -> dict[str, Any]:
    """To execute a program in a process of its own."""
    return {"op": "start", "name": name, "log": log, "how": "exec", "argv": argv, **more}


def feed_order(text: str) -> dict[str, Any]:
    """To tell a spare who it is."""
    return {"op": "feed", "name": RUNTIME, "text": text}
