"""botocore without a network: its serializer talks to our server in process, its parser reads the answer.

So a test calls operations as with boto3 (``await sqs.create_queue(QueueName="orders")``), and everything
but the socket is the real path. Errors are botocore's ``ClientError``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote, urlencode

from botocore import xform_name
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator

from sundog.protocol.http import HttpRequest, HttpResponse

Answer = Callable[[HttpRequest, Callable[[], bool]], Awaitable[HttpResponse]]
EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


class Client:
    """All operations of one service as snake_case coroutines, for one account and region.

    ``validate=False`` lets parameters through that botocore itself would refuse. ``protocol`` overrides
    the SDK's choice (``query`` for older SQS clients).
    """

    def __init__(
        self,
        model: ServiceModel,
        answer: Answer,
        *,
        region: str,
        access_key_id: str,
        session_token: str = "",
        protocol: str = "",
        validate: bool = True,
        host: str = "localhost:4566",
    ) -> None:
        self._model, self._answer = model, answer
        self._region, self._access_key_id, self._session_token = region, access_key_id, session_token
        self._protocol = protocol or model.resolved_protocol
        self._serializer = create_serializer(self._protocol, include_validation=False)
        self._parser = create_parser(self._protocol)
        self._validator = ParamValidator() if validate else None
        self._host = host
        self._names = {xform_name(name): name for name in model.operation_names}

    def __getattr__(self, name: str) -> Callable[..., Awaitable[dict[str, Any]]]:
        if name.startswith("_") or name not in self._names:
            raise AttributeError(f"{self._model.service_name} has no operation {name}")
        operation = self._model.operation_model(self._names[name])

        async def call(**parameters: Any) -> dict[str, Any]:
            return await self._call(operation, parameters)

        return call

    async def _call(self, operation: OperationModel, parameters: dict[str, Any]) -> dict[str, Any]:
        if self._validator is not None and operation.input_shape is not None:
            report = self._validator.validate(parameters, operation.input_shape)
            assert not report.has_errors(), report.generate_report()
        response = await self._answer(self._request(operation, parameters), lambda: True)
        raw = await _raw(response, operation)
        parsed = self._parser.parse(raw, operation.output_shape)  # type: ignore[arg-type]  # None is fine
        if response.status >= 300:
            raise ClientError(parsed, operation.name)
        return dict(parsed)

    def _request(self, operation: OperationModel, parameters: dict[str, Any]) -> HttpRequest:
        sent = self._serializer.serialize_to_request(parameters, operation)
        headers = {k.lower(): str(v) for k, v in sent["headers"].items()}
        headers |= {
            "host": self._host,
            "x-amz-date": "20260101T000000Z",
            "authorization": self._authorization(),
        }
        if self._session_token:
            headers["x-amz-security-token"] = self._session_token
        body = sent["body"]
        path, _, own_query = sent["url_path"].partition("?")
        query = "&".join(text for text in (own_query, _form(sent["query_string"])) if text)
        return HttpRequest(sent["method"], path or "/", query, headers, _body(body))

    def _authorization(self) -> str:
        scope = f"20260101/{self._region}/{self._model.signing_name}/aws4_request"
        return (
            f"AWS4-HMAC-SHA256 Credential={self._access_key_id}/{scope}, "
            f"SignedHeaders=host;x-amz-date, Signature={EMPTY_SHA256}"
        )


def _form(values: Any) -> str:
    """Query parameters or a form body, written as botocore's own transport does."""
    if not values:
        return ""
    return values if isinstance(values, str) else urlencode(values, doseq=True, quote_via=quote)


def _body(body: Any) -> bytes:
    if isinstance(body, dict):
        return _form(body).encode()
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, bytes | bytearray) else (body.read() if body else b"")


async def _raw(response: HttpResponse, operation: OperationModel) -> dict[str, Any]:
    body = response.body
    if response.stream is not None:
        body += b"".join([chunk async for chunk in response.stream])
    return {
        "status_code": response.status,
        "headers": HTTPHeaders.from_dict(response.headers),
        "body": body,
        "context": {"operation_name": operation.name},
    }
