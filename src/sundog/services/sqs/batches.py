"""Batch requests: the rules all three of them share, and how single failures are told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sundog.context import Request
from sundog.errors import AwsError
from sundog.services.sqs import limits
from sundog.services.sqs.errors import (
    BatchEntryIdsNotDistinct,
    EmptyBatchRequest,
    InvalidBatchEntryId,
    TooManyEntriesInBatchRequest,
    query_code,
)
from sundog.services.sqs.rules import require

Entry = Mapping[str, Any]
_ENTRY_ID = re.compile(r"^[A-Za-z0-9_\-]{1,80}\Z")


def check_entries(request: Request, operation: str, *required: str) -> Sequence[Entry]:
    """The entries of a batch request; ``required`` are the parameters each must have."""
    kind = f"{operation}RequestEntry"
    entries: Sequence[Entry] = request.get("Entries") or ()
    if not entries:
        raise EmptyBatchRequest(entry=kind)
    if len(entries) > limits.BATCH_ENTRIES_MAX:
        raise TooManyEntriesInBatchRequest(limit=limits.BATCH_ENTRIES_MAX, sent=len(entries))
    seen = set()
    for number, entry in enumerate(entries, 1):
        require(entry, "Id", *required, prefix=f"{kind}.{number}.")
        if not _ENTRY_ID.match(entry["Id"]):
            raise InvalidBatchEntryId
        if entry["Id"] in seen:
            raise BatchEntryIdsNotDistinct(id=entry["Id"])
        seen.add(entry["Id"])
    return entries


def write_outcome(successful: list[dict[str, Any]], failed: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer of a batch request: a list without entries is left out (recorded 2024-04-30)."""
    outcome = {"Successful": successful, "Failed": failed}
    return {name: entries for name, entries in outcome.items() if entries}


def failed_entry(entry: Entry, error: AwsError) -> dict[str, Any]:
    """One entry of ``Failed``."""
    return {
        "Id": entry["Id"],
        "SenderFault": error.sender_fault,
        "Code": query_code(error),
        "Message": error.message,
    }
