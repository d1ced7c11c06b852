"""Values as SQLite has them: integers of 64 bits, no booleans, no decimals, text with any character."""

from __future__ import annotations

from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Dumper, Loader
from psycopg.types.numeric import Int8Dumper

_NUL, _NUL_SIGN = "\0", "\u2400"


class _FlagDumper(Int8Dumper):
    """True and False are 1 and 0."""

    def dump(self, obj: bool) -> bytes:
        return b"1" if obj else b"0"


class _TextDumper(Dumper):
    """PostgreSQL's text cannot hold NUL. No name on AWS has one; its sign stands for it: nothing is found."""

    def dump(self, obj: str) -> bytes:
        return obj.replace(_NUL, _NUL_SIGN).encode()


class _NumericLoader(Loader):
    """The sum of integers is an integer."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode()
        return int(text) if text.lstrip("-").isdigit() else float(text)


def register_types(adapters: AdaptersMap) -> None:
    adapters.register_dumper(int, Int8Dumper)  # one type whatever the size, so one plan a statement
    adapters.register_dumper(bool, _FlagDumper)
    adapters.register_dumper(str, _TextDumper)
    adapters.register_loader("numeric", _NumericLoader)
