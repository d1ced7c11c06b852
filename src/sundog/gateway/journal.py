"""What was asked and how it went: the last requests, for people who watch."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

RECORDS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """``error`` is the error code, empty for success; ``duration_ms`` is real time.

    ``authorization`` is what the authorize step found, empty where the request did not get that far.
    """

    time_ms: int
    request_id: str
    account: str
    region: str
    service: str
    operation: str
    status: int
    error: str
    message: str
    duration_ms: float
    authorization: str = ""


class Journal:
    """The last `RECORDS_MAX` requests, and whoever wants to see each as it happens."""

    def __init__(self) -> None:
        self.records: deque[RequestRecord] = deque(maxlen=RECORDS_MAX)
        self.count = 0
        self._watchers: list[Callable[[RequestRecord], None]] = []

    def watch(self, watcher: Callable[[RequestRecord], None]) -> None:
        self._watchers.append(watcher)

    def write(self, record: RequestRecord) -> None:
        self.count += 1
        self.records.append(record)
        for watcher in self._watchers:
            watcher(record)
