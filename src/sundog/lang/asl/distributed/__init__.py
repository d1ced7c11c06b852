"""What only a distributed Map does with data, as pure functions: reading items, batches, results.

Whoever runs it fetches and stores the objects.
https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

from sundog.lang.asl.distributed.batches import batch_items
from sundog.lang.asl.distributed.items import ItemReaderFailed, listed_item, read_items
from sundog.lang.asl.distributed.manifests import Manifest, read_manifest
from sundog.lang.asl.distributed.results import ChildResult, manifest, result_object, transformed

__all__ = [
    "ChildResult",
    "ItemReaderFailed",
    "Manifest",
    "batch_items",
    "listed_item",
    "manifest",
    "read_items",
    "read_manifest",
    "result_object",
    "transformed",
]
