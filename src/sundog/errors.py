"""The errors a caller can see. Status, code and fault come from the model where it has the shape."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar


class AwsError(Exception):
    """Base of every error that crosses the wire.

    A subclass is named after its shape in the service model. Its docstring is the message sent to
    the caller; ``{fields}`` in it are filled from keyword arguments. ``members`` are further members
    of the error's shape (``Type``, ``Reason``, ...). ``code`` and ``status`` say what the wire carries
    where the model does not know the shape; where it does, the model wins unless ``code`` is set.
    """

    code: ClassVar[str] = ""
    status: ClassVar[int] = 400
    sender_fault: ClassVar[bool] = True

    def __init__(
        self, message: str | None = None, *, members: dict[str, Any] | None = None, **fields: object
    ):
        template = inspect.cleandoc(type(self).__doc__ or "")
        self.message = message if message is not None else template.format(**fields)
        self.members: dict[str, Any] = members or {}
        super().__init__(self.message)

    @property
    def shape_name(self) -> str:
        return type(self).__name__

    @property
    def wire_code(self) -> str:
        """The code when the model has no say."""
        return self.code or self.shape_name


class InternalFailure(AwsError):
    """The request processing has failed because of an unknown error, exception or failure."""

    status = 500
    sender_fault = False


class UnsupportedOperation(AwsError):
    """sundog does not support {what}. {remedy}"""

    status = 501
