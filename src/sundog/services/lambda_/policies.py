"""Resource policies of functions and layer versions as values: statements made, added, taken away."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from sundog.context import Request
from sundog.lang.iam_policy.check import check_resource_policy
from sundog.services.lambda_ import limits
from sundog.services.lambda_.errors import (
    InvalidParameterValueException,
    PolicyLengthExceededException,
    PreconditionFailedException,
    ResourceConflictException,
    ResourceNotFoundException,
)

Statements = Sequence[Mapping[str, Any]]

_ACCOUNT = re.compile(r"\d{12}")
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)")
_PRINCIPAL_ARN = re.compile(
    r"arn:aws[a-zA-Z-]*:(iam|sts)::\d{12}:(root|(user|role|assumed-role|federated-user)/.+)"
)

_CONDITIONS: tuple[tuple[str, str, str], ...] = (
    ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
    ("SourceArn", "ArnLike", "AWS:SourceArn"),
    ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
    ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
    ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
)
"""Parameter, operator and key of the condition it becomes."""


def function_statement(request: Request, resource: str, partition: str) -> dict[str, Any]:
    """What AddPermission adds. Raises for a principal that cannot be one."""
    action, url_auth = request["Action"], request.get("FunctionUrlAuthType")
    if url_auth and action != "lambda:InvokeFunctionUrl":
        raise InvalidParameterValueException(
            reason="FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action"
        )
    statement = {
        "Sid": request["StatementId"],
        "Effect": "Allow",
        "Principal": _principal(request["Principal"], partition),
        "Action": action,
        "Resource": resource,
    }
    conditions: dict[str, dict[str, str]] = {}
    for member, operator, key in _CONDITIONS:
        if request.get(member):
            conditions.setdefault(operator, {})[key] = request[member]
    if request.get("InvokedViaFunctionUrl") is not None:
        via_url = "true" if request["InvokedViaFunctionUrl"] else "false"
        conditions["Bool"] = {"lambda:InvokedViaFunctionUrl": via_url}
    return statement | ({"Condition": conditions} if conditions else {})


def layer_statement(request: Request, resource: str, partition: str) -> dict[str, Any]:
    """What AddLayerVersionPermission adds."""
    statement = {
        "Sid": request["StatementId"],
        "Effect": "Allow",
        "Principal": _principal(request["Principal"], partition),
        "Action": request["Action"],
        "Resource": resource,
    }
    if organization := request.get("OrganizationId"):
        statement["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": organization}}
    return statement


def _principal(text: str, partition: str) -> str | dict[str, str]:
    if text == "*":
        return "*"
    if _ACCOUNT.fullmatch(text):
        return {"AWS": f"arn:{partition}:iam::{text}:root"}
    if _PRINCIPAL_ARN.fullmatch(text):
        return {"AWS": text}
    if _SERVICE.fullmatch(text):
        return {"Service": text}
    raise InvalidParameterValueException(
        reason="The provided principal was invalid. Please check the principal and try again."
    )


def with_statement(statements: Statements, added: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """One statement more. Raises where its id is taken or the policy grows too long."""
    if any(statement.get("Sid") == added["Sid"] for statement in statements):
        raise ResourceConflictException(
            reason=f"The statement id ({added['Sid']}) provided already exists. Please provide a new "
            "statement id, or remove the existing statement."
        )
    changed = [*statements, added]
    if (size := len(write_policy(changed))) > limits.POLICY_BYTES_MAX:
        raise PolicyLengthExceededException(size=size, limit=limits.POLICY_BYTES_MAX)
    return changed


def read_statements(text: str) -> list[Mapping[str, Any]]:
    """The statements of a whole policy. Raises for what is none."""
    if (problem := check_resource_policy(text)) is not None:
        raise InvalidParameterValueException(reason=f"The policy is not valid: {problem}")
    found = orjson.loads(text)["Statement"]
    statements: list[Mapping[str, Any]] = found if isinstance(found, list) else [found]
    if not all("Principal" in one or "NotPrincipal" in one for one in statements):
        raise InvalidParameterValueException(
            reason="The policy is not valid: Missing required field Principal"
        )
    if (size := len(write_policy(statements))) > limits.POLICY_BYTES_MAX:
        raise PolicyLengthExceededException(size=size, limit=limits.POLICY_BYTES_MAX)
    return statements


def without_statement(statements: Statements, sid: str) -> list[Mapping[str, Any]]:
    """One statement less; there may be none left."""
    if not statements:
        raise ResourceNotFoundException(reason="No policy is associated with the given resource.")
    kept = [statement for statement in statements if statement.get("Sid") != sid]
    if len(kept) == len(statements):
        raise ResourceNotFoundException(reason=f"Statement {sid} is not found in resource policy.")
    return kept


def check_revision(current: str, request: Request, operation: str) -> None:
    """``operation`` is where AWS says that the latest revision can be found."""
    if request.get("RevisionId") not in (None, "", current):
        raise PreconditionFailedException(operation=operation)


def write_policy(statements: Statements) -> str:
    """The document that callers see."""
    return write_statement({"Version": "2012-10-17", "Id": "default", "Statement": statements})


def write_statement(statement: Mapping[str, Any]) -> str:
    return orjson.dumps(statement).decode()
