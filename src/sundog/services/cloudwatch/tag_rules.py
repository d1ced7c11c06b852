"""Tags of alarms and dashboards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sundog.services.cloudwatch import limits
from sundog.services.cloudwatch.errors import InvalidParameterValueException


def check_tags(current: Mapping[str, str], added: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """``current`` with ``added``."""
    tags = dict(current)
    for tag in added:
        if tag["Key"].lower().startswith("aws:"):
            raise InvalidParameterValueException(
                reason=f"The tag key {tag['Key']} is reserved: it must not start with aws:"
            )
        tags[tag["Key"]] = tag["Value"]
    if len(tags) > limits.TAGS_MAX:
        reason = f"A resource must not have more than {limits.TAGS_MAX} tags."
        raise InvalidParameterValueException(reason=reason)
    return tags
