"""Reads of machines, activities and executions that several operations share."""

from __future__ import annotations

from sundog.arn import Arn
from sundog.services.stepfunctions.errors import (
    ActivityDoesNotExist,
    ExecutionDoesNotExist,
    StateMachineDoesNotExist,
)
from sundog.services.stepfunctions.model import Activity, Machine, Started
from sundog.services.stepfunctions.rows import (
    SQL,
    arn_key,
    machine_values,
    to_activity,
    to_machine,
    to_started,
)
from sundog.store import Transaction


async def find_machine(tx: Transaction, arn: Arn, name: str) -> Machine | None:
    row = await tx.one(SQL["machine"], **arn_key(arn, name))
    return to_machine(row) if row is not None else None


async def load_machine(tx: Transaction, arn: Arn, name: str) -> Machine:
    machine = await find_machine(tx, arn, name)
    if machine is None:
        raise StateMachineDoesNotExist(arn=str(arn))
    return machine


async def save_machine(tx: Transaction, machine: Machine) -> None:
    await tx.run(SQL["put_machine"], **machine_values(machine))


async def find_activity(tx: Transaction, arn: Arn, name: str) -> Activity | None:
    row = await tx.one(SQL["activity"], **arn_key(arn, name))
    return to_activity(row) if row is not None else None


async def load_activity(tx: Transaction, arn: Arn, name: str) -> Activity:
    activity = await find_activity(tx, arn, name)
    if activity is None:
        raise ActivityDoesNotExist(arn=str(arn))
    return activity


async def find_execution(tx: Transaction, arn: str) -> Started | None:
    row = await tx.one(SQL["execution"], arn=arn)
    return to_started(row, row["definition"]) if row is not None else None


async def load_execution(tx: Transaction, arn: str) -> Started:
    started = await find_execution(tx, arn)
    if started is None:
        raise ExecutionDoesNotExist(arn=arn)
    return started
