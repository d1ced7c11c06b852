"""What EventBridge Schemas has and sundog has not, with what to do instead."""

from __future__ import annotations

from collections.abc import Mapping

_BINDINGS = "Generate types from ExportSchema with a generator of your language, e.g. quicktype."

REFUSED: Mapping[str, str] = {
    "DescribeCodeBinding": _BINDINGS,
    "GetCodeBindingSource": _BINDINGS,
    "PutCodeBinding": _BINDINGS,
}
