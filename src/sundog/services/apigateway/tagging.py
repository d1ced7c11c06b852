"""What tags must be like."""

from __future__ import annotations

from collections.abc import Mapping

from sundog.services.apigateway import limits
from sundog.services.apigateway.errors import BadRequestException, LimitExceededException

KEY_MAX, VALUE_MAX = 128, 256


def check_tags(tags: Mapping[str, str]) -> None:
    for key, value in tags.items():
        if not 1 <= len(key) <= KEY_MAX:
            raise BadRequestException(f"Invalid tag key, must be between 1 and {KEY_MAX} characters: {key}")
        if key.lower().startswith("aws:"):
            raise BadRequestException("Tag keys must not begin with aws:")
        if len(value) > VALUE_MAX:
            raise BadRequestException(f"Invalid tag value, can be at most {VALUE_MAX} characters: {key}")
    if len(tags) > limits.TAGS_MAX:
        raise LimitExceededException(f"The limit of {limits.TAGS_MAX} tags is exceeded")
