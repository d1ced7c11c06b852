"""The composition root: builds everything from a Config and wires it. Only this module constructs."""

from __future__ import annotations

import importlib
import importlib.metadata
import logging
import os
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from sundog import bus, services
from sundog.clock import Clock
from sundog.config import Config, ConfigError
from sundog.context import Context, Endpoint, KnownKey, Parts, Principal
from sundog.gateway import tls
from sundog.gateway.admin import Admin, ClockOrder
from sundog.gateway.dispatch import Connection, Face, Gateway
from sundog.gateway.identify import Caller, FindKey, Identify
from sundog.gateway.journal import Journal
from sundog.gateway.server import Face as ServerFace
from sundog.gateway.server import HttpServer
from sundog.gateway.steps import STEPS
from sundog.ids import Ids, RandomIds
from sundog.protocol.models import Models
from sundog.protocol.routing import Router
from sundog.scope import Scope
from sundog.service import DurableWork, Part, Service
from sundog.store import Store
from sundog.store.blobs import DirectoryBlobs
from sundog.store.migrations import read_migrations
from sundog.store.sqlite import SqliteStore
from sundog.work import SCHEMA as WORK_SCHEMA
from sundog.work import WorkItem, WorkKind
from sundog.work.supervisor import Supervisor

logger = logging.getLogger(__name__)
DRAIN_MS = 2_000


def load_services(names: tuple[str, ...] = services.NAMES) -> tuple[Service, ...]:
    """The services named, each from ``services/<name>/service.py``."""
    found = [importlib.import_module(f"sundog.services.{name}.service").SERVICE for name in names]
    assert all(isinstance(service, Service) for service in found)
    return tuple(found)


class App:
    """One server. ``start`` makes it answer in process, ``listen`` on a port as well."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock | None = None,
        ids: Ids | None = None,
        models: Models | None = None,
        names: tuple[str, ...] = services.NAMES,
        more: tuple[Service, ...] = (),
    ) -> None:
        """``more``: services that are not ours, after those of ``names`` (tests bring doubles)."""
        self.config = config
        self.clock = clock or Clock()
        self.ids = ids or RandomIds()
        self.journal = Journal()
        self.endpoint = Endpoint()
        self.services = (*load_services(names), *more)
        self.models = models or Models()
        node = self.ids.hex(12)
        self.store = _build_store(config, self.clock, node)
        self.blobs = DirectoryBlobs(None if config.ephemeral else config.data / "blobs")
        self.parts = Parts()
        self.traces = bus.Traces(self.clock)
        self.http = bus.HttpClient()
        self.postbox = bus.Postbox()
        self._admin = Admin(self)
        self.supervisor = Supervisor(self.clock, self.store, node)
        self.gateway = self._build_gateway()
        self.server = self._build_server()
        self._started_ms = self.clock.wall_ms()
        self._running: AsyncExitStack | None = None
        self._identities: tuple[FindKey, ...] = ()

    # Running

    async def start(self) -> None:
        """Open the store, bring its tables up to date, build and start every part, begin the work."""
        if self.config.port:  # work from before a restart begins before we listen; its functions need to know
            self.endpoint.url = f"http://{_authority(self.config.host, self.config.port)}"
        async with AsyncExitStack() as running:
            await self.store.open()
            running.push_async_callback(self.store.close)
            running.push_async_callback(self.http.stop)
            running.push_async_callback(self.postbox.stop)
            await self._migrate()
            await self._restore_clock()
            self._register_work()
            for part in self._build_parts():
                await part.start()
                running.push_async_callback(part.stop)
            await self.supervisor.start()
            running.push_async_callback(self.supervisor.stop, DRAIN_MS)
            self._running = running.pop_all()

    async def listen(self) -> None:
        """Answer on the configured address. Raises OSError when it is taken."""
        await self.server.start(self.config.host, self.config.port, self._tls())
        self.endpoint.url = f"http://{_authority(self.config.host, self.server.port)}"

    def _tls(self) -> ssl.SSLContext | None:
        """What HTTPS needs, where it is asked for."""
        config = self.config
        if config.tls_cert:
            try:
                return tls.given_context(Path(config.tls_cert), Path(config.tls_key))
            except OSError as error:  # ssl.SSLError is one
                raise ConfigError(f"tls_cert and tls_key cannot be used: {error}") from error
        if not config.tls:
            return None
        folder = None if config.ephemeral else config.data / "tls"
        return tls.own_context(folder, config.region, tls.moment(self.clock.wall_ms()))

    async def stop(self) -> None:
        for part in self.parts.with_method("hang_up"):  # connections that would never end by themselves
            await part.hang_up()
        await self.server.stop()
        if self._running is not None:
            await self._running.aclose()
            self._running = None

    @property
    def root_key(self) -> KnownKey | None:
        """The way into a server that enforces IAM; None where everybody is let in."""
        return next((part.root_key() for part in self.parts.with_method("root_key")), None)

    # What the admin interface needs

    def health(self) -> dict[str, Any]:
        names = sorted(service.name for service in self.services)
        return {
            "status": "ok",
            "version": importlib.metadata.version("sundog"),
            "edition": "sundog",
            "services": dict.fromkeys(names, "running"),
        }

    def info(self) -> dict[str, Any]:
        config = {name: str(value) for name, value in asdict(self.config).items()}
        for name in ("store", "smtp"):  # without user and password
            config[name] = config[name].rpartition("@")[2]
        return {
            "version": importlib.metadata.version("sundog"),
            "endpoint": self.endpoint.url,
            "uptime_ms": self.clock.wall_ms() - self._started_ms,
            "requests": self.journal.count,
            "pid": os.getpid(),
            "config": config,
            "clock": self.clock_state(),
        }

    def clock_state(self) -> dict[str, Any]:
        return {
            "now_ms": self.clock.now_ms(),
            "offset_ms": self.clock.offset_ms,
            "frozen": self.clock.is_frozen,
        }

    def requests(self, limit: int) -> list[dict[str, Any]]:
        """The last requests, newest last."""
        return [asdict(record) for record in list(self.journal.records)[-limit:]] if limit else []

    async def move_clock(self, order: ClockOrder) -> None:
        """Carry out one order and remember where the clock stands."""
        name, value = order
        if name == "advance":
            await self.clock.advance(value)
        elif name == "until_idle":
            await self.clock.run_until_idle()
        elif name == "freeze":
            self.clock.freeze()
        else:
            self.clock.resume()
        await self.store.set_meta("clock", orjson.dumps(self.clock_state()).decode())

    async def reset(self) -> None:
        """Forget everything: rows, blobs, and what parts remember of them."""
        await self.supervisor.stop(0)
        await self._forget()
        await self.store.reset()
        await self.blobs.reset()
        await self._forget()  # sockets and functions that ended meanwhile asked for what was still there
        await self.supervisor.start()

    async def _forget(self) -> None:
        for part in reversed(self.parts.with_method("forget")):
            await part.forget()

    # Building

    def _build_gateway(self) -> Gateway:
        faces = {service.name: _face(service, self.models) for service in self.services}
        self.router = Router(self.models, tuple(faces))
        self.parts.add(self.router)  # who makes requests as if from outside reads them with it
        return Gateway(
            self.router,
            faces,
            Identify(self.config, self.clock, self._find_key),
            self._request_context,
            STEPS,
            self.journal,
            self.clock,
            self.ids,
        )

    def _build_server(self) -> HttpServer:
        return HttpServer(
            (
                ServerFace(self._admin.wants, self._admin.answer),
                ServerFace(lambda _request: True, self.gateway.answer),
            )
        )

    def _build_parts(self) -> list[Part]:
        shared = (self.endpoint, self.models, self.blobs, self.supervisor, self.traces)
        for value in (*shared, self.http, self.postbox):
            self.parts.add(value)
        system = self.system_context(
            Scope(self.config.account, self.config.region), Principal.service("sundog", self.config.account)
        )
        built: list[Part] = []
        for factory in (factory for service in self.services for factory in service.parts):
            part = factory(system)
            self.parts.add(part)
            built.append(part)
        for part in self.parts.with_method("pages"):
            self._admin.add(part.pages())
        for face in self.parts.with_method("wants"):
            self.server.add(ServerFace(face.wants, face.answer))
        self._identities = tuple(part.identify for part in self.parts.with_method("identify"))
        return built

    async def _migrate(self) -> None:
        await self.store.migrate("work", read_migrations(WORK_SCHEMA))
        for service in self.services:
            if service.schema is not None:
                await self.store.migrate(service.name, read_migrations(service.schema))

    async def _restore_clock(self) -> None:
        """The clock stands where it stood, so that timers keep their order across a restart."""
        text = await self.store.get_meta("clock")
        if text is not None:
            state = orjson.loads(text)
            self.clock.restore(state["offset_ms"], state["now_ms"] if state["frozen"] else None)

    def _register_work(self) -> None:
        targets = {name: target for service in self.services for name, target in service.targets.items()}
        courier = bus.Courier(
            self.clock, self.store, self.ids, targets, self.system_context, self.traces, self.parts
        )
        self.supervisor.register(WorkKind(bus.KIND, courier.handle, bus.CONCURRENCY_MAX))
        for service in self.services:
            for kind, work in service.work.items():
                self.supervisor.register(_work_kind(kind, work, service, self.system_context))

    # Contexts

    def _request_context(self, request_id: str, caller: Caller, connection: Connection) -> Context:
        return Context(
            self.clock,
            self.ids,
            self.store,
            self.config,
            self.parts,
            caller.scope,
            caller.principal,
            request_id,
            self.gateway.dispatch,
            connection.host,
            connection.source_ip,
            connection.trace_header,
            connection.protocol,
            connection.is_connected,
        )

    def system_context(self, scope: Scope, principal: Principal) -> Context:
        """For work that no request waits for."""
        return Context(
            self.clock,
            self.ids,
            self.store,
            self.config,
            self.parts,
            scope,
            principal,
            self.ids.uuid(),
            self.gateway.dispatch,
            host=self.endpoint.url.removeprefix("http://"),
        )

    async def _find_key(self, access_key_id: str) -> KnownKey | None:
        for identify in self._identities:
            if (known := await identify(access_key_id)) is not None:
                return known
        return None


def _build_store(config: Config, clock: Clock, node: str) -> Store:
    if config.store:
        # Loaded only where it is used: its driver costs every start 50 ms and 9 MB.
        store: Store = importlib.import_module("sundog.store.postgres").PostgresStore(
            clock, config.store, node=node
        )
        return store
    path = None if config.ephemeral else config.data / "sundog.db"
    return SqliteStore(clock, path, durability=config.durability)


def _face(service: Service, models: Models) -> Face:
    handlers = {operation.name: operation.handler for operation in service.operations}
    return Face(partial(models.codec, service.name), handlers, service.refused)


def _work_kind(
    kind: str, work: DurableWork, service: Service, new_context: Callable[[Scope, Principal], Context]
) -> WorkKind:
    async def handle(item: WorkItem) -> None:
        principal = Principal.service(f"{service.name}.amazonaws.com", item.scope.account)
        await work.handler(new_context(item.scope, principal), item)

    return WorkKind(kind, handle, work.concurrency_max, work.schedule, work.recurring)


def _authority(host: str, port: int) -> str:
    """Where processes on this machine reach the server that listens on ``host``."""
    reachable = "127.0.0.1" if host in ("0.0.0.0", "::", "localhost") else host
    return f"[{reachable}]:{port}" if ":" in reachable else f"{reachable}:{port}"
