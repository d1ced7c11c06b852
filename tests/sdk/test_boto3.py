"""boto3 over a real connection, signed, with its own defaults, for each service."""

from __future__ import annotations

import io
import zipfile
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.client import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::000000000000:role/function"
CODE = "def handler(event, context):\n    return {'got': event, 'name': context.function_name}\n"


@pytest.fixture
def connect(server):
    def connect(service: str, **options):
        return boto3.client(
            service,
            endpoint_url=server.url,
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 0}, **options),
        )

    return connect


def test_sqs_sends_and_receives(connect):
    sqs = connect("sqs")
    url = sqs.create_queue(QueueName="boto3")["QueueUrl"]
    attributes = {"kind": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
    sent = sqs.send_message(QueueUrl=url, MessageBody="héllo ✓", MessageAttributes=attributes)
    (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert (message["MessageId"], message["Body"]) == (sent["MessageId"], "héllo ✓")
    assert message["MessageAttributes"]["kind"]["BinaryValue"] == b"\x00\xff"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.send_message(QueueUrl=url + "x", MessageBody="x")


def test_lambda_invokes(connect):
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", CODE)
    functions = connect("lambda")
    functions.create_function(
        FunctionName="boto3",
        Runtime="python3.11",
        Role=ROLE,
        Handler="app.handler",
        Code={"ZipFile": code.getvalue()},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="boto3", WaiterConfig={"Delay": 1})
    answer = functions.invoke(FunctionName="boto3", Payload=b'{"a": 1}')
    assert answer["StatusCode"] == 200
    assert answer["Payload"].read() == b'{"got": {"a": 1}, "name": "boto3"}'
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_function(FunctionName="nobody")


def test_logs_keeps_lines(connect):
    logs = connect("logs")
    logs.create_log_group(logGroupName="/boto3")
    logs.create_log_stream(logGroupName="/boto3", logStreamName="s")
    (now_ms,) = [int(logs.describe_log_groups()["logGroups"][0]["creationTime"])]
    events = [{"timestamp": now_ms, "message": "a line"}]
    logs.put_log_events(logGroupName="/boto3", logStreamName="s", logEvents=events)
    found = logs.get_log_events(logGroupName="/boto3", logStreamName="s", startFromHead=True)["events"]
    assert [event["message"] for event in found] == ["a line"]
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName="/boto3")


def test_cloudwatch_keeps_metrics(connect):
    metrics = connect("cloudwatch")
    metrics.put_metric_data(
        Namespace="Boto3", MetricData=[{"MetricName": "count", "Value": 2.5}] * 600
    )  # compressed
    assert metrics.list_metrics(Namespace="Boto3")["Metrics"][0]["MetricName"] == "count"
    with pytest.raises(ClientError) as refusal:
        metrics.put_metric_data(Namespace="AWS/Mine", MetricData=[{"MetricName": "count", "Value": 1}])
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_iam_and_sts_know_who_calls(connect):
    iam, sts = connect("iam"), connect("sts")
    assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::000000000000:root"
    created = iam.create_user(UserName="boto3", Tags=[{"Key": "a", "Value": "b"}])["User"]
    assert iam.get_user(UserName="boto3")["User"]["CreateDate"] == created["CreateDate"]
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException):
        iam.create_user(UserName="boto3")


def test_a_presigned_url_of_the_old_query_protocol_works(server, connect):
    url = connect("sqs").create_queue(QueueName="presigned")["QueueUrl"]
    query = urlencode({"Action": "SendMessage", "Version": "2012-11-05", "MessageBody": "from a URL"})
    request = AWSRequest("GET", f"{url}?{query}")
    SigV4QueryAuth(Credentials("test", "test"), "sqs", "eu-west-1").add_auth(request)
    with urlopen(Request(request.url)) as answer:
        assert answer.headers["content-type"] == "text/xml"
        assert b"<SendMessageResponse" in answer.read()
    assert connect("sqs").receive_message(QueueUrl=url)["Messages"][0]["Body"] == "from a URL"
