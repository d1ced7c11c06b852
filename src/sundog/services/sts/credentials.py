"""Who calls, and credentials for a while."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import unquote

from sundog.arn import Arn, parse_arn
from sundog.context import Context, Principal, Request, Result, operation
from sundog.errors import AwsError
from sundog.lang.access_key import read_account
from sundog.lang.iam_policy import AccessRequest, Policies, check_identity_policy, decide, read_policy
from sundog.scope import Scope
from sundog.services.sts.errors import (
    AccessDenied,
    InvalidParameterValue,
    MalformedPolicyDocumentException,
    PackedPolicyTooLargeException,
    ValidationError,
)
from sundog.services.sts.sessions import inherited_tags, start_session

_DURATION_DEFAULT = 3600
_CHAINED_DURATION_MAX = 3600
_SESSION_DURATION_DEFAULT = 43_200
_POLICY_SIZE_MAX = 2_048


@operation("sts", "GetCallerIdentity")
async def get_caller_identity(ctx: Context, request: Request) -> Result:
    principal = ctx.principal
    return {"UserId": principal.user_id, "Account": principal.account, "Arn": principal.arn}


@operation("sts", "GetAccessKeyInfo")
async def get_access_key_info(ctx: Context, request: Request) -> Result:
    account = read_account(request["AccessKeyId"])
    if account is None:
        raise ValidationError(reason="Access key is invalid")
    return {"Account": account}


@operation("sts", "GetSessionToken")
async def get_session_token(ctx: Context, request: Request) -> Result:
    if ctx.principal.kind not in ("root", "user"):
        raise AccessDenied("Cannot call GetSessionToken with session credentials")
    duration = request.get("DurationSeconds", _SESSION_DURATION_DEFAULT)
    return {"Credentials": await start_session(ctx, ctx.principal, duration, request)}


@operation("sts", "AssumeRole")
async def assume_role(ctx: Context, request: Request) -> Result:
    _check_tags(request)
    inherited = await inherited_tags(ctx)
    _check_conflicts(request, inherited)
    _check_policy(request.get("Policy", ""))
    arn = parse_arn(request["RoleArn"])
    if arn is None or arn.service != "iam" or not arn.resource.startswith("role/"):
        raise ValidationError(reason=f"{request['RoleArn']} is invalid")
    role = await _load_role(ctx, arn)
    duration = request.get("DurationSeconds", _DURATION_DEFAULT)
    if duration > role.get("MaxSessionDuration", _DURATION_DEFAULT):
        raise ValidationError(
            reason="The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    if ctx.principal.kind == "role" and duration > _CHAINED_DURATION_MAX:
        raise ValidationError(
            reason="The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining"
        )
    if ctx.config.iam == "enforce":
        _check_trust(ctx, request, role, arn)
    session = request["RoleSessionName"]
    user_id = f"{role['RoleId']}:{session}"
    own = str(Arn("sts", "", arn.account, f"assumed-role/{role['RoleName']}/{session}", arn.partition))
    principal = Principal("role", arn.account, own, user_id)
    credentials = await start_session(ctx, principal, duration, _with_inherited(request, inherited))
    return {"Credentials": credentials, "AssumedRoleUser": {"AssumedRoleId": user_id, "Arn": own}}


def _check_tags(request: Request) -> None:
    keys = [t["Key"].lower() for t in request.get("Tags", ())]
    if len(set(keys)) != len(keys):
        raise InvalidParameterValue(
            reason="Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    if any(k.lower() not in keys for k in request.get("TransitiveTagKeys", ())):
        raise InvalidParameterValue(
            reason="The specified transitive tag key must be included in the requested tags."
        )


def _check_conflicts(request: Request, inherited: Mapping[str, str]) -> None:
    keys = {key.lower() for key in inherited}
    if any(tag["Key"].lower() in keys for tag in request.get("Tags", ())):
        raise InvalidParameterValue(
            reason="One of the specified transitive tag keys can't be set because it conflicts with a "
            "transitive tag key from the calling session."
        )


def _with_inherited(request: Request, inherited: Mapping[str, str]) -> Request:
    if not inherited:
        return request
    tags = [{"Key": key, "Value": value} for key, value in inherited.items()]
    return {
        **request,
        "Tags": [*request.get("Tags", ()), *tags],
        "TransitiveTagKeys": [*request.get("TransitiveTagKeys", ()), *inherited],
    }


def _check_policy(text: str) -> None:
    """The session's own policy, empty where there is none."""
    reason = check_identity_policy(text) if text else None
    if reason:
        raise MalformedPolicyDocumentException(reason=reason)
    if len(text) > _POLICY_SIZE_MAX:
        raise PackedPolicyTooLargeException(percent=100 * len(text) // _POLICY_SIZE_MAX)


async def _load_role(ctx: Context, arn: Arn) -> Result:
    name = arn.resource.rpartition("/")[2]
    owner = ctx.acting(scope=Scope(arn.account, ctx.scope.region), principal=Principal.root(arn.account))
    try:
        role: Result = (await owner.dispatch("iam", "GetRole", {"RoleName": name}))["Role"]
        if role["Arn"] == str(arn):
            return role
    except AwsError as error:
        if error.shape_name != "NoSuchEntityException":
            raise
    # Functions often carry made-up roles where IAM is not enforced; their service still needs a session.
    if ctx.principal.kind == "service" and ctx.config.iam != "enforce":
        return {"RoleName": name, "RoleId": "AROA" + ctx.ids.upper(17), "MaxSessionDuration": 43_200}
    raise AccessDenied(caller=ctx.principal.arn, action="sts:AssumeRole", resource=str(arn))


def _check_trust(ctx: Context, request: Request, role: Result, arn: Arn) -> None:
    """The trust policy must name the caller or its account; identity policies are the gateway's step."""
    trust = read_policy(json.loads(unquote(role["AssumeRolePolicyDocument"])))
    everything = read_policy(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    )
    context = {"sts:ExternalId": request["ExternalId"]} if "ExternalId" in request else {}
    asked = AccessRequest(ctx.principal.arn, "sts:AssumeRole", str(arn), arn.account, context)
    if decide(asked, Policies(identity=(everything,), resource=trust)).outcome != "allowed":
        raise AccessDenied(caller=ctx.principal.arn, action="sts:AssumeRole", resource=str(arn))
