"""The walls around a function, built by the process itself with raw system calls.

Linux only; on other systems nothing here is called. Every call raises OSError with the step's name.
The zygote raises the outer walls once (`enter_namespaces`, `build_root`), each environment the inner ones.
"""

# pathlib would cost every zygote its import
# ruff: noqa: PTH103, PTH110, PTH112, PTH114, PTH115, PTH123, PTH211

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import platform
import resource
import socket
import struct
from typing import Any

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID = 0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000
NEWNET = 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 22, 36, 38
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

HOST = "/.host"
"""Where the zygote keeps the machine's own files in reach; taken away before user code runs."""

UID, GID = 993, 990
"""The ids that functions see on AWS (observed: uid=993(sbx_user1051) gid=990)."""

_FD_MAX, _TASKS_MAX = 1024, 1024
_SIOCSIFFLAGS, _SIOCSIFADDR, _IFF_UP = 0x8914, 0x8916, 1

# statvfs says these flags of a mount are on; a user namespace must keep them when it remounts.
_LOCKED_FLAGS = ((2, 2), (4, 4), (8, 8), (1024, 0x400), (2048, 0x800), (4096, 0x200000))

libc: Any = ctypes.CDLL(None, use_errno=True)


def _check(result: int, step: str) -> int:
    if result < 0:
        errno = ctypes.get_errno()
        raise OSError(errno, f"{step}: {os.strerror(errno)}")
    return result


def unshare(flags: int) -> None:
    _check(libc.unshare(flags), f"unshare {flags:#x}")


def set_pid_namespace(fd: int) -> None:
    """The next child is born into the pid namespace of ``fd``."""
    _check(libc.setns(fd, NEWPID), "setns")


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    encoded_kind = kind.encode() if kind else None
    encoded_data = data.encode() if data else None
    result = libc.mount(source.encode(), target.encode(), encoded_kind, ctypes.c_ulong(flags), encoded_data)
    _check(result, f"mount {source} on {target}")


def bind_read_only(source: str, target: str) -> None:
    mount(source, target, None, MS_BIND | MS_REC)
    current = os.statvfs(target).f_flag
    kept = sum(flag for seen, flag in _LOCKED_FLAGS if current & seen)
    mount("none", target, None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | kept)


def detach(target: str) -> None:
    _check(libc.umount2(target.encode(), MNT_DETACH), f"umount {target}")


def die_with_parent() -> None:
    _check(libc.prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0), "prctl pdeathsig")


def adopt_orphans() -> None:
    """Descendants that lose their parent become children of this process."""
    _check(libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl subreaper")


def enter_namespaces() -> None:
    """A user namespace of our own, in which this (single-threaded) process may mount."""
    _enter_user_namespace(NEWNS | NEWPID)


def _enter_user_namespace(more: int) -> None:
    uid, gid = os.getuid(), os.getgid()
    unshare(NEWUSER | more)
    for name, value in (("setgroups", "deny"), ("uid_map", f"{UID} {uid} 1"), ("gid_map", f"{GID} {gid} 1")):
        fd = os.open(f"/proc/self/{name}", os.O_WRONLY)
        try:
            os.write(fd, value.encode())
        finally:
            os.close(fd)


# The root of all environments of one zygote

_ETC_SHARED = (
    "resolv.conf", "nsswitch.conf", "host.conf", "gai.conf", "ssl", "pki", "ca-certificates",
    "localtime", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "mime.types", "services",
    "protocols", "fonts",
)  # fmt: skip
_ETC_OWN = {
    "passwd": "root:x:0:0:root:/root:/sbin/nologin\n"
    f"sbx_user1051:x:{UID}:{GID}::/home/sbx_user1051:/sbin/nologin\n",
    "group": f"root:x:0:\nsbx_user1051:x:{GID}:\n",
    "os-release": 'NAME="Amazon Linux"\nVERSION="2023"\nID="amzn"\nVERSION_ID="2023"\n',
}
_SYSTEM = ("bin", "sbin", "lib", "lib64", "lib32", "libx32", "usr")
_DEVICES = ("null", "zero", "full", "random", "urandom")
_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
}
IMAGE = "/.image"
"""Where the root of a container image is put together before a process enters it."""

_EMPTY = ("proc", "tmp", "var/task", "opt", "dev", "etc", "home/sbx_user1051", HOST[1:], IMAGE[1:])


def build_root(root: str, visible: list[str], runtime_dir: str) -> None:
    """Make ``root`` (an existing folder) this process's read-only root; the machine moves to `HOST`.

    ``visible`` are folders shown at their own path (interpreters); ``runtime_dir`` becomes /var/runtime.
    """
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "size=4m,mode=755")
    for name in _EMPTY:
        os.makedirs(f"{root}/{name}")
    _show_system(root)
    _show_etc(root)
    _show_devices(root)
    for path in visible:
        os.makedirs(root + path, exist_ok=True)
        bind_read_only(path, root + path)
    os.makedirs(f"{root}/var/runtime")
    bind_read_only(runtime_dir, f"{root}/var/runtime")
    os.chdir(root)
    _check(libc.syscall(PIVOT_ROOT[platform.machine()], b".", HOST[1:].encode()), "pivot_root")
    os.chroot(".")
    os.chdir("/")
    mount("none", "/", None, MS_REMOUNT | MS_RDONLY | MS_BIND | MS_NOSUID | MS_NODEV)


def _show_system(root: str) -> None:
    for name in _SYSTEM:
        if os.path.islink("/" + name):
            os.symlink(os.readlink("/" + name), f"{root}/{name}")
        elif os.path.isdir("/" + name):
            os.makedirs(f"{root}/{name}")
            bind_read_only("/" + name, f"{root}/{name}")


def _hosts() -> str:
    """The machine's, and the names under which extensions listen."""
    try:
        with open("/etc/hosts") as file:
            text = file.read()
    except OSError:
        text = "127.0.0.1 localhost\n"
    return text + "\n127.0.0.1 sandbox sandbox.local sandbox.localdomain\n"


def _show_etc(root: str) -> None:
    for name, text in {**_ETC_OWN, "hosts": _hosts()}.items():
        with open(f"{root}/etc/{name}", "w") as file:
            file.write(text)
    for name in _ETC_SHARED:
        source = os.path.realpath(f"/etc/{name}")
        if os.path.isdir(source):
            os.makedirs(f"{root}/etc/{name}")
        elif os.path.exists(source):
            open(f"{root}/etc/{name}", "w").close()
        else:
            continue
        bind_read_only(source, f"{root}/etc/{name}")


def _show_devices(root: str) -> None:
    for name in _DEVICES:
        open(f"{root}/dev/{name}", "w").close()
        mount(f"/dev/{name}", f"{root}/dev/{name}", None, MS_BIND)
    for name, target in _LINKS.items():
        os.symlink(target, f"{root}/dev/{name}")


# One environment


def part_from_others() -> None:
    """Own mounts, message queues and host name; called by the first process of a pid namespace."""
    unshare(NEWNS | NEWIPC | NEWUTS)
    name = b"sandbox"
    libc.sethostname(name, len(name))
    try:
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    except OSError:
        # A container with masked /proc refuses a new one; the machine's own shows more, but works.
        mount(f"{HOST}/proc", "/proc", None, MS_BIND | MS_REC)


def part_network() -> None:
    """A network with nothing but a loopback of its own."""
    unshare(NEWNET)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))


def add_addresses(addresses: set[str]) -> None:
    """Have these addresses on the loopback of `part_network`, where others can be only reached through us."""
    others = sorted(address for address in addresses if not address.startswith("127."))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for number, address in enumerate(others):
            name, binary = f"lo:{number}".encode(), socket.inet_aton(address)
            place = struct.pack("16sHH4s8x", name, socket.AF_INET, 0, binary)
            fcntl.ioctl(any_socket, _SIOCSIFADDR, place)


def name_hosts(hosts: dict[str, str]) -> None:
    """Names with their addresses, besides those that the machine knows."""
    mount("tmpfs", IMAGE, "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=755")
    with open("/etc/hosts") as known, open(f"{IMAGE}/hosts", "w") as file:
        file.writelines([f"{address} {name}\n" for name, address in hosts.items()])
        file.write(known.read())
    bind_read_only(f"{IMAGE}/hosts", "/etc/hosts")
    detach(IMAGE)


def furnish(task_dir: str, opt_dir: str, tmp_mb: int, visible: list[str]) -> None:
    """Put the function's code, its layers and an own /tmp in place; then the machine is out of reach."""
    bind_read_only(HOST + task_dir, "/var/task")
    if opt_dir:
        _show_layers(HOST + opt_dir, [path for path in visible if path.startswith("/opt/")])
    mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, f"size={tmp_mb}m,mode=1777")
    for path in visible:
        if path.startswith("/tmp/"):
            os.makedirs(path, exist_ok=True)
            bind_read_only(HOST + path, path)
    detach(HOST)


def _show_layers(opt_dir: str, own: list[str]) -> None:
    """The layers at /opt. What sundog itself has below /opt (``own``) stays, where no layer has the name."""
    if not own:
        bind_read_only(opt_dir, "/opt")
        return
    mount("tmpfs", "/opt", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755")
    entries = list(os.scandir(opt_dir))
    for entry in entries:
        target = f"/opt/{entry.name}"
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), target)
            continue
        if entry.is_dir():
            os.makedirs(target)
        else:
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY))
        bind_read_only(entry.path, target)
    layered = {entry.name for entry in entries}
    for path in own:
        if path.split("/")[2] not in layered:
            os.makedirs(path, exist_ok=True)
            bind_read_only(HOST + path, path)
    mount("tmpfs", "/opt", None, MS_REMOUNT | MS_RDONLY | MS_BIND | MS_NOSUID | MS_NODEV)


def furnish_image(root: str, tmp_mb: int) -> None:
    """Like `furnish`, for a function that brings a whole root: read-only but for /tmp, as on AWS."""
    bind_read_only(HOST + root, IMAGE)
    for name in ("/dev", "/proc", "/etc/resolv.conf", "/etc/hosts"):
        if os.path.exists(name):
            mount(name, IMAGE + name, None, MS_BIND | MS_REC)
    mount("tmpfs", f"{IMAGE}/tmp", "tmpfs", MS_NOSUID | MS_NODEV, f"size={tmp_mb}m,mode=1777")
    detach(HOST)


def enter_image() -> None:
    """From now on the image is all there is for this process; the root before it is out of reach."""
    unshare(NEWNS)
    os.chdir(IMAGE)
    _check(libc.syscall(PIVOT_ROOT[platform.machine()], b".", b"."), "pivot_root")
    detach(".")
    os.chdir("/")


def limit_resources() -> None:
    """1,024 files as on AWS, no core files; the first to go when the whole machine is out of memory."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    files = _FD_MAX if hard == resource.RLIM_INFINITY else min(_FD_MAX, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def limit_tasks() -> None:
    """In a user namespace of its own the kernel's count (Linux 5.14) is the function's alone.

    Where there can be no other, the watchdog counts; for root the kernel does not count at all.
    """
    try:
        _enter_user_namespace(0)
    except OSError:
        return
    resource.setrlimit(resource.RLIMIT_NPROC, (_TASKS_MAX, _TASKS_MAX))


def drop_capabilities() -> None:
    """No capability is left, and none can be gained by executing something."""
    _check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl no_new_privs")
    header = ctypes.create_string_buffer(struct.pack("Ii", 0x20080522, 0))
    nothing = ctypes.create_string_buffer(struct.pack("6I", 0, 0, 0, 0, 0, 0))
    _check(libc.capset(header, nothing), "capset")
