"""The data folder belongs to one process at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from sundog.store.contract import DataFolderInUse


class FolderLock:
    """Held from `take` until `release`, or until the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> None:
        """Raises DataFolderInUse, naming the process that has it."""
        self._path.parent.mkdir(0o700, parents=True, exist_ok=True)  # secrets of access keys are in it
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.pread(file, 32, 0).decode() or "unknown"
            os.close(file)
            folder = self._path.parent
            text = f"{folder} is in use by another sundog (process {owner}); choose another --data folder"
            raise DataFolderInUse(error.errno, text) from error
        os.ftruncate(file, 0)
        os.pwrite(file, str(os.getpid()).encode(), 0)
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
