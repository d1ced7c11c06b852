"""Where IAM is enforced, Lambda must be able to assume a function's role."""

import json

import pytest

from sundog.config import Config
from sundog.context import Principal
from sundog.scope import Scope
from sundog.services.lambda_.errors import InvalidParameterValueException
from sundog.testing.world import World

NAMES = ["f", "echo", "f" * 64]


def trust(service):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
async def dispatch(models):
    """The root's way to every operation of a server that enforces IAM."""
    async with World(Config(ephemeral=True, port=0, iam="enforce"), models=models) as world:
        config = world.config
        scope = Scope(config.account, config.region)
        yield world.app.system_context(scope, Principal.root(config.account)).dispatch


@pytest.fixture
def create(dispatch, bundle):
    async def make(name, service):
        document = trust(service)
        made = await dispatch(
            "iam", "CreateRole", {"RoleName": "worker", "AssumeRolePolicyDocument": document}
        )
        code = {"ZipFile": bundle("def handler(event, context): ...")}
        request = {"Runtime": "python3.11", "Handler": "code.handler", "Role": made["Role"]["Arn"]}
        return await dispatch("lambda", "CreateFunction", request | {"FunctionName": name, "Code": code})

    return make


@pytest.mark.parametrize("name", NAMES)
async def test_a_role_that_trusts_lambda_will_do_whatever_the_length_of_the_functions_name(create, name):
    assert (await create(name, "lambda.amazonaws.com"))["FunctionName"] == name


async def test_a_role_that_lambda_cannot_assume_is_refused(create):
    with pytest.raises(InvalidParameterValueException, match="cannot be assumed by Lambda"):
        await create("echo", "ec2.amazonaws.com")
