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
)

_ID = re.compile(r"[A-Za-z0-9_-]+")


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
