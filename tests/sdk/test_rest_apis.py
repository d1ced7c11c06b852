"""REST APIs on a real port: header case on the wire, heads, streams as they come, kept connections."""

import http.client
import json
import threading
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest

PAUSE_S = 0.2


class Endpoint(BaseHTTPRequestHandler):
    """Says what it was sent; below ``/slow`` three pieces, one after the other."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/slow"):
            self._send_slowly()
            return
        told = {"path": self.path, "headers": self.headers.items(), "body": body.decode()}
        answer = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("X-CaSe", "kept")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET  # noqa: N815  # the name that http.server looks for

    def _send_slowly(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in (b"one", b"two", b"six"):
            self.wfile.write(b"3\r\n" + piece + b"\r\n")
            self.wfile.flush()
            time.sleep(PAUSE_S)
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def host(server, endpoint):
    """An API with ``/mock``, ``/http`` and ``/slow`` at its stage ``dev``, by its name at AWS."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    apis = boto3.client("apigateway", endpoint_url=server.url, region_name="us-east-1", **keys)
    api_id = apis.create_rest_api(name="wire")["id"]
    root = apis.get_resources(restApiId=api_id)["items"][0]["id"]
    mock = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
    proxy = {"type": "HTTP_PROXY", "integrationHttpMethod": "ANY", "uri": f"{endpoint}/http"}
    slow = {**proxy, "uri": f"{endpoint}/slow", "responseTransferMode": "STREAM"}
    for part, integration in (("mock", mock), ("http", proxy), ("slow", slow)):
        resource_id = apis.create_resource(restApiId=api_id, parentId=root, pathPart=part)["id"]
        method = {"restApiId": api_id, "resourceId": resource_id, "httpMethod": "ANY"}
        apis.put_method(**method, authorizationType="NONE")
        apis.put_integration(**method, **integration)
        if part == "mock":
            apis.put_method_response(**method, statusCode="200")
            apis.put_integration_response(
                **method, statusCode="200", responseTemplates={"application/json": "hello"}
            )
    apis.create_deployment(restApiId=api_id, stageName="dev")
    return f"{api_id}.execute-api.us-east-1.amazonaws.com"


@pytest.fixture
def connection(server):
    with closing(http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)) as opened:
        yield opened


@pytest.fixture
def ask(connection, host):
    def send(method, path, body=None, **headers):
        connection.request(method, path, body, {"Host": host, **headers})
        return connection.getresponse()

    return send


def test_one_connection_carries_many_requests(ask):
    for method in ("GET", "HEAD", "POST"):
        answer = ask(method, "/dev/mock")
        assert (answer.status, answer.read()) == (200, b"" if method == "HEAD" else b"hello")
    answer = ask("GET", "/dev/none")
    assert (answer.status, answer.read()) == (403, b'{"message":"Missing Authentication Token"}')


def test_names_of_headers_keep_their_case_both_ways(ask):
    answer = ask("POST", "/dev/http?a=1&b=%20", b"hello", **{"x-MiXeD": "1"})
    assert ("X-CaSe", "kept") in answer.getheaders()
    told = json.loads(answer.read())
    assert (told["path"], told["body"]) == ("/http?a=1&b=%20", "hello")
    assert ["x-MiXeD", "1"] in told["headers"]


def test_a_stream_is_passed_on_piece_by_piece(ask):
    answer = ask("GET", "/dev/slow")
    assert answer.read1() == b"one"  # the others are not sent yet
    assert answer.read() == b"twosix"
