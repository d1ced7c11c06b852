"""What a request to a deployed REST API costs: MOCK, a function behind a proxy, and how lookups grow."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.functions import create_function

if TYPE_CHECKING:
    from bench.__main__ import Bench

STAGE = "bench"


def _rest_api(apis: Any, name: str) -> tuple[str, str]:
    api_id = apis.create_rest_api(name=name)["id"]
    return api_id, apis.get_resources(restApiId=api_id)["items"][0]["id"]


TEXT = '{"id": 7}'
TEMPLATE = '{"id": "$input.params(\'id\')", "request": "$context.requestId"}'


def _mock(apis: Any, api_id: str, resource_id: str, text: str = TEMPLATE) -> None:
    method = {"restApiId": api_id, "resourceId": resource_id, "httpMethod": "GET"}
    apis.put_method(**method, authorizationType="NONE")
    apis.put_method_response(**method, statusCode="200")
    request = {"application/json": '{"statusCode": 200}'}
    apis.put_integration(**method, type="MOCK", requestTemplates=request)
    answer = {"application/json": text}
    apis.put_integration_response(**method, statusCode="200", responseTemplates=answer)


@contextmanager
def _without_throttles(bench: Bench) -> Iterator[None]:
    """AWS gives an account 10,000 requests a second: a server that is measured must not refuse more."""
    usual = bench.server
    with tempfile.TemporaryDirectory(prefix="sundog-bench-") as folder:
        bench.server = type(usual)(Path(folder), "--limits", "relaxed")
        try:
            yield
        finally:
            bench.server.stop()
            bench.server = usual


def _get(api_id: str, path: str) -> bytes:
    lines = (
        f"GET /{STAGE}{path} HTTP/1.1",
        f"Host: {api_id}.execute-api.us-east-1.localhost",
        "Accept: */*",
        "Accept-Encoding: gzip, deflate",
        "User-Agent: bench",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def mock(bench: Bench) -> None:
    """One parameter in the path: an answer that is a text, and one that a template makes."""
    with _without_throttles(bench):
        apis = bench.server.client("apigateway")
        api_id, root = _rest_api(apis, "mock")
        for part, text in (("plain", TEXT), ("template", TEMPLATE)):
            parent = apis.create_resource(restApiId=api_id, parentId=root, pathPart=part)["id"]
            child = apis.create_resource(restApiId=api_id, parentId=parent, pathPart="{id}")["id"]
            _mock(apis, api_id, child, text)
        apis.create_deployment(restApiId=api_id, stageName=STAGE)
        for connections in (1, 16):
            request = _get(api_id, "/plain/7")
            bench.compare(f"REST API, MOCK, {connections} connections", request, connections)
        bench.compare("REST API, MOCK with a template, 16 connections", _get(api_id, "/template/7"), 16)


def lambda_proxy(bench: Bench) -> None:
    apis, functions = bench.server.client("apigateway"), bench.server.client("lambda")
    answer = 'def handler(event, context):\n    return {"statusCode": 200, "body": event["path"]}\n'
    create_function(functions, "behind-rest", answer)
    api_id, root = _rest_api(apis, "proxy")
    method = {"restApiId": api_id, "resourceId": root, "httpMethod": "GET"}
    apis.put_method(**method, authorizationType="NONE")
    arn = "arn:aws:lambda:us-east-1:000000000000:function:behind-rest"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    apis.put_integration(**method, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    apis.create_deployment(restApiId=api_id, stageName=STAGE)
    for connections in (1, 8):
        request = _get(api_id, "/")
        bench.compare(f"REST API, Lambda proxy, {connections} connections", request, connections)


def lookup(bench: Bench) -> None:
    """The cost must not grow with the resources of an API."""
    with _without_throttles(bench):
        apis = bench.server.client("apigateway")
        for count in (10, 300):
            api_id, root = _rest_api(apis, f"wide-{count}")
            for number in range(count - 1):
                part = f"r{number}" if number < count - 2 else "{id}"
                last = apis.create_resource(restApiId=api_id, parentId=root, pathPart=part)["id"]
            _mock(apis, api_id, last)
            apis.create_deployment(restApiId=api_id, stageName=STAGE)
            result = bench.load(bench.server.address, _get(api_id, "/7"), 16)
            bench.add(f"REST API, MOCK, {count} resources", f"{result['rate']:,.0f}/s")
