"""Operations of Step Functions that are refused by name, each with what to do instead."""

from __future__ import annotations

from collections.abc import Mapping

REFUSED: Mapping[str, str] = {}
