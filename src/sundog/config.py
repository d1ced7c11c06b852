"""Everything an operator can set. Read once, checked once, then passed down; never looked up again."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

LimitsName = Literal["aws", "classic", "relaxed"]
Durability = Literal["full", "process"]
IamMode = Literal["off", "audit", "enforce"]

_CHOICES: dict[str, tuple[str, ...]] = {
    "limits": get_args(LimitsName),
    "durability": get_args(Durability),
    "iam": get_args(IamMode),
}
VPC_PLACES_MAX = 32
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class ConfigError(ValueError):
    """A setting is unknown or has a value that makes no sense."""


def _setting(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True, kw_only=True)
class Config:
    host: str = _setting("127.0.0.1", "Address to listen on; any but loopback needs --iam enforce.")
    port: int = _setting(4566, "Port of the AWS endpoint; 0 takes a free one.")
    data: Path = _setting(Path("./.sundog"), "Folder of the database, code bundles and blobs.")
    account: str = _setting("000000000000", "Account of callers whose access key names none.")
    region: str = _setting("us-east-1", "Region of requests that name none.")
    store: str = _setting(
        "", "postgresql://... to share one database; empty means SQLite in the data folder."
    )
    ephemeral: bool = _setting(False, "Keep everything in memory; forget it at the end.")
    durability: Durability = _setting(
        "full", "full: on disk before the answer. process: survives SIGKILL only."
    )
    iam: IamMode = _setting(
        "audit", "off or audit: all get in; enforce: signed requests only. Policies are not evaluated yet."
    )
    limits: LimitsName = _setting("aws", "Quotas: aws (today's), classic (the well-known older), relaxed.")
    tls: bool = _setting(False, "Answer HTTPS on the same port, with a certificate made in the data folder.")
    tls_cert: str = _setting("", "Answer HTTPS with this certificate (PEM, with its chain).")
    tls_key: str = _setting("", "The private key of --tls-cert (PEM).")
    smtp: str = _setting(
        "", "smtp://[user:password@]host[:port] (or smtps:) that mails of SNS are forwarded to."
    )
    kafka: str = _setting(
        "", "host:port[,host:port] of a Kafka cluster that stands for every cluster of MSK, by whatever ARN."
    )
    vpc_allow: str = _setting(
        "",
        "What functions with a VpcConfig reach besides sundog: ports of this machine and hosts with their "
        "ports, as 5432,db.internal:6379; * for everything.",
    )

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65_535:
            raise ConfigError(f"port must be between 0 and 65535, not {self.port}")
        if not (len(self.account) == 12 and self.account.isdigit()):
            raise ConfigError(f"account must be 12 digits, not {self.account!r}")
        if bool(self.tls_cert) != bool(self.tls_key):
            raise ConfigError("tls_cert and tls_key must be given together")
        if self.smtp and not _is_mail_server(self.smtp):
            raise ConfigError("smtp must be smtp://[user:password@]host[:port] or smtps://...")
        if any(not _is_host_and_port(server) for server in self.kafka_servers):
            raise ConfigError(f"kafka must be host:port[,host:port], not {self.kafka!r}")
        if len(self.vpc_places) > VPC_PLACES_MAX:
            raise ConfigError(f"vpc_allow may name {VPC_PLACES_MAX} ports and hosts")
        if self.vpc_allow != "*" and any(
            not host or not 0 < port <= 65_535 for host, port in self.vpc_places
        ):
            raise ConfigError("vpc_allow must be ports and hosts with ports, as 5432,db.internal:6379, or *")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ConfigError(f"{name} must be one of {', '.join(choices)}, not {getattr(self, name)!r}")
        if self.store and not self.store.startswith(("postgresql://", "postgres://")):
            raise ConfigError(f"store must be a postgresql:// URL, not {self.store!r}")
        if not self.is_on_loopback and self.iam != "enforce":
            raise ConfigError(f"listening on {self.host} needs --iam enforce: sundog is closed by default")

    @property
    def kafka_servers(self) -> tuple[str, ...]:
        return tuple(word.strip() for word in self.kafka.split(",")) if self.kafka else ()

    @property
    def vpc_places(self) -> tuple[tuple[str, int], ...]:
        """Hosts and ports of ``vpc_allow``; port 0 stands for what is none."""
        words = [word.strip() for word in self.vpc_allow.split(",")] if self.vpc_allow else []
        pairs = [word.rpartition(":") if ":" in word else ("127.0.0.1", ":", word) for word in words]
        return tuple((host, int(port) if port.isdecimal() else 0) for host, _, port in pairs)

    @property
    def is_on_loopback(self) -> bool:
        """Whoever calls is on this machine already: what its user may do, callers may do."""
        return self.host in _LOOPBACK

    @classmethod
    def load(cls, environment: Mapping[str, str], file: Path | None = None, **options: Any) -> Config:
        """Options (None = not given) win over ``SUNDOG_...`` variables, which win over the TOML file."""
        values: dict[str, Any] = {}
        if file is not None and file.exists():
            values.update(tomllib.loads(file.read_text()))
        prefix = "SUNDOG_"
        values.update(
            {k.removeprefix(prefix).lower(): v for k, v in environment.items() if k.startswith(prefix)}
        )
        values.update({k: v for k, v in options.items() if v is not None})
        known = {f.name: f for f in fields(cls)}
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise ConfigError(f"unknown setting {', '.join(unknown)}; known: {', '.join(sorted(known))}")
        return cls(**{name: _convert(name, known[name].default, value) for name, value in values.items()})


def _is_mail_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is no number
        return False


def _is_host_and_port(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return bool(host) and port.isdecimal() and 0 < int(port) <= 65_535


def _convert(name: str, default: Any, value: Any) -> Any:
    if isinstance(default, bool) and isinstance(value, str):
        if value.lower() not in ("1", "0", "true", "false", "yes", "no", ""):
            raise ConfigError(f"{name} must be true or false, not {value!r}")
        return value.lower() in ("1", "true", "yes")
    try:
        return type(default)(value)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{name}: {error}") from error
