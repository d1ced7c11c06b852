"""Takes orders from the queue, asks the Node function what shipping costs, and puts the results on a queue.

An order that makes no sense is reported as failed; SQS hands it out again, then to the dead-letter queue.
"""

import json
import os
from decimal import Decimal

import boto3

sqs = boto3.client("sqs")
functions = boto3.client("lambda")
PRICES = {
    "prism": Decimal("19.90"),
    "halo": Decimal("7.50"),
    "lens": Decimal("129.00"),
    "mirror": Decimal("45.25"),
}


def handler(event, context):
    results, failures = [], []
    for record in event["Records"]:
        try:
            results.append(fulfil(json.loads(record["body"])))
        except (ValueError, KeyError) as error:
            print(f"order refused: {error!r}")
            failures.append({"itemIdentifier": record["messageId"]})
    if results:
        entries = [{"Id": str(n), "MessageBody": json.dumps(result)} for n, result in enumerate(results)]
        sqs.send_message_batch(QueueUrl=os.environ["RESULTS_URL"], Entries=entries)
    return {"batchItemFailures": failures}


def fulfil(order):
    if order["quantity"] < 1:
        raise ValueError(f"quantity {order['quantity']} in order {order['id']}")
    goods = PRICES[order["item"]] * order["quantity"]
    shipping = Decimal(str(ask_shipping(order)["price"]))
    return {"id": order["id"], "goods": str(goods), "shipping": str(shipping), "total": str(goods + shipping)}


def ask_shipping(order):
    answer = functions.invoke(FunctionName=os.environ["SHIPPING_FUNCTION"], Payload=json.dumps(order))
    return json.load(answer["Payload"])
