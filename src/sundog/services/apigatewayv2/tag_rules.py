"""What tags may be."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sundog.services.apigatewayv2 import limits
from sundog.services.apigatewayv2.errors import BadRequestException


def change_tags(
    tags: Mapping[str, str], added: Mapping[str, str], removed: Collection[str] = ()
) -> dict[str, str]:
    for key, value in added.items():
        if not 1 <= len(key) <= limits.TAG_KEY_MAX or len(value) > limits.TAG_VALUE_MAX:
            raise BadRequestException("Invalid tag: a key has 1 to 128 characters, a value up to 256")
        if key.lower().startswith("aws:"):
            raise BadRequestException("aws: prefixed tag key names are not allowed for external use.")
    changed = {key: value for key, value in {**tags, **added}.items() if key not in removed}
    if len(changed) > limits.TAGS_MAX:
        raise BadRequestException(f"A resource cannot have more than {limits.TAGS_MAX} tags.")
    return changed
