"""Random state machines: writing the execution down and reading it again after any step changes nothing."""

import heapq
import json
import random

from sundog.ids import SeededIds
from sundog.lang.asl import parse_definition
from sundog.services.stepfunctions.engine.actions import Forget, StartTask, StartTimer
from sundog.services.stepfunctions.engine.execution import Execution, read_execution, write_execution
from sundog.services.stepfunctions.engine.run import Run

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"
ROLE = "arn:aws:iam::000000000000:role/machine"
RETRY = [{"ErrorEquals": ["Odd"], "MaxAttempts": 2, "IntervalSeconds": 3}]


class Maker:
    """A random machine; state names are unique in it, as AWS wants them."""

    def __init__(self, seed):
        self.chance, self.made = random.Random(seed), 0

    def machine(self):
        return self.flow(3)

    def flow(self, depth):
        names = [self.name() for _ in range(self.chance.randint(1, 4))]
        states = {}
        for name, next in zip(names, [*names[1:], None], strict=True):
            states[name] = self.state(depth) | ({"Next": next} if next else {"End": True})
            if states[name]["Type"] in ("Task", "Parallel", "Map") and self.chance.random() < 0.4 and next:
                catcher = {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": names[-1]}
                states[name]["Catch"] = [catcher]
        return {"StartAt": names[0], "States": states}

    def name(self):
        self.made += 1
        return f"S{self.made}"

    def state(self, depth):
        kinds = [self.passing, self.waiting, self.task]
        return self.chance.choice(kinds + [self.parallel, self.map] * (depth > 0))(depth - 1)

    def passing(self, _depth):
        return {"Type": "Pass", "Result": self.chance.randint(0, 9), "ResultPath": f"$.p{self.made}"}

    def waiting(self, _depth):
        return {"Type": "Wait", "Seconds": self.chance.randint(0, 20)}

    def task(self, _depth):
        more = [{}, {"Retry": RETRY}, {"TimeoutSeconds": 4}]
        return {"Type": "Task", "Resource": FUNCTION, "ResultPath": "$.t"} | self.chance.choice(more)

    def parallel(self, depth):
        branches = [self.flow(depth) for _ in range(self.chance.randint(1, 3))]
        retry = self.chance.choice([{}, {"Retry": RETRY}])
        return {"Type": "Parallel", "Branches": branches, "ResultPath": "$.b"} | retry

    def map(self, depth):
        limit = self.chance.choice([{}, {"MaxConcurrency": 2}])
        state = {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemProcessor": self.flow(depth),
            "ResultPath": "$.m",
        }
        selector = {"ItemSelector": {"items.$": "$.items", "n.$": "$$.Map.Item.Value"}}
        return state | limit | selector


class World:
    """Answers tasks and timers one after the other, in the order of their time."""

    def __init__(self, definition, seed, forgets):
        parsed = parse_definition(json.dumps(definition), "STANDARD")
        assert parsed.machine is not None, parsed.diagnostics
        self.machine, self.ids = parsed.machine, SeededIds(seed)
        self.answers, self.forgets = random.Random(seed), forgets
        self.now_ms, self.due, self.count, self.events = 0, [], 0, []
        facts = {"Execution": {"Input": {"items": [1, 2, 3]}}, "StateMachine": {}}
        self.execution = Execution(facts, {"items": [1, 2, 3]}, ROLE, "us-east-1")

    def step(self, act):
        run = Run(self.machine, self.execution, self.now_ms, self.ids)
        act(run)
        self.events += run.events
        for action in run.actions:
            self.plan(action)
        if self.execution.ready:
            self.put(self.now_ms, Run.resume)
        if self.forgets:
            self.execution = read_execution(json.loads(json.dumps(write_execution(self.execution))))

    def plan(self, action):
        if isinstance(action, StartTimer):
            self.put(action.due_ms, lambda run: run.fire(action.frame, action.token, action.purpose))
        elif isinstance(action, StartTask):
            later_ms, fails = self.answers.randint(0, 6_000), self.answers.random() < 0.3
            self.put(self.now_ms + later_ms, lambda run: self.answer(run, action, fails))
        else:
            assert isinstance(action, Forget)

    def answer(self, run, action, fails):
        if fails:
            run.fail_task(action.frame, action.token, "Odd", "so it goes")
        else:
            run.finish_task(action.frame, action.token, {"done": action.state})

    def put(self, due_ms, act):
        self.count += 1
        heapq.heappush(self.due, (due_ms, self.count, act))

    def run(self):
        self.step(Run.begin)
        return self.go_on()

    def go_on(self):
        while self.due and not self.execution.is_over:
            self.now_ms, _, act = heapq.heappop(self.due)
            self.step(act)
        return self.execution, self.events


def machines(seed):
    """Fifty machines of a seed, each with the seed of its answers."""
    for number in range(50):
        yield Maker(seed * 1_000 + number).machine(), seed * 1_000 + number


def test_an_execution_read_back_after_every_step_is_the_same_execution(seed):
    for definition, chance in machines(seed):
        execution, events = World(definition, chance, forgets=False).run()
        again, events_again = World(definition, chance, forgets=True).run()
        assert execution.is_over
        assert (again.status, again.output, again.error) == (
            execution.status,
            execution.output,
            execution.error,
        )
        assert events_again == events


def test_history_is_numbered_without_gaps_and_each_event_follows_an_earlier_one(seed):
    for definition, chance in machines(seed):
        _, events = World(definition, chance, forgets=False).run()
        assert [event["id"] for event in events] == list(range(1, len(events) + 1))
        assert all(event["previousEventId"] < event["id"] for event in events)
        assert events[-1]["type"] in ("ExecutionSucceeded", "ExecutionFailed")


def test_an_answer_that_comes_after_the_end_changes_nothing(seed):
    for definition, chance in machines(seed):
        world = World(definition, chance, forgets=False)
        world.run()
        before = write_execution(world.execution), len(world.events)
        for frame in range(5):
            world.step(lambda run, frame=frame: run.finish_task(frame, "", "late"))
            world.step(lambda run, frame=frame: run.fire(frame, "", "wait"))
        assert (write_execution(world.execution), len(world.events)) == before
