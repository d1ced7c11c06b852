"""Signed-looking raw requests for the load generator."""

from __future__ import annotations

import json
from urllib.parse import urlencode

AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20261124/us-east-1/{service}/aws4_request, "
    "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
    "Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)


def http_request(
    method: str, path: str, service: str, body: bytes, headers: dict[str, str], host: str = "127.0.0.1"
) -> bytes:
    """One HTTP/1.1 request as boto3 writes it."""
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {host}",
        "Accept-Encoding: identity",
        "User-Agent: Boto3/1.44.8 md/Botocore#1.44.8 ua/2.1 os/linux lang/python#3.11.7",
        "X-Amz-Date: 20261124T143136Z",
        f"Authorization: {AUTHORIZATION.format(service=service)}",
        "amz-sdk-invocation-id: 8a0f8d31-2a4f-4f5e-9c5e-6f5b8a1d2c3e",
        "amz-sdk-request: attempt=1",
        *(f"{name}: {value}" for name, value in headers.items()),
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def sqs(operation: str, **parameters: object) -> bytes:
    headers = {"X-Amz-Target": f"AmazonSQS.{operation}", "Content-Type": "application/x-amz-json-1.0"}
    return http_request("POST", "/", "sqs", json.dumps(parameters).encode(), headers)


def states(operation: str, **parameters: object) -> bytes:
    headers = {"X-Amz-Target": f"AWSStepFunctions.{operation}", "Content-Type": "application/x-amz-json-1.0"}
    return http_request("POST", "/", "states", json.dumps(parameters).encode(), headers)


def events(operation: str, **parameters: object) -> bytes:
    headers = {"X-Amz-Target": f"AWSEvents.{operation}", "Content-Type": "application/x-amz-json-1.1"}
    return http_request("POST", "/", "events", json.dumps(parameters).encode(), headers)


def sns(operation: str, **parameters: str) -> bytes:
    form = urlencode({"Action": operation, "Version": "2010-03-31", **parameters}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    return http_request("POST", "/", "sns", form, headers)


def invoke(function: str, payload: bytes) -> bytes:
    return http_request("POST", f"/2015-03-31/functions/{function}/invocations", "lambda", payload, {})
