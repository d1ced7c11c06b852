"""Functions as the enrichment and as the target of pipes, run without processes (`ScriptedEngine`)."""

import io
import json
import zipfile

import pytest

from sundog.services.lambda_.compute import Compute
from sundog.testing.engine import ScriptedEngine

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"


@pytest.fixture
async def engine(world, client, clock):
    """The function ``f`` is there; ``engine.scripts["f"]`` is what it does."""
    engine = ScriptedEngine(clock)
    await world.app.parts.get(Compute).use(engine)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as bundle:
        bundle.writestr("code.py", "def handler(event, context): return event")
    await client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.11",
        Handler="code.handler",
        Role="arn:aws:iam::000000000000:role/r",
        Code={"ZipFile": data.getvalue()},
    )
    await clock.settle()
    return engine


@pytest.fixture
def send(sqs, urls, clock):
    """``await send("a", "b")``: one batch for the source, worked on when it returns."""

    async def send_all(*bodies):
        entries = [{"Id": str(at), "MessageBody": body} for at, body in enumerate(bodies)]
        await sqs.send_message_batch(QueueUrl=urls["from"], Entries=entries)
        await clock.settle()

    return send_all


async def test_a_function_gets_the_batch_as_an_array(pipe, engine, send, left):
    events = []
    engine.scripts["f"] = events.extend
    await pipe(Target=FUNCTION, TargetParameters={"InputTemplate": "<$.body>"})
    await send("a", "b")
    assert sorted(events) == ["a", "b"]
    assert await left() == 0


async def test_a_function_that_fails_gets_the_batch_again(pipe, engine, send, left, clock):
    calls = []

    def fail_once(event):
        calls.append(event)
        if len(calls) == 1:
            raise RuntimeError("no")

    engine.scripts["f"] = fail_once
    await pipe(Target=FUNCTION)
    await send("a")
    assert (len(calls), await left()) == (1, 1)
    await clock.advance(30_000)
    assert (len(calls), await left()) == (2, 0)


async def test_only_what_the_function_names_as_failed_comes_back(pipe, engine, send, left, clock):
    seen = []

    def take(events):
        seen.extend(event["body"] for event in events)
        bad = [event["messageId"] for event in events if event["body"] == "bad" and seen.count("bad") == 1]
        return {"batchItemFailures": [{"itemIdentifier": id} for id in bad]}

    engine.scripts["f"] = take
    await pipe(Target=FUNCTION)
    await send("good", "bad")
    assert await left() == 1
    await clock.advance(30_000)
    assert sorted(seen) == ["bad", "bad", "good"]
    assert await left() == 0


@pytest.mark.parametrize("answer", [{"batchItemFailures": [{"itemIdentifier": "?"}]}, None])
async def test_an_answer_about_unknown_messages_fails_the_batch(pipe, engine, send, left, answer):
    engine.scripts["f"] = lambda event: answer
    await pipe(Target=FUNCTION)
    await send("a")
    assert await left() == (1 if answer else 0)


async def test_a_function_may_be_called_without_waiting_for_it(pipe, engine, send, left, clock):
    def fail(event):
        raise RuntimeError("no")

    engine.scripts["f"] = fail
    parameters = {"LambdaFunctionParameters": {"InvocationType": "FIRE_AND_FORGET"}}
    await pipe(Target=FUNCTION, TargetParameters=parameters)
    await send("a")
    assert await left() == 0


async def test_what_the_enrichment_answers_goes_to_the_target(pipe, engine, send, received, left):
    engine.scripts["f"] = lambda events: [{"n": int(event["body"])} for event in events]
    await pipe(Enrichment=FUNCTION, TargetParameters={"InputTemplate": "<$.n>"})
    await send("1", "2")
    assert sorted(await received()) == ["1", "2"]
    assert await left() == 0


async def test_an_enrichment_may_make_one_event_of_many(pipe, engine, send, received):
    engine.scripts["f"] = lambda events: {"count": len(events)}
    await pipe(Enrichment=FUNCTION)
    await send("1", "2")
    counts = [json.loads(body)["count"] for body in await received()]
    assert sum(counts) == 2


@pytest.mark.parametrize("answer", [[], {}, "", None])
async def test_an_enrichment_that_answers_nothing_ends_the_way(pipe, engine, send, received, left, answer):
    engine.scripts["f"] = lambda events: answer
    await pipe(Enrichment=FUNCTION)
    await send("a")
    assert await received() == []
    assert await left() == 0


async def test_an_enrichment_that_fails_keeps_the_messages(pipe, engine, send, received, left):
    def fail(event):
        raise RuntimeError("no")

    engine.scripts["f"] = fail
    await pipe(Enrichment=FUNCTION)
    await send("a")
    assert await received() == []
    assert await left() == 1


async def test_an_enrichment_gets_what_its_template_makes(pipe, engine, send):
    events = []
    engine.scripts["f"] = events.extend
    await pipe(Enrichment=FUNCTION, EnrichmentParameters={"InputTemplate": '{"b": <$.body>}'})
    await send("a")
    assert events == [{"b": "a"}]
