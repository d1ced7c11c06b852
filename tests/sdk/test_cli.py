"""The AWS CLI as installed from PyPI, unchanged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

AWS = Path(sys.executable).with_name("aws")
pytestmark = pytest.mark.skipif(not AWS.exists(), reason="the AWS CLI is not installed (pip install awscli)")


@pytest.fixture
def aws(server, tmp_path):
    environment = {
        "PATH": str(AWS.parent) + ":/usr/bin:/bin",
        "HOME": str(tmp_path),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }

    def aws(*words: str) -> subprocess.CompletedProcess[str]:
        # Version 1 of the CLI ignores AWS_ENDPOINT_URL for SQS (it overrides the endpoint to a legacy name).
        command = [AWS, "--endpoint-url", server.url, *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    return aws


def test_a_queue_is_made_filled_and_read(aws):
    url = json.loads(aws("sqs", "create-queue", "--queue-name", "cli").stdout)["QueueUrl"]
    assert aws("sqs", "send-message", "--queue-url", url, "--message-body", "hello").returncode == 0
    received = json.loads(aws("sqs", "receive-message", "--queue-url", url).stdout)
    assert received["Messages"][0]["Body"] == "hello"


@pytest.mark.parametrize(
    "words",
    [
        ("lambda", "list-functions"),
        ("logs", "describe-log-groups"),
        ("cloudwatch", "list-metrics"),
        ("iam", "list-users"),
        ("sts", "get-caller-identity"),
    ],
    ids=lambda words: words[0],
)
def test_every_service_answers_it(aws, words):
    answer = aws(*words)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert isinstance(json.loads(answer.stdout), dict)


def test_an_error_is_shown_as_from_aws(aws):
    answer = aws("sqs", "get-queue-url", "--queue-name", "nobody")
    assert answer.returncode in (254, 255)
    assert "(AWS.SimpleQueueService.NonExistentQueue) when calling the GetQueueUrl operation" in answer.stderr
