"""How an intrinsic function is refused: when the definition is read, or when it is called."""

from __future__ import annotations


class InvalidIntrinsic(Exception):
    """The text is no call of an intrinsic function."""


class IntrinsicFailure(Exception):
    """The function cannot work with these arguments (States.IntrinsicFailure). The message says why."""
