"""Images from a registry: the HTTP API of Docker Registry V2, with its token logins.

https://distribution.github.io/distribution/spec/api/ and .../spec/auth/token/
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from sundog.compute.images.manifests import ACCEPTED, Blob
from sundog.compute.images.names import ImageName
from sundog.compute.images.problems import ImageBroken, ImageDenied, ImageMissing, ImageProblem

MANIFEST_BYTES_MAX = 4 * 1024 * 1024
_PIECE_BYTES = 1 << 20
_CONNECT_SECONDS, _READ_SECONDS = 10, 60
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


def read_logins(file: Path) -> dict[str, str]:
    """What ``docker login`` has kept: user and password by registry, as they go into a Basic header."""
    try:
        auths = json.loads(file.read_text()).get("auths", {})
    except (OSError, ValueError, AttributeError):
        return {}
    kept = {host: entry.get("auth", "") for host, entry in auths.items() if isinstance(entry, dict)}
    return {
        host.removeprefix("https://").split("/")[0]: auth for host, auth in kept.items() if _is_login(auth)
    }


def _is_login(auth: str) -> bool:
    try:
        return b":" in base64.b64decode(auth, validate=True)
    except (binascii.Error, ValueError):
        return False


class Registry:
    """Implements `sundog.compute.images.store.ImageSource` for one repository."""

    def __init__(self, name: ImageName, logins: Mapping[str, str]) -> None:
        self._name = name
        self._login = logins.get(name.place, "")
        self._authorization = ""
        timeout = aiohttp.ClientTimeout(total=None, connect=_CONNECT_SECONDS, sock_read=_READ_SECONDS)
        self._session = aiohttp.ClientSession(timeout=timeout, auto_decompress=False)

    async def close(self) -> None:
        await self._session.close()

    async def manifest(self, reference: str) -> tuple[bytes, str]:
        async with self._get(f"manifests/{reference}", {"Accept": ACCEPTED}) as answer:
            body = await answer.content.read(MANIFEST_BYTES_MAX + 1)
            while not answer.content.at_eof() and len(body) <= MANIFEST_BYTES_MAX:
                body += await answer.content.read(MANIFEST_BYTES_MAX)
            if len(body) > MANIFEST_BYTES_MAX:
                raise ImageBroken("the manifest is larger than 4 MB")
            return body, answer.headers.get("Content-Type", "")

    async def fetch(self, blob: Blob, target: Path) -> None:
        """Write the blob's bytes to a file; whoever reads them checks the digest."""
        async with self._get(f"blobs/{blob.digest}", {}) as answer:
            with target.open("wb") as file:
                written = 0
                async for piece in answer.content.iter_chunked(_PIECE_BYTES):
                    file.write(piece)
                    written += len(piece)
        if blob.size and written != blob.size:
            raise ImageBroken(f"{written} bytes came of {blob.digest}, which has {blob.size}")

    @asynccontextmanager
    async def _get(self, path: str, headers: dict[str, str]) -> AsyncIterator[aiohttp.ClientResponse]:
        url = f"{self._name.base_url}/v2/{self._name.repository}/{path}"
        try:
            answer = await self._session.get(url, headers=self._with_login(headers))
            if answer.status == 401 and (challenge := answer.headers.get("WWW-Authenticate")):
                answer.release()
                await self._log_in(challenge)
                answer = await self._session.get(url, headers=self._with_login(headers))
            async with answer:
                self._check(answer.status, path)
                yield answer
        except (aiohttp.ClientError, TimeoutError) as error:
            text = str(error) or type(error).__name__
            raise ImageProblem(f"the registry {self._name.place} does not answer: {text}") from error

    def _with_login(self, headers: dict[str, str]) -> dict[str, str]:
        return headers | ({"Authorization": self._authorization} if self._authorization else {})

    def _check(self, status: int, path: str) -> None:
        what = f"{self._name.place}/{self._name.repository} ({path})"
        if status == 404:
            raise ImageMissing(f"there is no {what}")
        if status in (401, 403):
            raise ImageDenied(f"{self._name.place} does not let us read {what}; try docker login")
        if status != 200:
            raise ImageProblem(f"{self._name.place} answers {status} for {what}")

    async def _log_in(self, challenge: str) -> None:
        """As the registry asks for it: a token from its realm, or the user and password themselves."""
        kind, _, rest = challenge.partition(" ")
        basic = f"Basic {self._login}" if self._login else ""
        if kind.lower() != "bearer":
            self._authorization = basic
            return
        fields = dict(_CHALLENGE.findall(rest))
        query = {name: fields[name] for name in ("service", "scope") if name in fields}
        query.setdefault("scope", f"repository:{self._name.repository}:pull")
        headers = {"Authorization": basic} if basic else {}
        async with self._session.get(fields.get("realm", ""), params=query, headers=headers) as answer:
            if answer.status != 200:
                raise ImageDenied(f"the login for {self._name.place} answers {answer.status}")
            try:
                document = json.loads(await answer.read())
                token = document.get("token") or document["access_token"]
            except (ValueError, KeyError, AttributeError):
                raise ImageDenied(f"the login for {self._name.place} gives no token") from None
        self._authorization = f"Bearer {token}"
