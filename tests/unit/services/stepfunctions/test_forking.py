"""Another execution goes on from where one stood: the law, on random machines."""

import json
import random
import re

import pytest
from tests.simulation.test_executions import ROLE, World, machines

from sundog.ids import SeededIds
from sundog.services.stepfunctions.engine.execution import Execution
from sundog.services.stepfunctions.engine.forking import stand_before
from sundog.services.stepfunctions.engine.run import Run
from sundog.services.stepfunctions.visits import read_visits


class Sure(World):
    """What a task answers, and when, is by its state and not by chance: a fork meets the same answers."""

    def plan(self, action):
        self.answers = random.Random(getattr(action, "state", ""))
        super().plan(action)


def fork(world, definition, events, entered_id):
    """The world in which the execution goes on from just before the event."""
    again = Sure(definition, 1, forgets=False)
    again.now_ms = world.now_ms
    again.execution = Execution(world.execution.facts, world.execution.input, ROLE, "us-east-1")
    run = Run(again.machine, again.execution, again.now_ms, SeededIds(1))
    stand_before(run, world.machine, events, entered_id)
    again.events = list(events[: entered_id - 1])
    again.step(Run.do_again)
    again.go_on()
    return again


def outcome(execution):
    """Which of two branches failed first is chance: the error does not count."""
    return execution.status, re.sub(r'\{"Error": [^}]*\}', "error", json.dumps(execution.output))


def some_visits(events, chance):
    """A few stays in states, but the very first."""
    visits = read_visits(events)[1:]
    return random.Random(chance).sample(visits, min(4, len(visits)))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_fork_of_an_unchanged_machine_ends_as_the_first_execution(seed):
    for definition, chance in machines(seed):
        world = Sure(definition, chance, forgets=False)
        execution, events = world.run()
        for visit in some_visits(events, chance):
            again = fork(world, definition, events, visit.entered_id)
            assert outcome(again.execution) == outcome(execution)
            assert [event["id"] for event in again.events] == list(range(1, len(again.events) + 1))
            assert [each.name for each in read_visits(again.events)].count(visit.name) > 0
