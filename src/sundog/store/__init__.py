"""Store: what survives a crash. Services see `Store`, `Transaction` and named statements, nothing else."""

from sundog.store.contract import (
    Conflict,
    DataFolderInUse,
    OutcomeUnknown,
    Row,
    Store,
    StoreError,
    Subscription,
    Transaction,
)
from sundog.store.statements import Statement, Statements, load_queries

__all__ = [
    "Conflict",
    "DataFolderInUse",
    "OutcomeUnknown",
    "Row",
    "Statement",
    "Statements",
    "Store",
    "StoreError",
    "Subscription",
    "Transaction",
    "load_queries",
]
