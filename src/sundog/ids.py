"""Chance, as something the caller hands in. Nothing else in the package may ask for a random value."""

from __future__ import annotations

import random
import secrets
import uuid
from typing import Protocol

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_UUID_KEPT = ~((0xF << 76) | (0x3 << 62))
_UUID_4 = (0x4 << 76) | (0x2 << 62)
"""Version and variant of a UUID4, at their bits of the 128."""


class Ids(Protocol):
    """Where identifiers and jitter come from."""

    def uuid(self) -> str: ...
    def hex(self, length: int) -> str: ...
    def upper(self, length: int) -> str:
        """Capital letters and digits, as in access key and role ids."""
        ...

    def random(self) -> float: ...
    def bytes(self, length: int) -> bytes: ...


class RandomIds:
    """Identifiers nobody can guess."""

    def __init__(self) -> None:
        self._random = random.Random(secrets.randbits(64))

    def uuid(self) -> str:
        # A fast UUID4: request and message ids need to be unique, not secret.
        text = f"{self._random.getrandbits(128) & _UUID_KEPT | _UUID_4:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def hex(self, length: int) -> str:
        return secrets.token_hex((length + 1) // 2)[:length]

    def upper(self, length: int) -> str:
        return "".join(secrets.choice(_LETTERS) for _ in range(length))

    def random(self) -> float:
        return self._random.random()

    def bytes(self, length: int) -> bytes:
        return secrets.token_bytes(length)


class SeededIds:
    """The same identifiers for the same seed: for tests and simulation."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)

    def uuid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def hex(self, length: int) -> str:
        return f"{self._random.getrandbits(4 * length):0{length}x}"

    def upper(self, length: int) -> str:
        return "".join(self._random.choice(_LETTERS) for _ in range(length))

    def random(self) -> float:
        return self._random.random()

    def bytes(self, length: int) -> bytes:
        return self._random.randbytes(length)
