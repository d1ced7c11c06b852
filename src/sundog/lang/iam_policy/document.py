"""A policy document as values: single items become tuples, the rest stays as written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Effect = Literal["Allow", "Deny"]
VARIABLES_VERSION = "2012-10-17"
"""Policy variables are literal text in documents of any other version (reference_policies_variables)."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. ``None`` means the element is absent; exactly one of a pair is used."""

    sid: str
    effect: Effect
    actions: tuple[str, ...] | None
    not_actions: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    principals: Mapping[str, tuple[str, ...]] | None
    not_principals: Mapping[str, tuple[str, ...]] | None
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Policy:
    statements: tuple[Statement, ...]
    has_variables: bool


def read_policy(document: Mapping[str, Any]) -> Policy:
    """Read a document that has been checked before."""
    statements = document.get("Statement", [])
    statements = statements if isinstance(statements, list) else [statements]
    return Policy(tuple(_read_statement(s) for s in statements), document.get("Version") == VARIABLES_VERSION)


def _read_statement(item: Mapping[str, Any]) -> Statement:
    return Statement(
        sid=item.get("Sid", ""),
        effect="Allow" if item.get("Effect") == "Allow" else "Deny",
        actions=_texts_or_none(item, "Action"),
        not_actions=_texts_or_none(item, "NotAction"),
        resources=_texts_or_none(item, "Resource"),
        not_resources=_texts_or_none(item, "NotResource"),
        principals=_read_principals(item.get("Principal")),
        not_principals=_read_principals(item.get("NotPrincipal")),
        conditions={
            operator: {key: _texts(value) for key, value in keys.items()}
            for operator, keys in (item.get("Condition") or {}).items()
        },
    )


def _texts_or_none(item: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    return _texts(item[name]) if name in item else None


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_text(v) for v in value) if isinstance(value, list) else (_text(value),)


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _read_principals(value: Any) -> Mapping[str, tuple[str, ...]] | None:
    if value is None:
        return None
    if value == "*":
        return {"AWS": ("*",)}
    return {kind: _texts(names) for kind, names in value.items()}
