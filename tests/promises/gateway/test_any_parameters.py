"""Parameters of the right type and of any content, for every operation we support: never a 500."""

from __future__ import annotations

import contextlib
import io
import zipfile

import pytest
from botocore.exceptions import ClientError
from botocore.model import OperationModel, Shape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sundog.protocol.constraints import NUMBERS, REPORTED, constraints_of
from sundog.protocol.validation_rules import Rules

SERVICES = ("sqs", "lambda", "logs", "cloudwatch", "iam", "sts", "events", "schemas")
DEPTH_MAX, STRUCTURE_MEMBERS_MAX = 4, 6
RUN_CODE = {"Invoke", "InvokeAsync", "InvokeWithResponseStream"}
ROLE = "arn:aws:iam::000000000000:role/orders"
TRUST = (
    '{"Version": "2012-10-17", '
    '"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}'
)
TEXTS = (
    "",
    "a",
    "orders",
    "orders.fifo",
    "0",
    "-1",
    "99999999999999999999",
    "true",
    "{}",
    "[1",
    "null",
    TRUST,
    '{"maxReceiveCount": 1}',
    "http://localhost:4566/000000000000/orders",
    "arn:aws:sqs:us-east-1:000000000000:orders",
    "arn:aws:lambda:us-east-1:000000000000:function:orders",
    "arn:aws:lambda:us-east-1:000000000000:function:orders:1",
    "arn:aws:lambda:us-east-1:000000000000:layer:orders:1",
    "arn:aws:logs:us-east-1:000000000000:log-group:orders",
    "arn:aws:iam::000000000000:policy/orders",
    ROLE,
    "arn:::::",
    "1",
    "$LATEST",
    "/orders/",
    "a" * 20,
    "a" * 2_000,
    "é✓𝄞",
    "a\x00b",
    "%s {0} {x}",
    "../..",
    "*",
    "python3.11",
    "app.handler",
)
WHOLE = (0, 1, -1, 2, 3, 10, 128, 900, 2**31, -(2**31), 2**53, 1_700_000_000_000)
FRACTIONS = (0.0, 0.5, -1.5, 1.0, 1e300, -1e300, 5e-324)


def _values(shape: Shape, depth: int = 0) -> st.SearchStrategy:
    """Anything of this shape, mostly what the model allows."""
    if shape.type_name == "structure":
        return _structures(shape, depth)
    if shape.type_name == "list":
        return st.lists(
            _values(shape.member, depth + 1), min_size=min(shape.metadata.get("min", 0), 1), max_size=2
        )
    if shape.type_name == "map":
        return st.dictionaries(_values(shape.key, depth + 1), _values(shape.value, depth + 1), max_size=2)
    plain = {
        "boolean": (True, False),
        "blob": (b"", b"{}", b"PK\x03\x04", b"\xff\x00", _bundle()),
        "timestamp": (0, 1, 1_700_000_000, -1, 32_503_680_000),
        "string": (*getattr(shape, "enum", ()), *TEXTS),
        "float": FRACTIONS,
        "double": FRACTIONS,
    }
    return _mostly_allowed(shape, plain.get(shape.type_name, WHOLE))


def _structures(shape: Shape, depth: int) -> st.SearchStrategy:
    if depth >= DEPTH_MAX:
        return st.just({})
    members = {name: _values(member, depth + 1) for name, member in shape.members.items()}
    required = {name: members.pop(name) for name in shape.required_members}
    return st.sets(st.sampled_from(sorted(members) or [""]), max_size=STRUCTURE_MEMBERS_MAX).flatmap(
        lambda chosen: st.fixed_dictionaries(required | {n: members[n] for n in chosen if n in members})
    )


def _mostly_allowed(shape: Shape, values: tuple) -> st.SearchStrategy:
    allowed = values
    if shape.type_name in ("string", "blob") or shape.type_name in NUMBERS:
        demands = constraints_of(shape, Rules(""), REPORTED)
        allowed = tuple(value for value in values if all(demand.holds(value) for demand in demands))
    anything = st.sampled_from(values)
    likely = st.sampled_from(allowed or values)
    return st.integers(0, 19).flatmap(lambda chance: likely if chance else anything)


def _bundle() -> bytes:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return event\n")
    return code.getvalue()


@pytest.fixture
async def resources(world):
    """Something of every kind by the name ``orders``, so that calls go further than a look-up."""
    for name in ("orders", "orders.fifo"):
        fifo = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        await world.client("sqs").create_queue(QueueName=name, Attributes=fifo)
    iam = world.client("iam")
    await iam.create_user(UserName="orders")
    await iam.create_group(GroupName="orders")
    await iam.create_role(RoleName="orders", AssumeRolePolicyDocument=TRUST)
    await world.client("logs").create_log_group(logGroupName="orders")
    await world.client("logs").create_log_stream(logGroupName="orders", logStreamName="orders")
    await world.client("lambda").create_function(
        FunctionName="orders",
        Runtime="python3.11",
        Role=ROLE,
        Handler="app.handler",
        Code={"ZipFile": _bundle()},
    )


@pytest.mark.parametrize("service", SERVICES)
@given(data=st.data())
@settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None, derandomize=True)
async def test_no_parameters_are_answered_with_a_500(world, resources, models, service, data):
    found = next(found for found in world.app.services if found.name == service)
    names = sorted({operation.name for operation in found.operations} - RUN_CODE)
    model = models.get(service).operation_model(data.draw(st.sampled_from(names)))
    request = data.draw(_values(model.input_shape)) if model.input_shape else {}
    await _call(world.client(service, validate=False), model, request)


async def _call(client, model: OperationModel, request: dict) -> None:
    with contextlib.suppress(UnicodeEncodeError):  # botocore could not write it
        try:
            await client._call(model, request)
        except ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] not in (500, 502, 504), error
            assert error.response["Error"]["Code"]
