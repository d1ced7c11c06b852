"""Where IAM is enforced, Scheduler must be able to assume the role of a schedule's target."""

import json

import pytest

from sundog.config import Config
from sundog.context import Principal
from sundog.scope import Scope
from sundog.services.scheduler.errors import ValidationException
from sundog.testing.world import World


@pytest.fixture
async def create(models):
    """``await create("ec2.amazonaws.com")``: a schedule whose role trusts this service."""
    async with World(Config(ephemeral=True, port=0, iam="enforce"), models=models) as world:
        config = world.config
        scope = Scope(config.account, config.region)
        dispatch = world.app.system_context(scope, Principal.root(config.account)).dispatch

        async def make(service):
            statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            role = {"RoleName": "r", "AssumeRolePolicyDocument": document}
            arn = (await dispatch("iam", "CreateRole", role))["Role"]["Arn"]
            schedule = {
                "Name": "s",
                "ScheduleExpression": "rate(1 hour)",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": {"Arn": "arn:aws:sqs:us-east-1:000000000000:q", "RoleArn": arn},
            }
            return await dispatch("scheduler", "CreateSchedule", schedule)

        yield make


async def test_a_role_that_trusts_scheduler_will_do(create):
    assert (await create("scheduler.amazonaws.com"))["ScheduleArn"].endswith("schedule/default/s")


async def test_a_role_that_scheduler_cannot_assume_is_refused(create):
    with pytest.raises(ValidationException, match="must allow AWS EventBridge Scheduler to assume the role"):
        await create("ec2.amazonaws.com")
