"""What tags an item of IAM may have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sundog.services.iam.errors import InvalidInputException, LimitExceededException
from sundog.services.iam.limits import TAGS_MAX


def check_tags(tags: Sequence[dict[str, Any]], title: str) -> list[dict[str, Any]]:
    """The tags of a new item; their keys differ without regard to case."""
    keys = [t["Key"].lower() for t in tags]
    if len(set(keys)) != len(keys):
        raise InvalidInputException(
            reason="Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    if any(key.startswith("aws:") for key in keys):
        raise InvalidInputException(reason="Tag keys beginning with aws: are reserved for system use.")
    if len(tags) > TAGS_MAX:
        raise LimitExceededException(quota=f"TagsPer{title}", limit=TAGS_MAX)
    return [{"Key": t["Key"], "Value": t["Value"]} for t in tags]
