"""Functions with a VpcConfig get a network of their own, unless the server's user allows everything."""

import pytest

from sundog.compute.contract import Isolation
from sundog.config import Config, ConfigError
from sundog.services.lambda_.compute import Compute
from sundog.testing.engine import ScriptedEngine
from sundog.testing.world import World

VPC = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}


async def test_only_functions_in_a_vpc_are_isolated(engine, create, call, functions, clock):
    await create("f")
    await call("f")
    assert engine.specs[-1].isolation is None
    await functions.update_function_configuration(FunctionName="f", VpcConfig=VPC)
    await clock.settle()
    await call("f")
    assert engine.specs[-1].isolation == Isolation()
    await functions.update_function_configuration(FunctionName="f", VpcConfig={"SubnetIds": []})
    await clock.settle()
    await call("f")
    assert engine.specs[-1].isolation is None


@pytest.mark.parametrize(
    ("allowed", "isolation"),
    [
        ("5432, db.test:6379", Isolation((("127.0.0.1", 5432), ("db.test", 6379)))),
        ("*", None),
    ],
)
async def test_what_is_allowed_is_let_through(models, bundle, allowed, isolation):
    async with World(Config(port=0, ephemeral=True, vpc_allow=allowed), models=models) as world:
        engine = ScriptedEngine(world.clock)
        await world.app.parts.get(Compute).use(engine)
        functions = world.client("lambda")
        await functions.create_function(
            FunctionName="f",
            Runtime="python3.12",
            Handler="a.b",
            Role="arn:aws:iam::000000000000:role/r",
            Code={"ZipFile": bundle("x = 1")},
            VpcConfig=VPC,
        )
        await functions.invoke(FunctionName="f")
        assert engine.specs[-1].isolation == isolation


@pytest.mark.parametrize(
    "text",
    [",".join(map(str, range(1, 34))), "x", "0", "70000", "1,,2", "5432 6379", "db", "db:", ":1", "db:x"],
)
def test_what_is_no_port_is_refused(text):
    with pytest.raises(ConfigError, match="vpc_allow"):
        Config(vpc_allow=text)
