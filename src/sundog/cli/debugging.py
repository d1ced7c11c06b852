"""``sundog debug``: have the server run a function under a debugger for as long as the command lasts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

from sundog.cli.remote import Remote

PATH = "/_sundog/lambda/debug"


class CannotDebug(Exception):
    """Why the function does not run under a debugger, in a sentence."""


def begin(remote: Remote, function: str, port: int | None, *, wait: bool, freeze: bool) -> Iterator[str]:
    """Lines to print once the function is reachable for a debugger."""
    answer = _ask(remote, {"function": function, "port": port, "wait": wait, "freeze": freeze})
    where = answer["debugger"]
    name = answer["function"].rpartition(":")[2]
    yield f"{name} runs under a debugger on {where['host']}:{where['port']}; Ctrl-C ends that."
    if wait:
        yield "Its INIT waits until the debugger has attached."
    yield "For VS Code, in .vscode/launch.json (localRoot is where your copy of the code is):"
    yield json.dumps(_launch(name, answer["runtime"], where), indent=2)


def end(remote: Remote, function: str) -> None:
    _ask(remote, {"function": function, "stop": True})


def hold() -> None:
    """Until Ctrl-C."""
    threading.Event().wait()


def _ask(remote: Remote, wish: dict[str, Any]) -> Any:
    answer = remote.post(PATH, wish)
    if "error" in answer:
        raise CannotDebug(answer["error"])
    return answer


def _launch(name: str, runtime: str, where: dict[str, Any]) -> dict[str, Any]:
    root = "${workspaceFolder}"
    if runtime.startswith("python"):
        mapping = [{"localRoot": root, "remoteRoot": "/var/task"}]
        return {
            "name": name, "type": "debugpy", "request": "attach", "connect": where,
            "pathMappings": mapping, "justMyCode": False,
        }  # fmt: skip
    return {
        "name": name, "type": "node", "request": "attach", "address": where["host"], "port": where["port"],
        "localRoot": root, "remoteRoot": "/var/task", "restart": True,
    }  # fmt: skip
