"""Part: the links of mails and notifications, which browsers and HTTP subscribers follow without a
signature.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from sundog.arn import parse_arn
from sundog.context import Context, Principal
from sundog.errors import AwsError
from sundog.protocol.http import HttpRequest, HttpResponse
from sundog.service import Part

NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/"
LINKS = {"ConfirmSubscription": ("TopicArn", "Token"), "Unsubscribe": ("SubscriptionArn",)}


class Face(Part):
    """Answers ``GET /?Action=ConfirmSubscription&...`` and ``Unsubscribe``, in the region of the ARN."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def wants(self, request: HttpRequest) -> bool:
        return (
            request.method == "GET"
            and request.path == "/"
            and "authorization" not in request.headers
            and request.query.startswith(tuple(f"Action={action}&" for action in LINKS))
        )

    async def answer(self, request: HttpRequest, _is_connected: Callable[[], bool]) -> HttpResponse:
        values = {name: texts[0] for name, texts in parse_qs(request.query).items()}
        action = values["Action"]
        members = LINKS[action]
        arn = parse_arn(values.get(members[0], ""))
        scope = arn.scope if arn else self._ctx.scope
        nobody = Principal("anonymous", scope.account, "", "anonymous")
        caller = self._ctx.acting(scope=scope, principal=nobody)
        try:
            result = await caller.dispatch("sns", action, {name: values.get(name, "") for name in members})
        except AwsError as error:
            return _xml(error.status, _error(error, caller.request_id))
        return _xml(200, _success(action, result or {}, caller.request_id))


def _success(action: str, result: dict[str, str], request_id: str) -> str:
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in result.items())
    whole = f"<{action}Result>{inner}</{action}Result>" if result else ""
    return (
        f'<{action}Response xmlns="{NAMESPACE}">{whole}<ResponseMetadata><RequestId>{request_id}</RequestId>'
        f"</ResponseMetadata></{action}Response>"
    )


def _error(error: AwsError, request_id: str) -> str:
    code = error.shape_name.removesuffix("Exception")
    return (
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{escape(error.message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )


def _xml(status: int, text: str) -> HttpResponse:
    return HttpResponse(status, text.encode(), {"content-type": "text/xml"})
