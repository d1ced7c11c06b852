"""Named SQL statements, kept in .sql files beside the service that owns them.

A file holds ``-- name: send_message`` blocks with ``:named`` values. Both databases run the same text;
where they cannot, ``<file>.postgres.sql`` overrides a block by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)[ \t]*\n", re.MULTILINE)
_COMMENT = re.compile(r"^--.*\n?", re.MULTILINE)
_VALUE = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement in both dialects: ``sqlite`` with ``:name`` values, ``postgres`` with ``%(name)s``.

    ``is_read``: it certainly changes nothing. A transaction of such statements costs no commit.
    """

    name: str
    sqlite: str
    postgres: str
    is_read: bool = False


class Statements(dict[str, Statement]):
    """Statements by name."""


def load_queries(path: Path) -> Statements:
    """Read ``queries.sql`` and, where present, ``queries.postgres.sql``."""
    common = _read(path)
    override_path = path.with_suffix(".postgres.sql")
    overrides = _read(override_path) if override_path.exists() else {}
    unknown = set(overrides) - set(common)
    assert not unknown, f"{override_path} overrides statements that {path} does not have: {sorted(unknown)}"
    return Statements(
        {
            name: Statement(
                name,
                sqlite=text,
                postgres=_to_postgres(overrides.get(name, text)),
                is_read=text[:6].lower() == "select",
            )
            for name, text in common.items()
        }
    )


def _read(path: Path) -> Mapping[str, str]:
    parts = _NAME.split(path.read_text())
    names, texts = parts[1::2], parts[2::2]
    assert len(set(names)) == len(names), f"{path} names a statement twice"
    return {name: _COMMENT.sub("", text).strip() for name, text in zip(names, texts, strict=True)}


def _to_postgres(text: str) -> str:
    return _VALUE.sub(r"%(\1)s", text.replace("%", "%%"))
