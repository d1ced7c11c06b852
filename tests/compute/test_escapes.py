"""Functions that try to get out: to the user's files, the server, the network, more than they are given."""

import asyncio
import os
import socket
from pathlib import Path

import pytest
import pytest_asyncio
from tests.compute.test_extensions import TCP

from sundog.compute.contract import Isolation
from sundog.testing.process import free_port

pytestmark = pytest.mark.walls

TRY = "import os, socket, sys\ndef attempt(what):\n    try:\n        return what()\n"
TRY += "    except Exception as e:\n        return type(e).__name__\n"
ON = TRY + "def handler(event, context):\n"


async def test_the_users_home_and_the_servers_files_are_not_there(yard, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    spec = yard.python(
        ON + "    return [attempt(lambda: open(path).read()) for path in event] + [sorted(os.listdir('/'))]\n"
    )
    paths = [
        str(secret),
        str(Path.home() / ".bashrc"),
        f"/.host{secret}",
        "/etc/shadow",
        "/proc/1/root/etc/shadow",
    ]
    *reads, root = (await yard.invoke(spec, paths)).value
    assert set(reads) <= {"FileNotFoundError", "PermissionError"}
    assert not {"boot", "srv", "mnt"} & set(root)
    home = yard.python(ON + "    return os.listdir('/home')\n")
    assert (await yard.invoke(home)).value == ["sbx_user1051"]


async def test_the_hosts_environment_does_not_leak(yard):
    os.environ["SUNDOG_TEST_SECRET"] = "leaked"
    try:
        spec = yard.python(
            ON + "    found = [dict(os.environ)]\n    for pid in filter(str.isdigit, os.listdir('/proc')):\n"
            "        found.append(attempt(lambda: open(f'/proc/{pid}/environ').read()))\n"
            "    return str(found)\n"
        )
        assert "leaked" not in (await yard.invoke(spec)).value
    finally:
        del os.environ["SUNDOG_TEST_SECRET"]


async def test_the_server_cannot_be_seen_or_killed(yard):
    spec = yard.python(
        ON + "    import signal\n    seen = [p for p in os.listdir('/proc') if p.isdigit()]\n"
        "    told = [attempt(lambda: os.kill(pid, signal.SIGKILL)) for pid in event]\n"
        "    return [len(seen), told, attempt(lambda: os.kill(1, signal.SIGKILL)), os.getpid()]\n"
    )
    here = [os.getpid(), os.getppid()]
    seen, told, _, pid = (await yard.invoke(spec, here)).value
    assert seen <= 4 and pid <= 4, "only its own processes"
    assert told == ["ProcessLookupError"] * 2
    assert (await yard.invoke(spec, here)).value[0] <= 4


async def test_code_and_system_are_read_only_and_tmp_is_as_large_as_asked(yard):
    spec = yard.python(
        ON + "    paths = ['/var/task/x', '/opt/x', '/usr/x', '/x', '/etc/x', '/var/runtime/x']\n"
        "    writes = [attempt(lambda: open(path, 'w').close()) for path in paths]\n"
        "    size = 0\n    try:\n        with open('/tmp/x', 'wb', buffering=0) as file:\n"
        "            while True: size += file.write(bytes(1 << 20))\n    except OSError: pass\n"
        "    os.unlink('/tmp/x')\n    return [writes, size >> 20]\n",
        tmp_mb=16,
    )
    writes, size_mb = (await yard.invoke(spec)).value
    assert set(writes) <= {"OSError", "PermissionError", "FileNotFoundError"}
    assert 15 <= size_mb <= 16


async def test_processes_and_threads_are_limited(yard):
    """Either the kernel refuses one more, or (as root, whom it does not count) the watchdog ends it."""
    spec = yard.python(
        ON + "    import threading, time\n    threading.stack_size(65536)\n    count = 0\n"
        "    try:\n        while count < 5000:\n"
        "            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "            count += 1\n"
        "    except RuntimeError: return count\n    time.sleep(60)\n",
        memory_mb=1024,
        timeout_s=5,
    )
    ran = await yard.invoke(spec)
    if ran.outcome.function_error is None:
        assert ran.value <= 1024
    else:
        assert ran.value["errorType"] == "Runtime.ExitError"
        assert ran.value["errorMessage"].endswith("Runtime exited with error: signal: killed")


@pytest_asyncio.fixture(loop_scope="session")
async def neighbour():
    """Somebody on this machine's loopback who says hello."""

    async def greet(reader, writer):
        writer.write(b"hello " + await reader.read(100))
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


REACH = (
    ON + "    def talk():\n        with socket.create_connection((event[0], event[1]), 2) as s:\n"
    "            s.sendall(b'you')\n            s.shutdown(socket.SHUT_WR)\n"
    "            return s.recv(100).decode()\n"
    "    return attempt(talk)\n"
)


async def test_a_function_outside_a_vpc_reaches_the_machine(yard, neighbour):
    assert (await yard.invoke(yard.python(REACH), ["127.0.0.1", neighbour])).value == "hello you"


async def test_a_function_in_a_vpc_reaches_no_port_of_the_machine(yard, neighbour):
    spec = yard.python(REACH, isolation=Isolation())
    assert (await yard.invoke(spec, ["127.0.0.1", neighbour])).value == "ConnectionRefusedError"
    assert (await yard.invoke(spec, ["192.0.2.1", 80])).value == "OSError"


async def test_a_port_that_is_allowed_is_reached_from_a_vpc(yard, neighbour):
    spec = yard.python(REACH, isolation=Isolation((("127.0.0.1", neighbour),)))
    assert (await yard.invoke(spec, ["127.0.0.1", neighbour])).value == "hello you"
    assert (await yard.invoke(spec, ["127.0.0.1", free_port()])).value == "ConnectionRefusedError"


async def test_a_host_that_is_allowed_is_reached_by_its_name_at_its_port(yard, neighbour, monkeypatch):
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *more, **k: real(host.replace("db.test", "127.0.0.1"), *more, **k)
    )
    spec = yard.python(REACH, isolation=Isolation((("db.test", neighbour), ("other.test", 1))))
    assert (await yard.invoke(spec, ["db.test", neighbour])).value == "hello you"
    assert (await yard.invoke(spec, ["db.test", free_port()])).value == "ConnectionRefusedError"
    assert (await yard.invoke(spec, ["127.0.0.1", neighbour])).value == "ConnectionRefusedError"
    assert (await yard.invoke(spec, ["unknown.test", 80])).value == "gaierror"


async def test_an_address_that_is_allowed_is_reached_as_itself(yard, monkeypatch):
    places = []

    async def note(host, port, **more):
        places.append((host, port))
        raise ConnectionRefusedError

    monkeypatch.setattr(asyncio, "open_connection", note)
    spec = yard.python(REACH, isolation=Isolation((("198.51.100.7", 5432),)))
    await yard.invoke(spec, ["198.51.100.7", 5432])
    assert (await yard.invoke(spec, ["203.0.113.1", 5432])).value == "OSError"
    assert places == [("198.51.100.7", 5432)]


async def test_a_function_in_a_vpc_reaches_sundog_and_lives_on_after_a_crash(own_yard, neighbour):
    async with own_yard() as yard:
        yard.engine._endpoint_url = lambda: f"http://127.0.0.1:{neighbour}"
        source = REACH.replace("    def talk", "    if event == 'crash': os._exit(1)\n    def talk")
        spec = yard.python(source, isolation=Isolation())
        place = ["127.0.0.1", neighbour]
        assert (await yard.invoke(spec, place)).value == "hello you"
        assert (await yard.invoke(spec, "crash")).outcome.function_error == "Unhandled"
        assert (await yard.invoke(spec, place)).value == "hello you"
        answers = await asyncio.gather(*(yard.invoke(spec, place) for _ in range(5)))
        assert [ran.value for ran in answers] == ["hello you"] * 5


async def test_the_runtime_api_is_at_its_well_known_port_in_a_vpc(yard):
    spec = yard.python(ON + "    return os.environ['AWS_LAMBDA_RUNTIME_API']\n", isolation=Isolation())
    assert (await yard.invoke(spec)).value == "127.0.0.1:9001"


async def test_telemetry_reaches_an_extension_in_a_vpc(yard):
    layer = yard.layer({"extensions/watcher": TCP})
    spec = yard.python(
        "def handler(e, c):\n    print('printed')\n", layer_dirs=(layer,), isolation=Isolation()
    )
    await yard.invoke(spec)
    assert "over tcp printed\n" in yard.log(spec)
