"""Who a caller is, and credentials for a while."""

import json
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
)
ROLE = "arn:aws:iam::000000000000:role/worker"


@pytest.fixture
def iam(client):
    return client("iam")


@pytest.fixture
def sts(client):
    return client("sts")


@pytest.fixture
async def assume(iam, sts):
    await iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)

    async def assume(**parameters):
        return await sts.assume_role(RoleArn=ROLE, **({"RoleSessionName": "tuesday"} | parameters))

    return assume


@pytest.fixture
def caller(client):
    """The identity that a set of credentials has."""

    async def identity(credentials):
        key, token = credentials["AccessKeyId"], credentials.get("SessionToken", "")
        answer = await client("sts", access_key_id=key, session_token=token).get_caller_identity()
        return answer["Arn"]

    return identity


async def test_the_root_of_an_account_is_its_caller(client):
    answer = await client("sts", account="111122223333").get_caller_identity()
    assert (answer["Account"], answer["UserId"], answer["Arn"]) == (
        "111122223333",
        "111122223333",
        "arn:aws:iam::111122223333:root",
    )


async def test_a_role_is_no_user(assume, client):
    given = (await assume())["Credentials"]
    key, token = given["AccessKeyId"], given["SessionToken"]
    with pytest.raises(ClientError, match="Must specify userName when calling with non-User credentials"):
        await client("iam", access_key_id=key, session_token=token).get_user()


async def test_a_users_key_stands_for_the_user_until_it_is_switched_off(iam, caller):
    await iam.create_user(UserName="ana", Path="/team/")
    key = (await iam.create_access_key(UserName="ana"))["AccessKey"]
    assert await caller(key) == "arn:aws:iam::000000000000:user/team/ana"
    await iam.update_access_key(UserName="ana", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert await caller(key) == "arn:aws:iam::000000000000:root"


async def test_an_assumed_role_is_its_session(assume, caller):
    answer = await assume()
    arn = "arn:aws:sts::000000000000:assumed-role/worker/tuesday"
    assert answer["AssumedRoleUser"]["Arn"] == arn
    assert await caller(answer["Credentials"]) == arn


async def test_a_session_ends_by_the_clock(assume, caller, clock):
    credentials = (await assume(DurationSeconds=900))["Credentials"]
    assert credentials["Expiration"] == datetime.fromtimestamp(clock.now_ms() / 1_000 + 900, UTC)
    await clock.advance(899_999)
    await caller(credentials)
    await clock.advance(1)
    with pytest.raises(ClientError, match="expired"):
        await caller(credentials)


async def test_a_session_of_a_user_stands_for_the_user(iam, client, caller):
    await iam.create_user(UserName="ana")
    key = (await iam.create_access_key(UserName="ana"))["AccessKey"]
    answer = await client("sts", access_key_id=key["AccessKeyId"]).get_session_token()
    assert await caller(answer["Credentials"]) == "arn:aws:iam::000000000000:user/ana"


async def test_a_session_may_not_ask_for_another(assume, client):
    key = (await assume())["Credentials"]["AccessKeyId"]
    with pytest.raises(ClientError, match="Cannot call GetSessionToken with session credentials"):
        await client("sts", access_key_id=key).get_session_token()


async def test_a_role_is_assumed_no_longer_than_it_allows(assume, iam):
    with pytest.raises(ClientError, match="exceeds the MaxSessionDuration"):
        await assume(DurationSeconds=7_200)
    await iam.update_role(RoleName="worker", MaxSessionDuration=7_200)
    assert await assume(DurationSeconds=7_200)


async def test_a_chained_role_lasts_an_hour_at_most(assume, iam, client):
    await iam.update_role(RoleName="worker", MaxSessionDuration=7_200)
    key = (await assume())["Credentials"]["AccessKeyId"]
    with pytest.raises(ClientError, match="1 hour session limit"):
        await client("sts", access_key_id=key).assume_role(
            RoleArn=ROLE, RoleSessionName="again", DurationSeconds=7_200
        )


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"RoleArn": "arn:aws:iam::000000000000:role/nobody"}, "AccessDenied"),
        ({"RoleArn": "arn:aws:iam::000000000000:user/worker"}, "ValidationError"),
        ({"Policy": "{}"}, "MalformedPolicyDocument"),
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]}, "InvalidParameterValue"),
        ({"TransitiveTagKeys": ["a"]}, "InvalidParameterValue"),
    ],
)
async def test_a_role_that_cannot_be_assumed_is_refused(parameters, code, assume, sts):
    request = {"RoleArn": ROLE, "RoleSessionName": "tuesday", **parameters}
    with pytest.raises(ClientError) as refused:
        await sts.assume_role(**request)
    assert refused.value.response["Error"]["Code"] == code


async def test_a_key_names_its_account(client, iam, sts):
    other = client("iam", account="111122223333")
    await other.create_user(UserName="bo")
    key = (await other.create_access_key(UserName="bo"))["AccessKey"]["AccessKeyId"]
    assert (await sts.get_access_key_info(AccessKeyId=key))["Account"] == "111122223333"


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_federation_token", {"Name": "ana"}),
        ("decode_authorization_message", {"EncodedMessage": "x"}),
        (
            "assume_role_with_web_identity",
            {"RoleArn": ROLE, "RoleSessionName": "tuesday", "WebIdentityToken": "tokn"},
        ),
    ],
)
async def test_what_is_left_out_is_refused_by_name(operation, parameters, sts):
    with pytest.raises(ClientError, match="sundog does not support sts:"):
        await getattr(sts, operation)(**parameters)


async def test_transitive_tags_go_on_from_session_to_session_and_cannot_be_set_again(assume, client):
    tag = [{"Key": "Team", "Value": "a"}]
    given = (await assume(Tags=tag, TransitiveTagKeys=["Team"]))["Credentials"]
    for _ in range(2):
        chained = client("sts", access_key_id=given["AccessKeyId"], session_token=given["SessionToken"])
        with pytest.raises(ClientError, match="conflicts with a transitive tag key from the calling session"):
            await chained.assume_role(
                RoleArn=ROLE, RoleSessionName="next", Tags=[{"Key": "team", "Value": "b"}]
            )
        given = (await chained.assume_role(RoleArn=ROLE, RoleSessionName="next"))["Credentials"]
