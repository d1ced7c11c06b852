"""Talking to a running server from the command line."""

from __future__ import annotations

import http
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import botocore.session

TIMEOUT_S = 600  # an advance of the clock answers when its work has settled


class NotRunning(Exception):
    """No server answers at the endpoint."""


class Remote:
    """The admin interface of the server at ``endpoint``, and clients for its AWS services."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint.rstrip("/")

    def get(self, path: str) -> Any:
        return self._ask("GET", path, None)

    def get_text(self, path: str) -> Any:
        """A page that is no JSON as text; a refusal as `get` has it."""
        return self._ask("GET", path, None, lambda answer: answer.read().decode())

    def post(self, path: str, body: Any = None) -> Any:
        return self._ask("POST", path, json.dumps(body or {}).encode())

    def client(self, service: str, account: str, region: str) -> Any:
        """A botocore client for ``service`` that calls as the root of ``account``."""
        return botocore.session.Session().create_client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            aws_access_key_id=account,
            aws_secret_access_key="sundog",
        )

    def _ask(self, method: str, path: str, body: bytes | None, read: Callable[[Any], Any] = json.load) -> Any:
        request = urllib.request.Request(self.endpoint + path, body, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                return read(answer)
        except urllib.error.HTTPError as error:
            if error.code in (http.HTTPStatus.BAD_REQUEST, http.HTTPStatus.NOT_FOUND):
                return _read_refusal(error, self.endpoint)
            raise NotRunning(f"{self.endpoint} answers, but not as sundog does ({error})") from error
        except ValueError as error:
            raise NotRunning(f"{self.endpoint} answers, but not as sundog does ({error})") from error
        except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
            reason = getattr(error, "reason", error)
            raise NotRunning(
                f"no sundog answers at {self.endpoint} ({reason}); start one with: sundog up"
            ) from error


def _read_refusal(error: urllib.error.HTTPError, endpoint: str) -> Any:
    """The admin interface says what is wrong in JSON; somebody else's page is not from sundog."""
    try:
        return json.load(error)
    except ValueError:
        raise NotRunning(f"{endpoint} answers, but not as sundog does ({error})") from error
