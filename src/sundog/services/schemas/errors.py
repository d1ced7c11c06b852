"""The errors of EventBridge Schemas, each named as its shape in the model."""

from __future__ import annotations

from typing import Any

from sundog.errors import AwsError


class SchemasError(AwsError):
    """{message}"""

    def __init__(self, message: str | None = None, **fields: Any) -> None:
        super().__init__(message, **fields)
        # The shapes require both members, and SDKs read the text from ``Message``.
        self.members = {"Code": self.shape_name.removesuffix("Exception"), "Message": self.message}


class BadRequestException(SchemasError):
    """{message}"""


class ConflictException(SchemasError):
    """{what} with name {name} already exists."""

    status = 409


class ForbiddenException(SchemasError):
    """{message}"""

    status = 403


class NotFoundException(SchemasError):
    """{what} with name {name} does not exist."""

    status = 404


class PreconditionFailedException(SchemasError):
    """The revision id does not match the revision of the policy."""

    status = 412


def no_registry(name: str) -> NotFoundException:
    return NotFoundException(what="Registry", name=name)


def no_schema(name: str) -> NotFoundException:
    return NotFoundException(what="Schema", name=name)


def no_discoverer(id: str) -> NotFoundException:
    return NotFoundException(f"Discoverer with id {id} does not exist.")
