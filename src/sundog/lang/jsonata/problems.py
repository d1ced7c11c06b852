"""Why Step Functions refuses an expression before it is ever evaluated."""

from __future__ import annotations


class InvalidExpression(Exception):
    """INVALID_JSONATA_EXPRESSION: it does not parse. The message is JSONata's, without its code."""

    def __init__(self, message: str, location: str) -> None:
        super().__init__(message)
        self.message, self.location = message, location


class UnsupportedReference(Exception):
    """UNSUPPORTED_JSONATA_EXPRESSION: ``$``, ``$$`` or a bare name, where there is no context to read."""

    def __init__(self, message: str, location: str) -> None:
        super().__init__(message)
        self.message, self.location = message, location
