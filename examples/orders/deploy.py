"""Deploys the example: queues, roles, functions and the mapping between them. Plain boto3, as for AWS."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import boto3

HERE = Path(__file__).parent
RECEIVES_MAX = 2
VISIBILITY_S = 30
WAITER = {"Delay": 0.02, "MaxAttempts": 500}  # a function here is active in milliseconds


@dataclass(frozen=True)
class Stack:
    """What was deployed."""

    orders_url: str
    results_url: str
    dead_url: str
    functions: tuple[str, ...]
    role_arn: str


def deploy(session: boto3.Session, *, with_node: bool) -> Stack:
    """Create everything; the functions are active when it returns."""
    sqs, functions = session.client("sqs"), session.client("lambda")
    role_arn = create_role(session.client("iam"))
    dead_url = sqs.create_queue(QueueName="orders-dead")["QueueUrl"]
    redrive = {"deadLetterTargetArn": queue_arn(sqs, dead_url), "maxReceiveCount": RECEIVES_MAX}
    orders_url = sqs.create_queue(
        QueueName="orders",
        Attributes={"VisibilityTimeout": str(VISIBILITY_S), "RedrivePolicy": json.dumps(redrive)},
    )["QueueUrl"]
    results_url = sqs.create_queue(QueueName="results")["QueueUrl"]
    variables = {"RESULTS_URL": results_url}
    names = ["fulfil"]
    if with_node:
        create_function(functions, role_arn, "shipping", "nodejs22.x", "index.handler", {})
        variables["SHIPPING_FUNCTION"] = "shipping"
        names.append("shipping")
    create_function(functions, role_arn, "fulfil", "python3.12", "handler.handler", variables)
    for name in names:
        functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=WAITER)
    functions.create_event_source_mapping(
        FunctionName="fulfil",
        EventSourceArn=queue_arn(sqs, orders_url),
        BatchSize=10,
        ScalingConfig={"MaximumConcurrency": 2},
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    return Stack(orders_url, results_url, dead_url, tuple(names), role_arn)


def create_role(iam) -> str:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    role = iam.create_role(RoleName="orders-function", AssumeRolePolicyDocument=json.dumps(trust))
    allowed = ["sqs:*", "lambda:InvokeFunction", "logs:*"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": allowed, "Resource": "*"}],
    }
    iam.put_role_policy(RoleName="orders-function", PolicyName="orders", PolicyDocument=json.dumps(policy))
    return role["Role"]["Arn"]


def create_function(functions, role_arn: str, name: str, runtime: str, handler: str, variables: dict) -> None:
    functions.create_function(
        FunctionName=name,
        Runtime=runtime,
        Handler=handler,
        Role=role_arn,
        Timeout=15,
        MemorySize=256,
        Code={"ZipFile": bundle(HERE / "functions" / name)},
        Environment={"Variables": variables},
    )


def bundle(folder: Path) -> bytes:
    """The folder as a zip archive."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            archive.write(path, path.relative_to(folder))
    return data.getvalue()


def queue_arn(sqs, url: str) -> str:
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return answer["Attributes"]["QueueArn"]
