"""Work: one shape for everything that happens in the background.

Durable work is a row: "do this after commit" and "do this then" are the same table with leases. Volatile
background loops (pollers, sweeps) are Workers. The Supervisor starts and stops both.
"""

from sundog.work.items import SCHEMA, Schedule, WorkItem, WorkKind, cancel, finish, postpone, put, put_all

__all__ = ["SCHEMA", "Schedule", "WorkItem", "WorkKind", "cancel", "finish", "postpone", "put", "put_all"]
