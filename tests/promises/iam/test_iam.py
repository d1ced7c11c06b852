"""Users, roles, groups and their policies."""

import json
from urllib.parse import unquote

import pytest
from botocore.exceptions import ClientError

ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
DENY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
POLICY = "arn:aws:iam::000000000000:policy/reader"


def trust(service="lambda.amazonaws.com"):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def code_of(refused):
    return refused.value.response["Error"]["Code"]


@pytest.fixture
def iam(client):
    return client("iam")


@pytest.fixture
async def ana(iam):
    await iam.create_user(UserName="ana")
    return "ana"


@pytest.fixture
async def reader(iam):
    await iam.create_policy(PolicyName="reader", PolicyDocument=json.dumps(ALLOW))
    return POLICY


async def test_names_differ_without_regard_to_case(iam, ana):
    with pytest.raises(ClientError, match="User with name ANA already exists") as refused:
        await iam.create_user(UserName="ANA")
    assert code_of(refused) == "EntityAlreadyExists"


async def test_a_renamed_user_keeps_everything(iam, ana, reader):
    await iam.put_user_policy(UserName=ana, PolicyName="own", PolicyDocument=json.dumps(ALLOW))
    await iam.attach_user_policy(UserName=ana, PolicyArn=reader)
    await iam.create_group(GroupName="team")
    await iam.add_user_to_group(UserName=ana, GroupName="team")
    key = (await iam.create_access_key(UserName=ana))["AccessKey"]["AccessKeyId"]
    await iam.update_user(UserName=ana, NewUserName="eva", NewPath="/x/")
    assert (await iam.list_user_policies(UserName="eva"))["PolicyNames"] == ["own"]
    assert len((await iam.list_attached_user_policies(UserName="eva"))["AttachedPolicies"]) == 1
    assert [one["UserName"] for one in (await iam.get_group(GroupName="team"))["Users"]] == ["eva"]
    (found,) = (await iam.list_access_keys(UserName="eva"))["AccessKeyMetadata"]
    assert (found["AccessKeyId"], found["UserName"]) == (key, "eva")


async def test_a_user_goes_only_when_nothing_hangs_on_it(iam, ana, reader):
    await iam.attach_user_policy(UserName=ana, PolicyArn=reader)
    with pytest.raises(ClientError, match="must detach all policies first") as refused:
        await iam.delete_user(UserName=ana)
    assert code_of(refused) == "DeleteConflict"
    await iam.detach_user_policy(UserName=ana, PolicyArn=reader)
    await iam.delete_user(UserName=ana)
    with pytest.raises(ClientError) as refused:
        await iam.get_user(UserName=ana)
    assert code_of(refused) == "NoSuchEntity"


async def test_a_user_stays_while_it_has_credentials_of_a_service(iam, ana):
    await iam.create_service_specific_credential(UserName=ana, ServiceName="codecommit.amazonaws.com")
    with pytest.raises(ClientError, match="Cannot delete entity, must remove referenced objects first"):
        await iam.delete_user(UserName=ana)


async def test_a_user_has_two_access_keys_at_most(iam, ana):
    for _ in range(2):
        await iam.create_access_key(UserName=ana)
    with pytest.raises(ClientError, match="Cannot exceed quota for AccessKeysPerUser: 2"):
        await iam.create_access_key(UserName=ana)


async def test_the_last_use_of_a_key_is_known(iam, ana, client, clock):
    key = (await iam.create_access_key(UserName=ana))["AccessKey"]["AccessKeyId"]

    async def last_used():
        answer = await iam.get_access_key_last_used(AccessKeyId=key)
        return answer["AccessKeyLastUsed"]

    assert await last_used() == {"ServiceName": "N/A", "Region": "N/A"}
    used_s = clock.now_ms() // 1_000
    await client("sqs", access_key_id=key, region="eu-west-1").list_queues()
    for _ in range(2):  # before it is written, and after
        found = await last_used()
        assert (found["ServiceName"], found["Region"]) == ("sqs", "eu-west-1")
        assert found["LastUsedDate"].timestamp() == used_s
        await clock.advance(61_000)


async def test_a_role_keeps_its_trust_policy_as_it_was_sent(iam):
    await iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trust(), Description="works")
    role = (await iam.get_role(RoleName="worker"))["Role"]
    found = role["AssumeRolePolicyDocument"]
    assert json.loads(unquote(found) if isinstance(found, str) else json.dumps(found)) == json.loads(trust())
    assert (role["Description"], role["MaxSessionDuration"]) == ("works", 3600)


async def test_a_role_trusts_only_users_and_roles_that_there_are(iam, ana):
    def trusting(arn):
        statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}
        return json.dumps({"Version": "2012-10-17", "Statement": statement})

    ben = "arn:aws:iam::000000000000:user/ben"
    with pytest.raises(ClientError, match=f'Invalid principal in policy: "AWS":"{ben}"') as refused:
        await iam.create_role(RoleName="r", AssumeRolePolicyDocument=trusting(ben))
    assert code_of(refused) == "MalformedPolicyDocument"
    known = ["arn:aws:iam::000000000000:user/ana", "arn:aws:iam::111122223333:user/ben", "000000000000"]
    await iam.create_role(RoleName="r", AssumeRolePolicyDocument=trusting(known))
    with pytest.raises(ClientError, match="Invalid principal in policy"):
        await iam.update_assume_role_policy(RoleName="r", PolicyDocument=trusting(ben))


async def test_a_policy_has_five_versions_at_most_and_one_default(iam, reader):
    for _ in range(4):
        await iam.create_policy_version(PolicyArn=reader, PolicyDocument=json.dumps(DENY))
    with pytest.raises(ClientError, match="up to 5 versions"):
        await iam.create_policy_version(PolicyArn=reader, PolicyDocument=json.dumps(DENY))
    await iam.set_default_policy_version(PolicyArn=reader, VersionId="v3")
    with pytest.raises(ClientError, match="Cannot delete the default version"):
        await iam.delete_policy_version(PolicyArn=reader, VersionId="v3")
    await iam.delete_policy_version(PolicyArn=reader, VersionId="v1")
    versions = (await iam.list_policy_versions(PolicyArn=reader))["Versions"]
    assert [(one["VersionId"], one["IsDefaultVersion"]) for one in versions] == [
        ("v5", False),
        ("v4", False),
        ("v3", True),
        ("v2", False),
    ]


async def test_a_policy_that_is_attached_cannot_be_deleted(iam, ana, reader):
    await iam.attach_user_policy(UserName=ana, PolicyArn=reader)
    with pytest.raises(ClientError, match="Cannot delete a policy attached to entities"):
        await iam.delete_policy(PolicyArn=reader)
    entities = await iam.list_entities_for_policy(PolicyArn=reader)
    assert [one["UserName"] for one in entities["PolicyUsers"]] == ["ana"]


@pytest.mark.parametrize("document", ["", "{}", "no json", json.dumps({**ALLOW, "Version": "2020-01-01"})])
async def test_a_document_that_is_no_policy_is_refused(document, client):
    with pytest.raises(ClientError):
        await client("iam", validate=False).create_policy(PolicyName="p", PolicyDocument=document)


async def test_a_policy_of_aws_can_be_attached_and_not_changed(iam, ana):
    arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    await iam.attach_user_policy(UserName=ana, PolicyArn=arn)
    assert (await iam.get_policy(PolicyArn=arn))["Policy"]["AttachmentCount"] == 1
    with pytest.raises(ClientError):
        await iam.delete_policy(PolicyArn=arn)


async def test_simulation_counts_policies_of_groups_and_denials_win(iam, ana):
    async def decision():
        answer = await iam.simulate_principal_policy(
            PolicySourceArn="arn:aws:iam::000000000000:user/ana", ActionNames=["s3:GetObject"]
        )
        return answer["EvaluationResults"][0]["EvalDecision"]

    assert await decision() == "implicitDeny"
    await iam.create_group(GroupName="team")
    await iam.put_group_policy(GroupName="team", PolicyName="p", PolicyDocument=json.dumps(ALLOW))
    await iam.add_user_to_group(UserName=ana, GroupName="team")
    assert await decision() == "allowed"
    await iam.put_user_policy(UserName=ana, PolicyName="p", PolicyDocument=json.dumps(DENY))
    assert await decision() == "explicitDeny"


async def test_an_instance_profile_holds_one_role(iam):
    for name in ("a", "b"):
        await iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
    await iam.create_instance_profile(InstanceProfileName="p")
    await iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="a")
    with pytest.raises(ClientError) as refused:
        await iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="b")
    assert code_of(refused) == "LimitExceeded"
    with pytest.raises(ClientError, match="must remove roles from instance profile first"):
        await iam.delete_role(RoleName="a")


async def test_a_service_linked_role_is_changed_by_nobody(iam):
    role = (await iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com"))["Role"]
    with pytest.raises(ClientError) as refused:
        await iam.delete_role(RoleName=role["RoleName"])
    assert code_of(refused) == "UnmodifiableEntity"


@pytest.mark.parametrize(
    "change",
    [
        lambda iam, role: iam.attach_role_policy(RoleName=role, PolicyArn=POLICY),
        lambda iam, role: iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument="{}"),
        lambda iam, role: iam.delete_role_policy(RoleName=role, PolicyName="own"),
        lambda iam, role: iam.detach_role_policy(RoleName=role, PolicyArn=POLICY),
    ],
    ids=["attach", "put", "delete", "detach"],
)
async def test_the_policies_of_a_service_linked_role_are_changed_by_nobody(change, iam, reader):
    role = (await iam.create_service_linked_role(AWSServiceName="batch.amazonaws.com"))["Role"]["RoleName"]
    with pytest.raises(ClientError, match=f"protected role '{role}'") as refused:
        await change(iam, role)
    assert code_of(refused) == "UnmodifiableEntity"


async def test_the_arn_of_a_policy_has_its_form(iam, ana):
    with pytest.raises(ClientError, match="ARN policy-name-without-arn is not valid") as refused:
        await iam.attach_user_policy(UserName=ana, PolicyArn="policy-name-without-arn")
    assert code_of(refused) == "InvalidInput"


async def test_a_boundary_is_a_policy_that_there_is(iam, ana, reader):
    with pytest.raises(ClientError, match=f"Scope ARN: {reader}s does not exist") as refused:
        await iam.put_user_permissions_boundary(UserName=ana, PermissionsBoundary=reader + "s")
    assert code_of(refused) == "NoSuchEntity"
    await iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(), PermissionsBoundary=reader)
    role = (await iam.get_role(RoleName="r"))["Role"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == reader


async def test_tags_differ_without_regard_to_case(iam, ana):
    await iam.tag_user(UserName=ana, Tags=[{"Key": "Team", "Value": "a"}])
    await iam.tag_user(UserName=ana, Tags=[{"Key": "team", "Value": "b"}])
    assert (await iam.list_user_tags(UserName=ana))["Tags"] == [{"Key": "team", "Value": "b"}]


async def test_lists_come_in_pages(iam):
    for number in range(5):
        await iam.create_user(UserName=f"u{number}")
    first = await iam.list_users(MaxItems=3)
    second = await iam.list_users(MaxItems=3, Marker=first["Marker"])
    names = [one["UserName"] for one in first["Users"] + second["Users"]]
    assert (names, first["IsTruncated"], second["IsTruncated"]) == ([f"u{n}" for n in range(5)], True, False)


async def test_the_password_policy_is_set_as_a_whole(iam):
    with pytest.raises(
        ClientError, match="The Password Policy with domain name 000000000000 cannot be found"
    ):
        await iam.get_account_password_policy()
    await iam.update_account_password_policy(MinimumPasswordLength=12, MaxPasswordAge=90)
    await iam.update_account_password_policy(RequireNumbers=True)
    policy = (await iam.get_account_password_policy())["PasswordPolicy"]
    assert (policy["MinimumPasswordLength"], policy["RequireNumbers"], policy["ExpirePasswords"]) == (
        6,
        True,
        False,
    )
    await iam.delete_account_password_policy()
    with pytest.raises(ClientError):
        await iam.get_account_password_policy()


async def test_the_summary_counts_what_there_is(iam, ana, reader):
    summary = (await iam.get_account_summary())["SummaryMap"]
    assert (summary["Users"], summary["Policies"], summary["Roles"]) == (1, 1, 0)
    assert summary["AccessKeysPerUserQuota"] == 2


async def test_another_account_sees_none_of_it(client, ana):
    assert (await client("iam", account="111122223333").list_users())["Users"] == []


async def test_what_is_left_out_is_refused_by_name(iam):
    with pytest.raises(ClientError, match="sundog does not support iam:CreateSAMLProvider"):
        await iam.create_saml_provider(SAMLMetadataDocument="x" * 1_000, Name="p")
