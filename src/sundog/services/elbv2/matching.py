"""Rules as predicates over requests: compiled once, asked for every request.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sundog.services.elbv2.conditions import CONFIGS, TRANSFORMS


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as a listener sees it. ``path`` and ``query`` are raw; names in ``pairs`` are lower case."""

    method: str
    host: str
    path: str
    query: str
    pairs: tuple[tuple[str, str], ...]
    body: bytes
    source_ip: str
    scheme: str
    port: int

    def values(self, name: str) -> list[str]:
        return [value for one, value in self.pairs if one == name]

    def last(self, name: str) -> str:
        return next((value for one, value in reversed(self.pairs) if one == name), "")

    @property
    def host_name(self) -> str:
        """Without the port."""
        name, _, port = self.host.rpartition(":")
        return name if port.isdigit() and name else self.host


class TransformFailed(Exception):
    """A pattern matches, but its replacement cannot be made."""


Predicate = Callable[[Incoming], bool]
Rewrite = Callable[[Incoming], Incoming]


def compile_conditions(conditions: Sequence[Mapping[str, Any]]) -> tuple[Predicate, ...]:
    return tuple(_COMPILERS[one["Field"]](one[CONFIGS[one["Field"]]]) for one in conditions)


def compile_transforms(transforms: Sequence[Mapping[str, Any]]) -> tuple[Rewrite, ...]:
    return tuple(_rewrite(one["Type"], one[TRANSFORMS[one["Type"]]]["Rewrites"][0]) for one in transforms)


def _texts(config: Mapping[str, Any], *, ignores_case: bool, escapes: bool = False) -> Callable[[str], bool]:
    """Whether a text is like one of the wildcard patterns, or holds one of the regular expressions."""
    flags = re.IGNORECASE if ignores_case else 0
    globs = [re.compile(glob(value, escapes), flags | re.DOTALL) for value in config.get("Values") or ()]
    patterns = [re.compile(value, flags) for value in config.get("RegexValues") or ()]
    return lambda text: any(one.fullmatch(text) for one in globs) or any(one.search(text) for one in patterns)


def glob(pattern: str, escapes: bool = False) -> str:
    """``*`` is any characters, ``?`` one; with ``escapes`` a backslash before them makes them themselves."""
    parts = re.findall(r"\\[*?\\]|.", pattern, re.DOTALL) if escapes else list(pattern)
    return "".join(_GLOBS.get(part) or re.escape(part[-1]) for part in parts)


_GLOBS = {"*": ".*", "?": "."}


def _host(config: Mapping[str, Any]) -> Predicate:
    is_like = _texts(config, ignores_case=True)
    return lambda incoming: is_like(incoming.host_name)


def _path(config: Mapping[str, Any]) -> Predicate:
    is_like = _texts(config, ignores_case=False)
    return lambda incoming: is_like(incoming.path)


def _header(config: Mapping[str, Any]) -> Predicate:
    is_like, name = _texts(config, ignores_case=True), config["HttpHeaderName"].lower()
    return lambda incoming: any(is_like(value) for value in incoming.values(name))


def _query(config: Mapping[str, Any]) -> Predicate:
    wanted = [
        (
            re.compile(glob(pair["Key"], True), re.IGNORECASE) if pair.get("Key") else None,
            re.compile(glob(pair["Value"], True), re.IGNORECASE),
        )
        for pair in config["Values"]
    ]

    def is_like(incoming: Incoming) -> bool:
        found = [part.partition("=")[::2] for part in incoming.query.split("&") if part]
        return any(
            (key is None or key.fullmatch(name)) and value.fullmatch(text)
            for key, value in wanted
            for name, text in found
        )

    return is_like


def _method(config: Mapping[str, Any]) -> Predicate:
    methods = frozenset(config["Values"])
    return lambda incoming: incoming.method in methods


def _source(config: Mapping[str, Any]) -> Predicate:
    networks = [ipaddress.ip_network(value, strict=False) for value in config["Values"]]

    def is_in(incoming: Incoming) -> bool:
        try:
            address = ipaddress.ip_address(incoming.source_ip)
        except ValueError:
            return False
        return any(address in network for network in networks)

    return is_in


_COMPILERS: Mapping[str, Callable[[Mapping[str, Any]], Predicate]] = {
    "host-header": _host,
    "path-pattern": _path,
    "http-header": _header,
    "query-string": _query,
    "http-request-method": _method,
    "source-ip": _source,
}


def _rewrite(kind: str, rewrite: Mapping[str, str]) -> Rewrite:
    """``$1`` stands for what the first group matched."""
    pattern = re.compile(rewrite["Regex"])
    template = re.sub(r"\$(\d)", r"\\g<\1>", rewrite["Replace"].replace("\\", "\\\\"))

    def replaced(text: str) -> str:
        if not pattern.search(text):
            return text
        try:
            return pattern.sub(template, text, count=1)
        except (re.error, IndexError) as error:  # it names a group that the expression does not have
            raise TransformFailed from error

    if kind == "host-header-rewrite":
        return lambda incoming: _with_host(incoming, replaced(incoming.host))

    def rewrite_url(incoming: Incoming) -> Incoming:
        url = replaced(f"{incoming.path}?{incoming.query}" if incoming.query else incoming.path)
        path, _, query = url.partition("?")
        return replace(incoming, path=path if path.startswith("/") else f"/{path}", query=query)

    return rewrite_url


def _with_host(incoming: Incoming, host: str) -> Incoming:
    pairs = tuple((name, host if name == "host" else value) for name, value in incoming.pairs)
    return replace(incoming, host=host, pairs=pairs)
