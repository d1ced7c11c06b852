"""Errors that services share, raised before an operation is reached, and their names in each protocol.

They are declared in the words of the query protocol. JSON services call them otherwise, and those without
paths answer all of them with 400 (https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html).
"""

from __future__ import annotations

from collections.abc import Mapping

from sundog.errors import AwsError


class SignatureDoesNotMatch(AwsError):
    """The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."""  # noqa: E501

    status = 403


class IncompleteSignature(AwsError):
    """The request signature does not conform to AWS standards."""


class MissingAuthenticationToken(AwsError):
    """Request is missing Authentication Token"""

    status = 403


class InvalidClientTokenId(AwsError):
    """The security token included in the request is invalid."""

    status = 403


class ExpiredToken(AwsError):
    """The security token included in the request is expired"""

    status = 403


class RequestTimeTooSkewed(AwsError):
    """The difference between the request time and the current time is too large."""

    status = 403


class RequestExpired(AwsError):
    """Request has expired"""

    code = "AccessDenied"
    status = 403


class InvalidAction(AwsError):
    """Could not find operation {action} for version {version}"""


class MissingAction(AwsError):
    """The request is missing an action or a required parameter."""


class UnknownOperationException(AwsError):
    # AWS sends it without a message.
    status = 404


class UnknownTarget(AwsError):
    # JSON services answer 400 where others answer 404; no message either.
    code = "UnknownOperationException"


class Named(AwsError):
    """An error under the name that a protocol has for it."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self._name = name

    @property
    def shape_name(self) -> str:
        return self._name


class _NamedForbidden(Named):
    status = 403


JSON_NAMES: Mapping[type[AwsError], str] = {
    SignatureDoesNotMatch: "InvalidSignatureException",
    IncompleteSignature: "IncompleteSignatureException",
    MissingAuthenticationToken: "MissingAuthenticationTokenException",
    InvalidClientTokenId: "UnrecognizedClientException",
    ExpiredToken: "ExpiredTokenException",
}


def spoken(error: AwsError, protocol: str) -> AwsError:
    """The error as services of this protocol say it."""
    name = JSON_NAMES.get(type(error))
    if name is None or protocol not in ("json", "smithy-rpc-v2-cbor", "rest-json"):
        return error
    is_forbidden = protocol == "rest-json" and error.status == _NamedForbidden.status
    return (_NamedForbidden if is_forbidden else Named)(name, error.message)
