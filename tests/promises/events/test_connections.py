"""Connections: kept, changed part by part, described without their secrets."""

import pytest

BASIC = {"BasicAuthParameters": {"Username": "user", "Password": "p4ss"}}
KEY = {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "s3cret"}}
OAUTH = {
    "OAuthParameters": {
        "AuthorizationEndpoint": "http://127.0.0.1:1/token",
        "HttpMethod": "POST",
        "ClientParameters": {"ClientID": "id", "ClientSecret": "s3cret"},
    }
}
MEMBERS = {"BASIC": BASIC, "API_KEY": KEY, "OAUTH_CLIENT_CREDENTIALS": OAUTH}


@pytest.fixture
def connect(events):
    async def create(type="BASIC", parameters=None, name="c", **more):
        return await events.create_connection(
            Name=name, AuthorizationType=type, AuthParameters=parameters or MEMBERS[type], **more
        )

    return create


@pytest.mark.parametrize("type", MEMBERS)
async def test_secrets_are_never_shown(connect, events, type):
    await connect(type)
    described = await events.describe_connection(Name="c")
    assert "s3cret" not in repr(described) and "p4ss" not in repr(described)
    assert set(described["AuthParameters"]) == set(MEMBERS[type])


async def test_values_marked_as_secret_are_not_shown(connect, events):
    headers = [
        {"Key": "a", "Value": "seen", "IsValueSecret": False},
        {"Key": "b", "Value": "hidden", "IsValueSecret": True},
    ]
    await connect("BASIC", {**BASIC, "InvocationHttpParameters": {"HeaderParameters": headers}})
    described = await events.describe_connection(Name="c")
    shown = described["AuthParameters"]["InvocationHttpParameters"]["HeaderParameters"]
    assert shown == [headers[0], {"Key": "b", "IsValueSecret": True}]


async def test_a_secret_has_an_arn(connect, events):
    await connect()
    arn = (await events.describe_connection(Name="c"))["SecretArn"]
    assert arn.startswith("arn:aws:secretsmanager:us-east-1:000000000000:secret:events!connection/c/")


async def test_a_name_is_given_once(connect, refusal):
    await connect()
    assert await refusal(connect()) == ("ResourceAlreadyExistsException", "Connection c already exists.")


async def test_parameters_are_those_of_the_type(connect, refusal):
    code, message = await refusal(connect("BASIC", KEY))
    assert code == "ValidationException"
    assert "BasicAuthParameters" in message


async def test_an_update_changes_what_it_names(connect, events):
    await connect(Description="old")
    await events.update_connection(
        Name="c", AuthParameters={"BasicAuthParameters": {"Username": "other", "Password": "new"}}
    )
    described = await events.describe_connection(Name="c")
    assert described["AuthParameters"]["BasicAuthParameters"] == {"Username": "other"}
    assert described["Description"] == "old"


async def test_an_update_may_change_the_type(connect, events):
    await connect()
    await events.update_connection(Name="c", AuthorizationType="API_KEY", AuthParameters=KEY)
    described = await events.describe_connection(Name="c")
    assert described["AuthorizationType"] == "API_KEY"
    assert described["AuthParameters"] == {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key"}}


async def test_a_deauthorized_connection_has_no_parameters(connect, events):
    await connect()
    assert (await events.deauthorize_connection(Name="c"))["ConnectionState"] == "DEAUTHORIZING"
    described = await events.describe_connection(Name="c")
    assert described["ConnectionState"] == "DEAUTHORIZED"
    assert described["AuthParameters"] == {}
    assert "SecretArn" not in described


async def test_a_deleted_connection_is_gone(connect, events, refusal):
    await connect()
    assert (await events.delete_connection(Name="c"))["ConnectionState"] == "DELETING"
    assert await refusal(events.describe_connection(Name="c")) == (
        "ResourceNotFoundException",
        "Failed to describe the connection(s). Connection 'c' does not exist.",
    )


async def test_lists_are_paged_and_filtered(connect, events):
    for name in ("b", "a", "c"):
        await connect(name=name)
    await events.deauthorize_connection(Name="b")
    first = await events.list_connections(Limit=2)
    rest = await events.list_connections(Limit=2, NextToken=first["NextToken"])
    assert [one["Name"] for one in first["Connections"] + rest["Connections"]] == ["a", "b", "c"]
    authorized = await events.list_connections(ConnectionState="AUTHORIZED")
    assert [one["Name"] for one in authorized["Connections"]] == ["a", "c"]


async def test_oauth_is_authorizing_first_and_deauthorized_when_nobody_answers(connect, events, clock):
    assert (await connect("OAUTH_CLIENT_CREDENTIALS"))["ConnectionState"] == "AUTHORIZING"
    await clock.advance(60_000)
    described = await events.describe_connection(Name="c")
    assert described["ConnectionState"] == "DEAUTHORIZED"
    assert "cannot be reached" in described["StateReason"]


async def test_private_connectivity_is_refused_by_name(connect, refusal):
    resource = "arn:aws:vpc-lattice:us-east-1:000000000000:resourceconfiguration/rcfg-0123456789abcdefg"
    private = {"ResourceParameters": {"ResourceConfigurationArn": resource}}
    code, _ = await refusal(connect(InvocationConnectivityParameters=private))
    assert code == "UnsupportedOperation"
