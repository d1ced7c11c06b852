"""Statements of resource policies and the policy they make."""

import json

import pytest

from sundog.services.lambda_ import policies
from sundog.services.lambda_.errors import (
    InvalidParameterValueException,
    PolicyLengthExceededException,
    PreconditionFailedException,
    ResourceConflictException,
    ResourceNotFoundException,
)

ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"


def statement(**request):
    request = {
        "StatementId": "s",
        "Action": "lambda:InvokeFunction",
        "Principal": "sqs.amazonaws.com",
    } | request
    return policies.function_statement(request, ARN, "aws")


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", "*"),
        ("123456789012", {"AWS": "arn:aws:iam::123456789012:root"}),
        ("arn:aws:iam::123456789012:role/r", {"AWS": "arn:aws:iam::123456789012:role/r"}),
        ("s3.amazonaws.com", {"Service": "s3.amazonaws.com"}),
        ("alexa-appkit.amazon.com", {"Service": "alexa-appkit.amazon.com"}),
    ],
)
def test_a_principal_is_a_service_an_account_an_arn_or_everybody(principal, expected):
    assert statement(Principal=principal)["Principal"] == expected


@pytest.mark.parametrize("principal", ["nobody", "invalid.principal.nowhere", "12345", "arn:aws:s3:::bucket"])
def test_another_principal_is_refused(principal):
    with pytest.raises(InvalidParameterValueException, match=r"The provided principal was invalid\."):
        statement(Principal=principal)


def test_parameters_become_conditions():
    made = statement(
        Principal="*",
        Action="lambda:InvokeFunctionUrl",
        SourceArn="arn:aws:s3:::b",
        SourceAccount="123456789012",
        PrincipalOrgID="o-1234567890",
        EventSourceToken="token",
        FunctionUrlAuthType="NONE",
        InvokedViaFunctionUrl=True,
    )
    assert made["Condition"] == {
        "StringEquals": {
            "AWS:SourceAccount": "123456789012",
            "aws:PrincipalOrgID": "o-1234567890",
            "lambda:EventSourceToken": "token",
            "lambda:FunctionUrlAuthType": "NONE",
        },
        "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"},
        "Bool": {"lambda:InvokedViaFunctionUrl": "true"},
    }
    assert "Condition" not in statement()


def test_the_auth_type_belongs_to_calls_of_the_url():
    with pytest.raises(InvalidParameterValueException, match="only supported for lambda:InvokeFunctionUrl"):
        statement(FunctionUrlAuthType="NONE")


def test_a_statement_id_is_taken_once():
    policy = policies.with_statement(None, statement(), "r1")
    with pytest.raises(ResourceConflictException, match=r"The statement id \(s\) provided already exists"):
        policies.with_statement(policy, statement(), "r2")


def test_statements_come_and_go_and_every_change_has_its_revision():
    policy = policies.with_statement(None, statement(), "r1")
    policy = policies.with_statement(policy, statement(StatementId="t"), "r2")
    policy = policies.without_statement(policy, "s", "r3")
    assert policy["RevisionId"] == "r3"
    document = json.loads(policies.write_policy(policy))
    assert (document["Version"], document["Id"]) == ("2012-10-17", "default")
    assert [s["Sid"] for s in document["Statement"]] == ["t"]


def test_what_is_not_there_cannot_be_taken_away():
    with pytest.raises(ResourceNotFoundException, match="No policy is associated with the given resource"):
        policies.without_statement(None, "s", "r")
    with pytest.raises(ResourceNotFoundException, match="Statement x is not found in resource policy"):
        policies.without_statement(policies.with_statement(None, statement(), "r1"), "x", "r")


def test_a_policy_is_bounded():
    policy = None
    with pytest.raises(PolicyLengthExceededException, match=r"is bigger than the limit \(20480\)"):
        for number in range(1000):
            policy = policies.with_statement(policy, statement(StatementId=f"s{number}"), "r")
    assert len(policies.write_policy(policy)) <= 20480


def test_a_revision_must_be_the_latest():
    policy = policies.with_statement(None, statement(), "r1")
    policies.check_revision(policy, {"RevisionId": "r1"}, "GetPolicy")
    policies.check_revision(policy, {}, "GetPolicy")
    for known in (policy, None):
        with pytest.raises(PreconditionFailedException, match="Call the GetPolicy API"):
            policies.check_revision(known, {"RevisionId": "old"}, "GetPolicy")
