"""How a task that is called fails."""

from __future__ import annotations


class TaskError(Exception):
    """The task has failed with this error name and cause."""

    def __init__(self, error: str, cause: str | None) -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause
