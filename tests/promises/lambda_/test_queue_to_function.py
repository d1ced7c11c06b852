"""From a queue through a real function to its log: nothing between them is a script."""

import json

CODE = """
import json

def handler(event, context):
    bad = []
    for record in event["Records"]:
        body = json.loads(record["body"])
        print("saw", body["n"])
        if body.get("bad"):
            bad.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": bad}
"""


async def test_good_messages_are_taken_bad_ones_are_given_up_and_the_log_tells_it(
    client, create, queue, map_queue, sqs, clock, left, bodies
):
    await create("f", CODE)
    dead_url, dead_arn = await queue("dead")
    policy = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = await queue(RedrivePolicy=policy)
    await map_queue(arn, FunctionResponseTypes=["ReportBatchItemFailures"])
    for number in range(20):
        body = {"n": number, "bad": number in (3, 7)}
        await sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))
    await clock.run_until_idle()
    assert await left(url) == 0
    assert sorted(json.loads(body)["n"] for body in await bodies(dead_url)) == [3, 7]
    events = (await client("logs").filter_log_events(logGroupName="/aws/lambda/f"))["events"]
    seen = [int(e["message"].split()[1]) for e in events if e["message"].startswith("saw")]
    assert sorted(seen) == sorted([*range(20), 3, 7])


async def test_a_function_that_fails_gets_the_whole_batch_again(create, queue, map_queue, sqs, clock, left):
    source = (
        "def handler(event, context):\n"
        "    count = int(event['Records'][0]['attributes']['ApproximateReceiveCount'])\n"
        "    if count < 3:\n"
        "        raise RuntimeError(count)\n"
    )
    await create("f", source)
    url, arn = await queue()
    await map_queue(arn)
    await sqs.send_message(QueueUrl=url, MessageBody="a")
    start_ms = clock.now_ms()
    await clock.run_until_idle()
    assert clock.now_ms() - start_ms == 60_000
    assert await left(url) == 0
