"""What the tests of HTTP APIs share: a client, an API, what is refused and in which words."""

import pytest
from botocore.exceptions import ClientError

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"


@pytest.fixture
def apis(client):
    return client("apigatewayv2")


@pytest.fixture
async def api_id(apis):
    """An HTTP API without anything in it."""
    return (await apis.create_api(Name="shop", ProtocolType="HTTP"))["ApiId"]


@pytest.fixture
async def socket_id(apis):
    """A WebSocket API without anything in it."""
    asked = {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"}
    return (await apis.create_api(Name="chat", **asked))["ApiId"]


@pytest.fixture
def refused():
    """``await refused(call)``: code, status and message of the error that the call ends in."""

    async def read(call):
        with pytest.raises(ClientError) as caught:
            await call
        error = caught.value.response
        return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Message"]

    return read
