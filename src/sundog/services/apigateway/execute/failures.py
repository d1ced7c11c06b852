"""Why a request is refused: AWS's gateway response types, their statuses, names and texts.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class FailureType:
    """``error_type`` is the x-amzn-ErrorType. ``template``: the body where the API says nothing else.

    AWS writes a blank after the colon in what comes from behind the front; some parse with patterns.
    """

    name: str
    status: int
    error_type: str
    message: str | None
    template: str = '{"message":$context.error.messageString}'

    @property
    def default_name(self) -> str:
        return "DEFAULT_4XX" if self.status < 500 else "DEFAULT_5XX"


_SPACED: Final = '{"message": $context.error.messageString}'
_CAPITAL: Final = '{"Message":$context.error.messageString}'
_INTERNAL: Final = "InternalServerErrorException"

ACCESS_DENIED = FailureType(
    "ACCESS_DENIED",
    403,
    "AccessDeniedException",
    "User is not authorized to access this resource",
    _CAPITAL,
)
API_CONFIGURATION_ERROR = FailureType(
    "API_CONFIGURATION_ERROR", 500, _INTERNAL, "Internal server error", _SPACED
)
AUTHORIZER_CONFIGURATION_ERROR = FailureType(
    "AUTHORIZER_CONFIGURATION_ERROR", 500, "AuthorizerConfigurationException", None
)
AUTHORIZER_FAILURE = FailureType("AUTHORIZER_FAILURE", 500, "AuthorizerFailureException", None)
BAD_REQUEST_BODY = FailureType(
    "BAD_REQUEST_BODY", 400, "BadRequestException", "Invalid request body", _SPACED
)
BAD_REQUEST_PARAMETERS = FailureType(
    "BAD_REQUEST_PARAMETERS",
    400,
    "BadRequestException",
    "Missing required request parameters: []",
    _SPACED,
)
EXPIRED_TOKEN = FailureType(
    "EXPIRED_TOKEN",
    403,
    "ExpiredTokenException",
    "The security token included in the request is expired",
)
FORBIDDEN = FailureType("INVALID_API_KEY", 403, "ForbiddenException", "Forbidden")
INTEGRATION_FAILURE = FailureType(
    "INTEGRATION_FAILURE", 504, _INTERNAL, "Network error communicating with endpoint", _SPACED
)
INTEGRATION_TIMEOUT = FailureType(
    "INTEGRATION_TIMEOUT", 504, _INTERNAL, "Endpoint request timed out", _SPACED
)
INTERNAL = FailureType("DEFAULT_5XX", 500, _INTERNAL, "Internal server error", _SPACED)
INVALID_API_KEY = FORBIDDEN
INVALID_SIGNATURE = FailureType(
    "INVALID_SIGNATURE",
    403,
    "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided.",
)
INCOMPLETE_SIGNATURE = FailureType(
    "INVALID_SIGNATURE", 403, "IncompleteSignatureException", "The request signature is incomplete"
)
MALFORMED_ANSWER = FailureType("DEFAULT_5XX", 502, _INTERNAL, "Internal server error", _SPACED)
MISSING_AUTHENTICATION_TOKEN = FailureType(
    "MISSING_AUTHENTICATION_TOKEN",
    403,
    "MissingAuthenticationTokenException",
    "Missing Authentication Token",
)
QUOTA_EXCEEDED = FailureType("QUOTA_EXCEEDED", 429, "LimitExceededException", "Limit Exceeded")
REQUEST_TOO_LARGE = FailureType("REQUEST_TOO_LARGE", 413, "RequestTooLargeException", "Request Too Long")
THROTTLED = FailureType("THROTTLED", 429, "TooManyRequestsException", "Too Many Requests")
UNAUTHORIZED = FailureType("UNAUTHORIZED", 401, "UnauthorizedException", "Unauthorized")
UNKNOWN_KEY = FailureType(
    "INVALID_SIGNATURE",
    403,
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
)
UNSUPPORTED_MEDIA_TYPE = FailureType(
    "UNSUPPORTED_MEDIA_TYPE", 415, "BadRequestException", "Unsupported Media Type", _SPACED
)


class Refusal(Exception):
    """A stage refuses the request. ``log`` is what the execution log says of it; ``validation`` the
    ``$context.error.validationErrorString``."""

    def __init__(
        self,
        kind: FailureType,
        message: str | None = None,
        *,
        log: str = "",
        validation: str = "",
        status: int = 0,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.kind = kind
        self.message = kind.message if message is None else message
        self.log, self.validation = log, validation
        self.status = status or kind.status
        self.headers: Mapping[str, str] = headers or {}
        super().__init__(f"{kind.name}: {self.message}")
