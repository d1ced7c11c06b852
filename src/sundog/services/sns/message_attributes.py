"""Message attributes: what is refused, and how much they weigh."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from sundog.services.sns.errors import InvalidParameterValueException
from sundog.services.sns.model import Attributes

_NAME = re.compile(r"[A-Za-z0-9_\-.]{1,256}")
_TYPES = ("String", "Number", "Binary")


def read_attributes(given: Mapping[str, Mapping[str, Any]]) -> tuple[Attributes, int]:
    """The attributes as they are kept (bytes as base64), and their size in bytes."""
    read: dict[str, dict[str, str]] = {}
    size = 0
    for name, attribute in given.items():
        kind = attribute["DataType"]
        _check(name, kind, attribute)
        blob = attribute.get("BinaryValue")
        text = attribute.get("StringValue") or ""
        size += len(name.encode()) + len(kind.encode()) + (len(blob) if blob else len(text.encode()))
        read[name] = (
            {"DataType": kind, "BinaryValue": base64.b64encode(blob).decode()}
            if blob
            else {"DataType": kind, "StringValue": text}
        )
    return read, size


def _check(name: str, kind: str, attribute: Mapping[str, Any]) -> None:
    if not _NAME.fullmatch(name) or name.startswith(".") or name.endswith(".") or ".." in name:
        raise InvalidParameterValueException(
            reason="Invalid characters found. The message attribute name can contain the following "
            "characters: "
            "A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.)."
        )
    if name.lower().startswith(("aws.", "amazon.")):
        raise InvalidParameterValueException(
            reason="The message attribute name can't start with aws. or amazon. (or any variations in "
            "casing)."
        )
    stem = kind.split(".")[0]
    if stem not in _TYPES:
        raise InvalidParameterValueException(
            reason=f"The message attribute '{name}' has an invalid message attribute type, the set of "
            f"supported "
            "type prefixes is Binary, Number, and String."
        )
    value = attribute.get("BinaryValue") if stem == "Binary" else attribute.get("StringValue")
    if not value:
        raise InvalidParameterValueException(
            reason=f"The message attribute '{name}' must contain non-empty message attribute value for "
            f"message "
            f"attribute type '{kind}'."
        )
    if stem == "Number" and not _is_number(value):
        raise InvalidParameterValueException(
            reason=f"Could not cast message attribute '{name}' value to number."
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
