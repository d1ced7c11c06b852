"""Items in batches: the input of one child execution each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sundog.lang.evaluation import MISSING

BATCH_BYTES_MAX: Final = 262_144


def batch_items(
    items: Iterable[Any], items_max: int | None, bytes_max: int | None, batch_input: Any = MISSING
) -> Iterator[dict[str, Any]]:
    """``{"Items": [...], "BatchInput": ...}`` for each batch; None and 0 are no limit but the input's own.

    A single item that is too large is a batch of its own: the child's start refuses it.
    """
    limit = min(bytes_max or BATCH_BYTES_MAX, BATCH_BYTES_MAX)
    frame = {} if batch_input is MISSING else {"BatchInput": batch_input}
    empty_size = _size({**frame, "Items": []})
    batch: list[Any] = []
    size = empty_size
    for item in items:
        item_size = _size(item) + 1
        if batch and (len(batch) == items_max or size + item_size > limit):
            yield {**frame, "Items": batch}
            batch, size = [], empty_size
        batch.append(item)
        size += item_size
    if batch:
        yield {**frame, "Items": batch}


def _size(value: Any) -> int:
    """In bytes of JSON; a comma more or less for each item does not matter to a limit that AWS rounds too."""
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass"))
