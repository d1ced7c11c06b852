"""What callers call a function: a name, a partial or a full ARN, each with or without a qualifier."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sundog.arn import Arn
from sundog.scope import Scope
from sundog.services.lambda_.errors import (
    InvalidParameterValueException,
    NoSuchFunction,
    ResourceNotFoundException,
    ValidationException,
)

LATEST = "$LATEST"
VERSION_MAX = (1 << 63) - 1

_REGION = r"(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d"
_NAME = re.compile(
    rf"(?:arn:(?:aws[a-zA-Z-]*)?:lambda:)?(?:(?P<region>{_REGION}):)?(?:(?P<account>\d{{12}}):)?(?:function:)?"
    r"(?P<name>[a-zA-Z0-9-_.]+)(?::(?P<qualifier>\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
)


@dataclass(frozen=True, slots=True)
class FunctionName:
    """A function as somebody named it; ``qualifier`` is empty where none was given."""

    scope: Scope
    name: str
    qualifier: str = ""

    @property
    def function_arn(self) -> str:
        return function_arn(self.scope, self.name)

    @property
    def arn(self) -> str:
        """With the qualifier, if there is one: what AWS names in ``Function not found``."""
        return function_arn(self.scope, self.name, self.qualifier)

    @property
    def is_latest(self) -> bool:
        return self.qualifier in ("", LATEST)


def function_arn(scope: Scope, name: str, qualifier: str = "") -> str:
    return str(Arn.of("lambda", scope, f"function:{name}" + (f":{qualifier}" if qualifier else "")))


def session_name(name: str) -> str:
    """For sessions of a function's role: a function's name may have one letter, a session's must have two."""
    return name.ljust(2, "-")


def parse_name(scope: Scope, text: str, qualifier: str | None = None) -> FunctionName:
    """Read a FunctionName parameter together with a Qualifier parameter; they must not contradict."""
    match = _NAME.fullmatch(text)
    if match is None:  # only where the model's pattern is looser than ours
        raise ValidationException(
            reason=f"1 validation error detected: Value '{text}' at 'functionName' failed to satisfy "
            f"constraint: Member must satisfy regular expression pattern: {_NAME.pattern}"
        )
    derived = match["qualifier"] or ""
    if derived and qualifier and derived != qualifier:
        raise InvalidParameterValueException(
            reason="The derived qualifier from the function name does not match the specified qualifier."
        )
    region = match["region"] or scope.region
    if region != scope.region:
        raise ResourceNotFoundException(
            reason=f"Functions from '{region}' are not reachable in this region ('{scope.region}')"
        )
    account = match["account"] or scope.account
    where = scope if account == scope.account else Scope(account, region)
    return FunctionName(where, match["name"], derived or qualifier or "")


def unqualified(name: FunctionName) -> FunctionName:
    """Refuse a qualifier where only whole functions are meant."""
    if name.qualifier:
        raise InvalidParameterValueException(
            reason="This operation is permitted on Lambda functions only. Aliases and versions do not "
            "support this operation. Please specify either a function name or an unqualified function ARN."
        )
    return name


def is_version(qualifier: str) -> bool:
    return qualifier.isdigit()


def is_alias(qualifier: str) -> bool:
    return qualifier not in ("", LATEST) and not is_version(qualifier)


def version_of(digits: str) -> int:
    """The number of a version, also of one with more digits than any version can have."""
    return min(int(digits), VERSION_MAX)


def not_found(name: FunctionName) -> NoSuchFunction:
    return NoSuchFunction(arn=name.arn)
