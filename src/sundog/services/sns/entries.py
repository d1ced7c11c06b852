"""The list of a PublishBatch: what AWS refuses as a whole."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sundog.services.sns import limits
from sundog.services.sns.errors import (
    BatchEntryIdsNotDistinctException,
    EmptyBatchRequestException,
    InvalidBatchEntryIdException,
    TooManyEntriesInBatchRequestException,
    invalid,
)

_ID = re.compile(r"[A-Za-z0-9_-]+")
_ORDER_ID = re.compile(r"[\x21-\x7e]{1,128}")


def check_entries(entries: Sequence[Mapping[str, Any]]) -> None:
    if not entries:
        raise EmptyBatchRequestException
    if len(entries) > limits.ENTRIES_MAX:
        raise TooManyEntriesInBatchRequestException
    ids = [entry["Id"] for entry in entries]
    for id in ids:
        if len(id) > limits.ENTRY_ID_LENGTH_MAX:
            raise InvalidBatchEntryIdException(problem="is too long", id=id)
        if not _ID.fullmatch(id):
            raise InvalidBatchEntryIdException(problem="contains an impermissible character", id=id)
    if len(set(ids)) != len(ids):
        raise BatchEntryIdsNotDistinctException


def check_ids(entry: Mapping[str, Any]) -> None:
    """The ids that queues order and deduplicate by, as queues check them."""
    for name in ("MessageGroupId", "MessageDeduplicationId"):
        value = entry.get(name)
        if value is not None and not _ORDER_ID.fullmatch(value):
            reason = f"{name} can only include alphanumeric and punctuation characters. 1 to 128 in length."
            raise invalid(f"{name} Reason: {reason}")
