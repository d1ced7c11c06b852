"""HTTPS beside HTTP on one port, with a certificate of one's own."""

import asyncio
import contextlib
import ssl

import aiohttp
import pytest

from sundog.gateway.server import Face, HttpServer
from sundog.gateway.tls import CERTIFICATE, KEY, moment, own_context
from sundog.protocol.http import HttpResponse

NOW = moment(1_790_000_000_000)


@pytest.fixture
async def server(tmp_path):
    async def answer(http, _is_connected):
        return HttpResponse(200, http.scheme.encode())

    server = HttpServer((Face(lambda _: True, answer),))
    await server.start("127.0.0.1", 0, own_context(tmp_path, "us-east-1", NOW))
    yield server
    await server.stop()


@pytest.fixture
async def web():
    async with aiohttp.ClientSession() as session:
        yield session


def trusting(tmp_path):
    return ssl.create_default_context(cafile=tmp_path / CERTIFICATE)


async def test_one_port_answers_http_and_https(server, web, tmp_path):
    async with web.get(f"http://127.0.0.1:{server.port}/") as answer:
        assert await answer.text() == "http"
    async with web.get(f"https://127.0.0.1:{server.port}/", ssl=trusting(tmp_path)) as answer:
        assert await answer.text() == "https"
    async with web.get(f"https://localhost:{server.port}/", ssl=trusting(tmp_path)) as answer:
        assert await answer.text() == "https"


async def test_a_client_that_says_nothing_or_nonsense_disturbs_nobody(server, web):
    _reader, silent = await asyncio.open_connection("127.0.0.1", server.port)
    reader, broken = await asyncio.open_connection("127.0.0.1", server.port)
    broken.write(b"\x16\x03\x01nonsense")
    with contextlib.suppress(ConnectionError):
        await reader.read()
    async with web.get(f"http://127.0.0.1:{server.port}/") as answer:
        assert answer.status == 200
    silent.close()
    broken.close()


def test_the_certificate_is_kept_from_start_to_start_and_its_key_is_private(tmp_path):
    own_context(tmp_path / "tls", "us-east-1", NOW)
    first = (tmp_path / "tls" / CERTIFICATE).read_bytes()
    own_context(tmp_path / "tls", "us-east-1", NOW)
    assert (tmp_path / "tls" / CERTIFICATE).read_bytes() == first
    assert (tmp_path / "tls" / KEY).stat().st_mode & 0o077 == 0


def test_an_expired_certificate_is_made_anew(tmp_path):
    own_context(tmp_path, "us-east-1", moment(0))
    first = (tmp_path / CERTIFICATE).read_bytes()
    own_context(tmp_path, "us-east-1", NOW)
    assert (tmp_path / CERTIFICATE).read_bytes() != first


def test_without_a_folder_nothing_is_kept(tmp_path):
    assert isinstance(own_context(None, "us-east-1", NOW), ssl.SSLContext)
