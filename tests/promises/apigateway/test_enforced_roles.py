"""Where IAM is enforced, API Gateway must be able to assume the role that writes its logs."""

import json

import pytest

from sundog.config import Config
from sundog.context import Principal
from sundog.scope import Scope
from sundog.services.apigateway.errors import BadRequestException
from sundog.testing.world import World


@pytest.fixture
async def log_as(models):
    """``await log_as("ec2.amazonaws.com")``: a role that trusts this service writes the logs."""
    async with World(Config(ephemeral=True, port=0, iam="enforce"), models=models) as world:
        scope = Scope(world.config.account, world.config.region)
        dispatch = world.app.system_context(scope, Principal.root(scope.account)).dispatch

        async def update(service):
            statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            role = {"RoleName": "r", "AssumeRolePolicyDocument": document}
            arn = (await dispatch("iam", "CreateRole", role))["Role"]["Arn"]
            change = {"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}
            return arn, await dispatch("apigateway", "UpdateAccount", {"patchOperations": [change]})

        yield update


async def test_a_role_that_trusts_api_gateway_will_do(log_as):
    arn, account = await log_as("apigateway.amazonaws.com")
    assert account["cloudwatchRoleArn"] == arn


async def test_a_role_that_api_gateway_cannot_assume_is_refused(log_as):
    with pytest.raises(BadRequestException, match="does not have required permissions configured"):
        await log_as("ec2.amazonaws.com")
