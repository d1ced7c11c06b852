"""What precedes every path of a document, and what an import makes of it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-basePath.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sundog.lang.openapi.document import mapping, objects, text

MODES = ("ignore", "prepend", "split")


def base_path(document: Mapping[str, Any]) -> str:
    """``/a/b`` or nothing. OpenAPI 3 has it as a server variable, or in the URL of its first server."""
    if "swagger" in document:
        return _tidy(text(document.get("basePath")))
    servers = objects(document.get("servers"))
    for server in servers:
        variable = mapping(server.get("variables")).get("basePath")
        if isinstance(variable, dict):
            return _tidy(text(variable.get("default")))
    return _tidy(urlsplit(text(servers[0].get("url"))).path) if servers else ""


def prefix(document: Mapping[str, Any], mode: str) -> str:
    """What ``mode`` puts before every path: nothing, all of the base path, or all but its first part."""
    path = base_path(document)
    if mode == "prepend":
        return path
    if mode == "split":
        _, _, rest = path.removeprefix("/").partition("/")
        return f"/{rest}" if rest else ""
    return ""


def _tidy(path: str) -> str:
    parts = [part for part in path.split("/") if part]
    return "".join(f"/{part}" for part in parts)
