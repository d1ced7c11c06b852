"""The resource policy of functions, versions and aliases."""

import json

import pytest

ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"
ALLOW = {"StatementId": "s3", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}


async def test_a_statement_is_added_and_the_policy_shows_it(functions, create):
    await create("f")
    added = await functions.add_permission(FunctionName="f", **ALLOW, SourceArn="arn:aws:s3:::b")
    assert json.loads(added["Statement"]) == {
        "Sid": "s3",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": ARN,
        "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"}},
    }
    found = await functions.get_policy(FunctionName="f")
    assert json.loads(found["Policy"]) == {
        "Version": "2012-10-17",
        "Id": "default",
        "Statement": [json.loads(added["Statement"])],
    }
    assert added["Statement"] in found["Policy"]


async def test_a_qualifier_has_a_policy_of_its_own(functions, create, refusal):
    await create("f")
    await functions.publish_version(FunctionName="f")
    await functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    await functions.add_permission(FunctionName="f", Qualifier="live", **ALLOW)
    policy = (await functions.get_policy(FunctionName="f:live"))["Policy"]
    assert json.loads(policy)["Statement"][0]["Resource"] == f"{ARN}:live"
    assert (await refusal(functions.get_policy(FunctionName="f")))[0] == "ResourceNotFoundException"


async def test_a_statement_is_taken_away_once(functions, create, refusal):
    await create("f")
    await functions.add_permission(FunctionName="f", **ALLOW)
    await functions.add_permission(FunctionName="f", **ALLOW | {"StatementId": "other"})
    await functions.remove_permission(FunctionName="f", StatementId="s3")
    assert await refusal(functions.remove_permission(FunctionName="f", StatementId="s3")) == (
        "ResourceNotFoundException",
        "Statement s3 is not found in resource policy.",
    )
    await functions.remove_permission(FunctionName="f", StatementId="other")
    assert await refusal(functions.get_policy(FunctionName="f")) == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    )


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"Principal": "nobody.nowhere"}, "InvalidParameterValueException"),
        ({"Qualifier": "$LATEST"}, "InvalidParameterValueException"),
        ({"Qualifier": "7"}, "ResourceNotFoundException"),
        ({"Qualifier": "nobody"}, "ResourceNotFoundException"),
        ({"FunctionName": "nope"}, "ResourceNotFoundException"),
        ({"StatementId": "a b"}, "ValidationException"),
        ({"Action": "s3:GetObject"}, "ValidationException"),
        ({"RevisionId": "old"}, "PreconditionFailedException"),
        ({"FunctionUrlAuthType": "NONE"}, "InvalidParameterValueException"),
    ],
)
async def test_a_bad_statement_is_refused(client, create, refusal, members, code):
    await create("f")
    functions = client("lambda", validate=False)
    assert (await refusal(functions.add_permission(**{"FunctionName": "f"} | ALLOW | members)))[0] == code


async def test_a_function_that_does_not_exist_has_no_policy(functions, refusal):
    assert await refusal(functions.remove_permission(FunctionName="nope", StatementId="s")) == (
        "ResourceNotFoundException",
        "No policy found for: arn:aws:lambda:us-east-1:000000000000:function:nope",
    )


async def test_a_statement_id_is_taken_once(functions, create, refusal):
    await create("f")
    await functions.add_permission(FunctionName="f", **ALLOW)
    assert await refusal(functions.add_permission(FunctionName="f", **ALLOW)) == (
        "ResourceConflictException",
        "The statement id (s3) provided already exists. Please provide a new statement id, or remove the "
        "existing statement.",
    )
    revision = (await functions.get_policy(FunctionName="f"))["RevisionId"]
    await functions.add_permission(FunctionName="f", **ALLOW | {"StatementId": "b"}, RevisionId=revision)


async def test_a_policy_has_the_revision_of_its_function(functions, create, refusal):
    await create("f")
    before = (await functions.get_function_configuration(FunctionName="f"))["RevisionId"]
    await functions.add_permission(FunctionName="f", **ALLOW, RevisionId=before)
    after = (await functions.get_policy(FunctionName="f"))["RevisionId"]
    assert after == (await functions.get_function_configuration(FunctionName="f"))["RevisionId"] != before
    code, message = await refusal(
        functions.remove_permission(FunctionName="f", StatementId="s3", RevisionId=before)
    )
    assert code == "PreconditionFailedException"
    assert message.endswith("Call the GetPolicy API to retrieve the latest Revision Id")
    await functions.remove_permission(FunctionName="f", StatementId="s3", RevisionId=after)


async def test_a_policy_of_an_alias_has_the_revision_of_the_alias(functions, create):
    await create("f")
    await functions.publish_version(FunctionName="f")
    made = await functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    await functions.add_permission(FunctionName="f:live", **ALLOW, RevisionId=made["RevisionId"])
    alias = await functions.get_alias(FunctionName="f", Name="live")
    assert alias["RevisionId"] == (await functions.get_policy(FunctionName="f:live"))["RevisionId"]
    assert alias["RevisionId"] != made["RevisionId"]


async def test_a_whole_policy_is_put_read_and_deleted(functions, create, refusal):
    await create("f")
    await functions.add_permission(
        FunctionName="f", StatementId="old", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com"
    )
    statement = {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "lambda:InvokeFunction"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement | {"Resource": ARN}]})
    put = await functions.put_resource_policy(ResourceArn=ARN, Policy=policy)
    found = await functions.get_resource_policy(ResourceArn=ARN)
    assert json.loads(found["Policy"])["Statement"] == [statement | {"Resource": ARN}]
    assert found["RevisionId"] == put["RevisionId"]
    assert (await functions.get_policy(FunctionName="f"))["Policy"] == found["Policy"]
    await functions.add_permission(
        FunctionName="f", StatementId="more", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com"
    )
    stale = functions.delete_resource_policy(ResourceArn=ARN, RevisionId=put["RevisionId"])
    assert (await refusal(stale))[0] == "PreconditionFailedException"
    await functions.delete_resource_policy(ResourceArn=ARN)
    assert (await refusal(functions.get_resource_policy(ResourceArn=ARN)))[0] == "ResourceNotFoundException"
    assert (await refusal(functions.delete_resource_policy(ResourceArn=ARN)))[
        0
    ] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    "policy",
    [
        "x",
        "[]",
        "{}",
        '{"Statement": [{"Effect": "Maybe", "Principal": "*", "Action": "*"}]}',
        '{"Statement": [{"Effect": "Allow", "Action": "*"}]}',
    ],
)
async def test_a_policy_that_is_none_is_refused(functions, create, refusal, policy):
    await create("f")
    asked = functions.put_resource_policy(ResourceArn=ARN, Policy=policy)
    assert (await refusal(asked))[0] == "InvalidParameterValueException"
