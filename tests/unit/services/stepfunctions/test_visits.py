"""Histories read as stays in states, whatever machine wrote them."""

import random

import pytest
from tests.simulation.test_executions import World, machines

from sundog.services.stepfunctions.visits import read_visits, visit_at


def redrive(run, world, count):
    run.execution.frames = world.unfinished.frames
    run.execution.ready = world.unfinished.ready
    run.redrive(count)


class Remembering(World):
    """Keeps where an execution stood when it failed, as the service does."""

    def step(self, act):
        def kept(run):
            act(run)
            self.unfinished = run.unfinished

        super().step(kept)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_state_that_was_entered_and_left_is_one_stay(seed):
    for definition, chance in machines(seed):
        _, events = World(definition, chance, forgets=False).run()
        visits = read_visits(events)
        kinds = [event["type"] for event in events]
        assert len(visits) == sum(kind.endswith("StateEntered") for kind in kinds)
        assert sum(v.exited_id is not None for v in visits) == sum(k.endswith("StateExited") for k in kinds)
        for visit in visits:
            assert visit.outcome != "RUNNING"
            assert (visit.exited_id is not None) == (visit.outcome in ("SUCCEEDED", "CAUGHT"))


@pytest.mark.parametrize("seed", [1, 2])
def test_flows_are_where_the_definition_has_them(seed):
    for definition, chance in machines(seed):
        world = World(definition, chance, forgets=False)
        _, events = world.run()
        for visit in read_visits(events):
            flow = definition
            for outer, index in around(visit):
                state = flow["States"][outer]
                flow = state["Branches"][index] if "Branches" in state else state["ItemProcessor"]
            assert visit.name in flow["States"]


def around(visit):
    """The states around a stay, from the outside in, each with the branch or iteration inside it."""
    found = []
    while visit.flow.parent is not None:
        found.insert(0, (visit.flow.parent.name, visit.flow.index))
        visit = visit.flow.parent
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_stays_go_on_with_a_redrive(seed):
    for definition, chance in list(machines(seed))[:25]:
        world = Remembering(definition, chance, forgets=False)
        world.run()
        for count in range(1, 6):
            if world.execution.status == "SUCCEEDED":
                break
            world.due = []
            world.step(lambda run, count=count, world=world: redrive(run, world, count))
            world.go_on()
        if len(world.events) < 400:  # of dozens of like flows at once it cannot always be told which is which
            visits, kinds = read_visits(world.events), [event["type"] for event in world.events]
            left = sum(visit.exited_id is not None for visit in visits)
            assert left == sum(kind.endswith("StateExited") for kind in kinds)


def test_an_event_belongs_to_the_innermost_stay():
    chance = random.Random(4)
    for definition, seed in list(machines(4))[:10]:
        _, events = World(definition, seed, forgets=False).run()
        event = chance.choice([e for e in events if e["type"].endswith(("StateEntered", "StateExited"))])
        details = event.get("stateEnteredEventDetails") or event["stateExitedEventDetails"]
        assert visit_at(events, event["id"]).name == details["name"]


def test_the_end_of_an_execution_belongs_to_what_ended_it():
    states = {"F": {"Type": "Pass", "Next": "G"}, "G": {"Type": "Fail", "Error": "E"}}
    _, events = World({"StartAt": "F", "States": states}, 1, forgets=False).run()
    assert visit_at(events, len(events)).name == "G"
    assert visit_at(events, 1) is None
