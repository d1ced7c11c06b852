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
    orders, failures = [], []
    for record in event["Records"]:
        try:
            orders.append(read_order(record["body"]))
        except (ValueError, KeyError) as error:
            print(f"order refused: {error!r}")
            failures.append({"itemIdentifier": record["messageId"]})
    if orders:
        send(orders, ask_shipping(orders))
    return {"batchItemFailures": failures}


def read_order(body):
    """The order with the price of its goods."""
    order = json.loads(body)
    if order["quantity"] < 1:
        raise ValueError(f"quantity {order['quantity']} in {order['id']}")
    return order | {"goods": PRICES[order["item"]] * order["quantity"]}


def ask_shipping(orders):
    """What shipping costs, by order."""
    if "SHIPPING_FUNCTION" not in os.environ:  # deployed without Node
        return {order["id"]: 9.9 for order in orders}
    asked = [{name: order[name] for name in ("id", "country", "quantity")} for order in orders]
    answer = functions.invoke(FunctionName=os.environ["SHIPPING_FUNCTION"], Payload=json.dumps(asked))
    return json.load(answer["Payload"])


def send(orders, shipping):
    results = []
    for order in orders:
        price = Decimal(str(shipping[order["id"]]))
        results.append({"id": order["id"], "total": str(order["goods"] + price)})
    entries = [{"Id": str(n), "MessageBody": json.dumps(result)} for n, result in enumerate(results)]
    sqs.send_message_batch(QueueUrl=os.environ["RESULTS_URL"], Entries=entries)
    print(f"{len(results)} orders fulfilled")
