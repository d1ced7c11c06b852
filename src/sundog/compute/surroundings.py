"""What every environment of an engine shares."""

from __future__ import annotations

from dataclasses import dataclass

from sundog.clock import Clock
from sundog.compute.contract import CredentialsSource, LogSink
from sundog.compute.launchers import Launchers
from sundog.ids import Ids


@dataclass(frozen=True, slots=True)
class Surroundings:
    clock: Clock
    ids: Ids
    launchers: Launchers
    sink: LogSink
    endpoint_url: str
    credentials: CredentialsSource
