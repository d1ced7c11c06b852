"""Part: definitions that were compiled, by their text; which ones the store has, by their hash."""

from __future__ import annotations

from collections import OrderedDict

from sundog.context import Context
from sundog.lang.asl import MachineType, StateMachine, definition_message, parse_definition
from sundog.service import Part
from sundog.services.stepfunctions.errors import InvalidDefinition

REMEMBERED_MAX = 500


class Definitions(Part):
    def __init__(self, _ctx: Context) -> None:
        self._machines: OrderedDict[tuple[str, str], StateMachine] = OrderedDict()
        self._kept: OrderedDict[str, None] = OrderedDict()

    async def forget(self) -> None:
        self._machines.clear()
        self._kept.clear()

    def is_kept(self, id: str) -> bool:
        """Whether the text is known to be in its table."""
        return id in self._kept

    def note_kept(self, id: str) -> None:
        self._kept[id] = None
        if len(self._kept) > REMEMBERED_MAX:
            self._kept.popitem(last=False)

    def compile(self, text: str, machine_type: MachineType) -> StateMachine:
        """Raises InvalidDefinition with AWS's diagnostics."""
        key = machine_type, text
        if key in self._machines:
            self._machines.move_to_end(key)
            return self._machines[key]
        parsed = parse_definition(text, machine_type)
        if parsed.machine is None:
            raise InvalidDefinition(reason=definition_message(parsed.diagnostics))
        self._machines[key] = parsed.machine
        if len(self._machines) > REMEMBERED_MAX:
            self._machines.popitem(last=False)
        return parsed.machine
