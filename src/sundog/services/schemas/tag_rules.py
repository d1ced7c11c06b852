"""Which tags a resource may have."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sundog.services.schemas import limits
from sundog.services.schemas.errors import BadRequestException

_KEY_MAX, _VALUE_MAX = 128, 256


def change_tags(
    tags: Mapping[str, str], added: Mapping[str, str], removed: Collection[str] = ()
) -> dict[str, str]:
    for key, value in added.items():
        if not 1 <= len(key) <= _KEY_MAX or len(value) > _VALUE_MAX:
            raise BadRequestException(
                f"Tag keys have 1 to {_KEY_MAX} characters, tag values up to {_VALUE_MAX}."
            )
        if key.lower().startswith("aws:"):
            raise BadRequestException("Tag keys must not begin with aws:.")
    changed = {key: value for key, value in {**tags, **added}.items() if key not in removed}
    if len(changed) > limits.TAGS_MAX:
        raise BadRequestException(f"A resource can have at most {limits.TAGS_MAX} tags.")
    return changed
