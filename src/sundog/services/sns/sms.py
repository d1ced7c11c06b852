"""Operations on text messages: settings of the account, numbers that opted out, the sandbox."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sundog.context import Context, Request, Result, operation
from sundog.services.sns import limits
from sundog.services.sns.documents import delete_document, find_document, list_documents, put_document
from sundog.services.sns.errors import (
    InvalidParameterException,
    OptedOutException,
    ResourceNotFoundException,
    UserErrorException,
    VerificationException,
    invalid,
)
from sundog.services.sns.phones import is_opted_out, plain_number
from sundog.services.sns.texts import put_code
from sundog.services.sns.tokens import read_token, with_token

_NUMBER: Final = re.compile(r"\+?[0-9]{7,15}")
_SENDER: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,11}")
_DEFAULTS: Final = {"MonthlySpendLimit": "1"}
SANDBOX_CODE_LENGTH: Final = 6


def _is_type(value: str) -> bool:
    return value in ("Promotional", "Transactional")


def _is_rate(value: str) -> bool:
    return value.isdecimal() and int(value) <= 100


def _is_number(value: str) -> bool:
    return value.isdecimal()


def _is_sender(value: str) -> bool:
    return bool(_SENDER.fullmatch(value))


def _is_any(_value: str) -> bool:
    return True


CHECKS: Final = {
    "MonthlySpendLimit": _is_number,
    "DeliveryStatusIAMRole": _is_any,
    "DeliveryStatusSuccessSamplingRate": _is_rate,
    "DefaultSenderID": _is_sender,
    "DefaultSMSType": _is_type,
    "UsageReportS3Bucket": _is_any,
}


@operation("sns", "SetSMSAttributes")
async def set_sms_attributes(ctx: Context, request: Request) -> Result:
    given: Mapping[str, str] = request["attributes"]
    for name, value in given.items():
        if name not in CHECKS:
            raise InvalidParameterException(f"{name} is not a valid attribute")
        if not CHECKS[name](value):
            raise InvalidParameterException(f"{name} is invalid")
    async with ctx.store.transaction() as tx:
        have = await find_document(tx, ctx.scope, "sms", "attributes") or {}
        await put_document(tx, ctx.scope, "sms", "attributes", {**have, **given})
    return {}


@operation("sns", "GetSMSAttributes")
async def get_sms_attributes(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        have = await find_document(tx, ctx.scope, "sms", "attributes") or {}
    shown = {**_DEFAULTS, **have}
    wanted = request.get("attributes")
    return {"attributes": {name: value for name, value in shown.items() if not wanted or name in wanted}}


@operation("sns", "CheckIfPhoneNumberIsOptedOut")
async def check_if_phone_number_is_opted_out(ctx: Context, request: Request) -> Result:
    number = _number(request["phoneNumber"])
    async with ctx.store.transaction() as tx:
        return {"isOptedOut": await is_opted_out(tx, ctx.scope, number)}


@operation("sns", "ListPhoneNumbersOptedOut")
async def list_phone_numbers_opted_out(ctx: Context, request: Request) -> Result:
    token = {"NextToken": request.get("nextToken")}
    async with ctx.store.transaction() as tx:
        found = await list_documents(tx, ctx.scope, "opted_out", read_token(token), limits.PAGE + 1)
    numbers = [name for name, _ in found[: limits.PAGE]]
    page = with_token({}, numbers[-1] if len(found) > limits.PAGE else None)
    more = {"nextToken": page["NextToken"]} if page else {}
    return {"phoneNumbers": numbers, **more}


@operation("sns", "OptInPhoneNumber")
async def opt_in_phone_number(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        await delete_document(tx, ctx.scope, "opted_out", plain_number(_number(request["phoneNumber"])))
    return {}


@operation("sns", "ListOriginationNumbers")
async def list_origination_numbers(ctx: Context, _request: Request) -> Result:
    """No number is leased to an account of sundog: there is nobody to lease it from."""
    return {"PhoneNumbers": []}


@operation("sns", "GetSMSSandboxAccountStatus")
async def get_sms_sandbox_account_status(ctx: Context, _request: Request) -> Result:
    """Every new account is in the sandbox; text messages are kept in the outbox for every number all the
    same.
    """
    return {"IsInSandbox": True}


@operation("sns", "CreateSMSSandboxPhoneNumber")
async def create_sms_sandbox_phone_number(ctx: Context, request: Request) -> Result:
    number = _number(request["PhoneNumber"])
    code = f"{int(ctx.ids.random() * 10**SANDBOX_CODE_LENGTH):0{SANDBOX_CODE_LENGTH}d}"
    async with ctx.store.transaction() as tx:
        if await is_opted_out(tx, ctx.scope, number):
            raise OptedOutException(
                reason="The specified phone number is opted out of receiving SMS messages."
            )
        known = await find_document(tx, ctx.scope, "sandbox", number)
        if known is not None and known["status"] == "Verified":
            raise UserErrorException(reason="The phone number is verified already.")
        body = {"status": "Pending", "code": code, "language": request.get("LanguageCode") or "en-US"}
        await put_document(tx, ctx.scope, "sandbox", number, body)
        await put_code(ctx, tx, number, code)
    return {}


@operation("sns", "VerifySMSSandboxPhoneNumber")
async def verify_sms_sandbox_phone_number(ctx: Context, request: Request) -> Result:
    number = _number(request["PhoneNumber"])
    async with ctx.store.transaction() as tx:
        known = await find_document(tx, ctx.scope, "sandbox", number)
        if known is None:
            raise ResourceNotFoundException
        if request["OneTimePassword"] != known["code"]:
            raise VerificationException(reason="The one-time password is not valid.")
        await put_document(tx, ctx.scope, "sandbox", number, {**known, "status": "Verified"})
    return {}


@operation("sns", "DeleteSMSSandboxPhoneNumber")
async def delete_sms_sandbox_phone_number(ctx: Context, request: Request) -> Result:
    async with ctx.store.transaction() as tx:
        if not await delete_document(tx, ctx.scope, "sandbox", _number(request["PhoneNumber"])):
            raise ResourceNotFoundException
    return {}


@operation("sns", "ListSMSSandboxPhoneNumbers")
async def list_sms_sandbox_phone_numbers(ctx: Context, request: Request) -> Result:
    count = request.get("MaxResults") or limits.PAGE
    async with ctx.store.transaction() as tx:
        found = await list_documents(tx, ctx.scope, "sandbox", read_token(request), count + 1)
    shown = [{"PhoneNumber": name, "Status": body["status"]} for name, body in found[:count]]
    return with_token({"PhoneNumbers": shown}, found[count - 1][0] if len(found) > count else None)


def _number(text: str) -> str:
    if not _NUMBER.fullmatch(text):
        raise invalid(f"PhoneNumber Reason: {text} is not valid")
    return text
