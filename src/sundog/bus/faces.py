"""What this server answers by host (APIs, function URLs, load balancers), asked from inside it."""

from __future__ import annotations

from typing import Any, Final

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sundog.bus.connections import ConnectionFailure
from sundog.bus.http import HttpAnswer
from sundog.context import Context, Principal
from sundog.errors import AwsError
from sundog.protocol.http import HttpRequest

_REGION_LABEL: Final = 2
"""Of a host like ``<api>.execute-api.<region>.amazonaws.com``."""


async def ask_face(ctx: Context, http: HttpRequest) -> HttpAnswer | None:
    """The answer of whoever serves the host of ``http``; None where nobody of this server does."""
    faces: list[Any] = ctx.parts.with_method("wants")
    face = next((each for each in faces if each.wants(http)), None)
    if face is None:
        return None
    response = await face.answer(http, lambda: True)
    body: bytes = response.body
    if response.stream is not None:
        body += b"".join([chunk async for chunk in response.stream])
    lines = (*response.headers.items(), *response.pairs)
    return HttpAnswer(response.status, {name.lower(): value for name, value in lines}, body, lines)


async def sign_as(ctx: Context, http: HttpRequest, role_arn: str, service: str) -> HttpRequest:
    """With the signature of a session of the role that ``service`` assumes for a call of execute-api.

    Raises `ConnectionFailure` where the role cannot be assumed.
    """
    assuming = ctx.acting(principal=Principal.service(service, ctx.scope.account))
    request = {"RoleArn": role_arn, "RoleSessionName": ctx.request_id}
    try:
        given = (await assuming.dispatch("sts", "AssumeRole", request))["Credentials"]
    except AwsError as error:
        raise ConnectionFailure(f"The role {role_arn} cannot be assumed: {error.message}") from error
    keys = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    url = f"https://{http.host}{http.path}" + (f"?{http.query}" if http.query else "")
    wire = AWSRequest(http.method, url, headers=dict(http.headers), data=http.body)
    SigV4Auth(keys, "execute-api", http.host.split(".")[_REGION_LABEL]).add_auth(wire)
    headers = {name.lower(): value for name, value in wire.headers.items()}
    return HttpRequest(http.method, http.path, http.query, headers, http.body, scheme=http.scheme)
