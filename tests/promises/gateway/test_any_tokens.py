"""Tokens of pages that we never gave: refused or ignored, never a 500."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from botocore.model import OperationModel

TOKENS = ("NextToken", "nextToken", "Marker", "position")
STRANGE = ("é✓𝄞", "a", "bnVsbA==", "W10=", "////", "-__-", "=")


@pytest.fixture
def pages(world, models) -> list[tuple[str, OperationModel, str]]:
    """Every operation that needs nothing and takes a token: its service, its model, the token's name."""
    found = []
    for service in world.app.services:
        for operation in service.operations:
            model = models.get(service.name).operation_model(operation.name)
            members = model.input_shape.members if model.input_shape else {}
            named = [name for name in TOKENS if name in members]
            if named and not model.input_shape.required_members:
                found.append((service.name, model, named[0]))
    return found


async def test_a_token_that_was_never_given_ends_in_no_500(world, pages):
    assert len(pages) > 50
    for service, model, name in pages:
        client = world.client(service, validate=False)
        for token in STRANGE:
            try:
                await client._call(model, {name: token})
            except ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                assert status < 500, (service, model.name, token, error)
