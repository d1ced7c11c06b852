"""What a command sees: an event with the fields found in it, or a row of an aggregation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sundog.lang.logs_insights.discover import discover
from sundog.lang.logs_insights.values import Time, Value


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One stored event. ``log``: ``account:group``; ``pointer`` leads back to it."""

    message: str
    time_ms: int
    ingested_ms: int = 0
    log: str = ""
    stream: str = ""
    pointer: str = ""


@dataclass(slots=True)
class Record:
    """``own``: what commands have added. Fields of the message are looked for when one is asked for."""

    event: LogEvent | None
    own: dict[str, Value] = field(default_factory=dict)
    _found: Mapping[str, Value] | None = None

    def get(self, name: str, path: tuple[str, ...]) -> Value:
        """The value of a name, or what its steps lead to in a map or list of ours; None if missing."""
        if name in self.own:
            return self.own[name]
        if self.event is not None:
            value = self._of_event(self.event, name)
            if value is not None:
                return value
        return self._inside(path) if len(path) > 1 else None

    def _of_event(self, event: LogEvent, name: str) -> Value:
        read = _SYSTEM.get(name)
        if read is not None:
            return read(event)
        if self._found is None:
            self._found = discover(event.message, event.log)
        return self._found.get(name)

    def _inside(self, path: tuple[str, ...]) -> Value:
        for length in range(len(path) - 1, 0, -1):
            value = self.own.get(".".join(path[:length]))
            if isinstance(value, list | dict):
                return _step(value, path[length:])
        return None


def _step(value: Value, path: tuple[str, ...]) -> Value:
    for name in path:
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isascii() and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


_SYSTEM: Mapping[str, Callable[[LogEvent], Value]] = {
    "@message": lambda event: event.message,
    "@timestamp": lambda event: Time(event.time_ms),
    "@ingestionTime": lambda event: Time(event.ingested_ms),
    "@log": lambda event: event.log,
    "@logStream": lambda event: event.stream,
    "@ptr": lambda event: event.pointer,
}
