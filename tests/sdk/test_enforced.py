"""Where IAM is enforced only what is signed with a key that was given out gets in."""

from __future__ import annotations

from datetime import timedelta

import boto3
import botocore.auth
import pytest
from botocore.client import Config
from botocore.exceptions import ClientError

from sundog.testing.process import ServerProcess


@pytest.fixture(scope="module")
def enforced(tmp_path_factory):
    """A server with one user, made before IAM was enforced, and the user's key."""
    data = tmp_path_factory.mktemp("enforced")
    with ServerProcess(data) as server:
        iam = _client(server, "iam", {"AccessKeyId": "test", "SecretAccessKey": "test"})
        iam.create_user(UserName="u")
        key = iam.create_access_key(UserName="u")["AccessKey"]
        server.stop()
    with ServerProcess(data, "--iam", "enforce", port=server.port) as server:
        yield server, key


def _client(server, service, key, token=None, **options):
    return boto3.client(
        service,
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=token,
        config=Config(retries={"max_attempts": 0}, **options),
    )


def _code(call, **parameters) -> str:
    with pytest.raises(ClientError) as refusal:
        call(**parameters)
    return refusal.value.response["Error"]["Code"]


def test_a_user_with_a_key_gets_in_through_every_protocol(enforced):
    server, key = enforced
    assert _client(server, "sts", key).get_caller_identity()["Arn"].endswith(":user/u")
    assert _client(server, "sqs", key).list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert _client(server, "lambda", key).list_functions()["Functions"] == []
    assert _client(server, "cloudwatch", key).list_metrics()["Metrics"] == []
    assert _client(server, "logs", key).describe_log_groups()["logGroups"] == []


def test_a_wrong_secret_is_refused_under_the_name_of_each_protocol(enforced):
    server, key = enforced
    wrong = key | {"SecretAccessKey": "wrong"}
    assert _code(_client(server, "iam", wrong).list_users) == "SignatureDoesNotMatch"
    assert _code(_client(server, "logs", wrong).describe_log_groups) == "InvalidSignatureException"
    assert _code(_client(server, "lambda", wrong).list_functions) == "InvalidSignatureException"


def test_an_unknown_key_is_refused(enforced):
    server, key = enforced
    unknown = key | {"AccessKeyId": "AKIA" + "0" * 16}
    assert _code(_client(server, "sts", unknown).get_caller_identity) == "InvalidClientTokenId"
    assert _code(_client(server, "lambda", unknown).list_functions) == "UnrecognizedClientException"


def test_temporary_credentials_need_their_token(enforced):
    server, key = enforced
    temporary = _client(server, "sts", key).get_session_token()["Credentials"]
    token = temporary["SessionToken"]
    assert _client(server, "sqs", temporary, token).list_queues()
    assert _code(_client(server, "sts", temporary).get_caller_identity) == "InvalidClientTokenId"


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_caller_whose_clock_is_wrong_is_told_so(enforced, monkeypatch, minutes):
    server, key = enforced
    right = botocore.auth.get_current_datetime
    monkeypatch.setattr(
        botocore.auth, "get_current_datetime", lambda **o: right(**o) + timedelta(minutes=minutes)
    )
    with pytest.raises(ClientError, match="15 min") as refusal:
        _client(server, "iam", key).list_users()
    assert refusal.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
