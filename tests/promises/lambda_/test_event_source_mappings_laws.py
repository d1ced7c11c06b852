"""Laws of mapped queues, over many random ways of failing."""

import random

import pytest

GROUPS, EACH = "abc", 6


def stop_at_first_failure(chance, seen):
    """A function as AWS wants it for FIFO queues: it reports the first failure and everything after it."""

    def handle(event):
        if chance.random() < 0.2:
            raise ValueError("the whole batch")
        records = event["Records"]
        for number, record in enumerate(records):
            if chance.random() < 0.3:
                return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in records[number:]]}
            seen.append(record["body"])
        return None

    return handle


@pytest.mark.parametrize("seed", range(6))
async def test_every_group_of_a_fifo_queue_is_handled_in_order_and_nothing_is_lost(
    seed, engine, create, queue, map_queue, sqs, clock, left
):
    chance, seen = random.Random(seed), []
    await create("f")
    engine.scripts["f"] = stop_at_first_failure(chance, seen)
    url, arn = await queue("orders.fifo")
    await map_queue(arn, BatchSize=chance.randint(1, 10), FunctionResponseTypes=["ReportBatchItemFailures"])
    for number in range(EACH):
        for group in GROUPS:
            await sqs.send_message(QueueUrl=url, MessageBody=f"{group}{number}", MessageGroupId=group)
    await clock.run_until_idle()
    for group in GROUPS:
        assert [body for body in seen if body[0] == group] == [f"{group}{n}" for n in range(EACH)]
    assert await left(url) == 0


@pytest.mark.parametrize("seed", range(6))
async def test_every_message_of_a_standard_queue_is_taken_exactly_once_where_nobody_dies(
    seed, engine, create, queue, map_queue, sqs, clock, left
):
    chance, taken = random.Random(seed), []

    def handle(event):
        if chance.random() < 0.3:
            raise ValueError("the whole batch")
        bad = [record["messageId"] for record in event["Records"] if chance.random() < 0.3]
        taken.extend(r["body"] for r in event["Records"] if r["messageId"] not in bad)
        return {"batchItemFailures": [{"itemIdentifier": one} for one in bad]}

    await create("f")
    engine.scripts["f"] = handle
    url, arn = await queue()
    await map_queue(
        arn,
        BatchSize=chance.choice([1, 7, 10, 50]),
        MaximumBatchingWindowInSeconds=chance.choice([1, 5]),
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    for number in range(40):
        await sqs.send_message(QueueUrl=url, MessageBody=str(number), DelaySeconds=chance.choice([0, 0, 40]))
    await clock.run_until_idle()
    assert sorted(taken, key=int) == [str(number) for number in range(40)]
    assert await left(url) == 0
