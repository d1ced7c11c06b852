"""TLS: the certificate, given or self-signed, and one port that takes HTTP and HTTPS alike.

The first byte of a connection tells which it is, so functions and tools that know nothing of the certificate
go on over HTTP.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from asyncio import Protocol
from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

BACKLOG: Final = 1_024
HANDSHAKE_S: Final = 10.0
FIRST_BYTE_S: Final = 75.0
"""How long a client may be silent after it has connected."""

VALID_DAYS: Final = 3_650
_TLS_RECORD: Final = b"\x16"
_ADDRESSES: Final = ("127.0.0.1", "::1")
CERTIFICATE, KEY = "certificate.pem", "key.pem"


def given_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Raises OSError where the files are no certificate and its key."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def own_context(folder: Path | None, region: str, now: datetime) -> ssl.SSLContext:
    """With a self-signed certificate, kept in ``folder`` from start to start (None: kept nowhere)."""
    if folder is None:
        with TemporaryDirectory() as place:
            _write(Path(place), region, now)
            return given_context(Path(place) / CERTIFICATE, Path(place) / KEY)
    if not _is_valid(folder / CERTIFICATE, now):
        folder.mkdir(0o700, parents=True, exist_ok=True)
        _write(folder, region, now)
    return given_context(folder / CERTIFICATE, folder / KEY)


def _is_valid(path: Path, now: datetime) -> bool:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc > now
    except (OSError, ValueError):
        return False


def _write(folder: Path, region: str, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    (folder / KEY).touch(0o600)
    (folder / KEY).write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    (folder / CERTIFICATE).write_bytes(_certificate(key, region, now).public_bytes(pem))


def _certificate(key: ec.EllipticCurvePrivateKey, region: str, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sundog")])
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in _hosts(region)]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in _ADDRESSES]
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )


def _hosts(region: str) -> Iterable[str]:
    yield from ("localhost", "*.localhost")
    for kind in (f"execute-api.{region}", f"lambda-url.{region}", f"{region}.elb", "s3"):
        yield f"*.{kind}.localhost"


class EitherListener:
    """Accepts connections and gives each to ``new_protocol``: over TLS where it begins so."""

    def __init__(self, new_protocol: Callable[[], Protocol], context: ssl.SSLContext) -> None:
        self._new_protocol, self._context = new_protocol, context
        self._socket: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, host: str, port: int) -> int:
        """Listen; the port. Raises OSError when the address is taken."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=BACKLOG)
        self._socket.setblocking(False)
        self._begin(self._accept(self._socket))
        found: int = self._socket.getsockname()[1]
        return found

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            self._socket.close()

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            client, _ = await loop.sock_accept(listening)
            self._begin(self._connect(client))

    async def _connect(self, client: socket.socket) -> None:
        try:
            async with asyncio.timeout(FIRST_BYTE_S):
                first = await _peek(client)
            if not first:
                raise ConnectionError("the client has said nothing")
            is_tls = first == _TLS_RECORD
            await asyncio.get_running_loop().connect_accepted_socket(
                self._new_protocol,
                client,
                ssl=self._context if is_tls else None,
                ssl_handshake_timeout=HANDSHAKE_S if is_tls else None,
            )
        except (OSError, TimeoutError):  # among them ssl.SSLError: no client of ours
            client.close()
        except asyncio.CancelledError:
            client.close()
            raise


async def _peek(client: socket.socket) -> bytes:
    """The first byte, left where it is."""
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    readable: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not readable.done():
            readable.set_result(None)

    loop.add_reader(client, wake)
    try:
        await readable
    finally:
        loop.remove_reader(client)
    return client.recv(1, socket.MSG_PEEK)


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1_000, UTC)
