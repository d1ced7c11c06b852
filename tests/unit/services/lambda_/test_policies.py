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
    with pytest.raises(ResourceConflictException, match=r"The statement id \(s\) provided already exists"):
        policies.with_statement([statement()], statement())


def test_statements_come_and_go():
    statements = policies.with_statement([], statement())
    statements = policies.with_statement(statements, statement(StatementId="t"))
    document = json.loads(policies.write_policy(policies.without_statement(statements, "s")))
    assert (document["Version"], document["Id"]) == ("2012-10-17", "default")
    assert [s["Sid"] for s in document["Statement"]] == ["t"]


def test_what_is_not_there_cannot_be_taken_away():
    with pytest.raises(ResourceNotFoundException, match="No policy is associated with the given resource"):
        policies.without_statement([], "s")
    with pytest.raises(ResourceNotFoundException, match="Statement x is not found in resource policy"):
        policies.without_statement([statement()], "x")


def test_a_policy_is_bounded():
    statements = []
    with pytest.raises(PolicyLengthExceededException, match=r"is bigger than the limit \(20480\)"):
        for number in range(1000):
            statements = policies.with_statement(statements, statement(StatementId=f"s{number}"))
    assert 20_000 < len(policies.write_policy(statements)) <= 20_480


def test_a_revision_must_be_the_latest():
    policies.check_revision("r1", {"RevisionId": "r1"}, "GetPolicy")
    policies.check_revision("r1", {}, "GetPolicy")
    with pytest.raises(PreconditionFailedException, match="Call the GetPolicy API"):
        policies.check_revision("r1", {"RevisionId": "old"}, "GetPolicy")
