"""Whatever is asked, the answer is one of AWS's: never a failure of ours."""

import random

import pytest
from botocore.exceptions import ClientError

from sundog.protocol.models import Models

OPERATIONS = sorted(Models().get("apigateway").operation_names)
ROUNDS = 5
WORDS = (
    *(
        "a",
        "x" * 300,
        "é:\0/",
        "true",
        "-1",
        "{}",
        "[]",
        '{"a":',
        "dev",
        "GET",
        "200",
        "NONE",
        "MOCK",
        "TOKEN",
    ),
    *("API_KEY", "2023-11-14", "Empty", "api.example.com", "$ref", '{"$ref": "Empty"}', "(none)", "/pets"),
    *(
        "arn:aws:iam::000000000000:role/r",
        "arn:aws:apigateway:us-east-1::/restapis/a",
        "http://a/{b}",
        "http://[::",
        "{id+}",
    ),
)


def _value(shape, chance, known, depth=0):
    """Something of this shape; texts are often the names of things that are there."""
    kind = shape.type_name
    if kind == "structure":
        required = set(shape.required_members)
        return {
            name: _value(inner, chance, known, depth + 1)
            for name, inner in shape.members.items()
            if name in required or chance.random() < (0.5 if depth < 3 else 0.1)
        }
    if kind == "list":
        return [_value(shape.member, chance, known, depth + 1) for _ in range(chance.randrange(3))]
    if kind == "map":
        return {
            chance.choice(WORDS): _value(shape.value, chance, known, depth + 1)
            for _ in range(chance.randrange(3))
        }
    if kind == "boolean":
        return chance.random() < 0.5
    if kind in ("integer", "long"):
        return chance.choice((-1, 0, 1, 50, 10**6, 2**31 - 1))
    if kind in ("double", "float"):
        return chance.choice((-1.0, 0.0, 0.5, 100.0, 1e12))
    if kind == "blob":
        return chance.choice(WORDS).encode()
    if shape.metadata.get("enum") and chance.random() < 0.9:
        return chance.choice(shape.enum)
    return chance.choice(known if chance.random() < 0.5 else WORDS)


@pytest.fixture
async def known(gateway, api, domain):
    """Names of things that are there."""
    await api.mock()
    deployment = await api.deploy(stageName="dev")
    validator = await api.create_request_validator(name="v")
    key = await gateway.create_api_key(name="k")
    plan = await gateway.create_usage_plan(name="p")
    await gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    await domain()
    return [api.id, api.id, api.root, deployment, validator["id"], key["id"], plan["id"], "dev", "GET", "200"]


@pytest.mark.parametrize("seed", range(3))
async def test_no_request_breaks_the_server(world, client, known, seed):
    gateway, model = client("apigateway", validate=False), world.app.models.get("apigateway")
    chance = random.Random(seed)
    for name in OPERATIONS * ROUNDS:
        operation = model.operation_model(name)
        request = _value(operation.input_shape, chance, known)
        try:
            await gateway._call(operation, request)
        except ClientError as error:
            assert error.response["Error"]["Code"] != "InternalFailure", (name, request)
