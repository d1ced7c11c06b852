"""What a function may not ask of the kernel: seccomp and Landlock, for processes without privileges."""

# pathlib would cost every zygote its import
# ruff: noqa: PTH112

from __future__ import annotations

import ctypes
import os
import platform
import struct

from .walls import PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, _check, libc

_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# mount umount2 pivot_root chroot unshare setns kexec_load kexec_file_load init_module finit_module
# delete_module bpf perf_event_open userfaultfd add_key request_key keyctl reboot swapon swapoff
# open_tree move_mount fsopen fsconfig fsmount open_by_handle_at settimeofday acct quotactl
_DENIED = {
    "x86_64": (165, 166, 155, 161, 272, 308, 246, 320, 175, 313, 176, 321, 298, 323, 248, 249, 250, 169, 167,
               168, 428, 429, 430, 431, 432, 304, 164, 163, 179),
    "aarch64": (40, 39, 41, 51, 97, 268, 104, 294, 105, 273, 106, 280, 241, 282, 217, 218, 219, 142, 224,
                225, 428, 429, 430, 431, 432, 265, 170, 89, 60),
}  # fmt: skip
_CLONE, _CLONE3 = {"x86_64": 56, "aarch64": 220}, 435
_LOAD_WORD, _JUMP_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _EPERM, _ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026
_CLONE_NEW_ANYTHING = 0x7E020000

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_LANDLOCK_ALL = 0x1FFF  # ABI 1: every right about files
_LANDLOCK_READ = 0x1 | 0x4 | 0x8  # execute, read file, read folder
_LANDLOCK_FILE = 0x1 | 0x2 | 0x4  # rights that make sense for something that is no folder


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def seccomp_program() -> bytes:
    """The filter as the kernel reads it; empty where the machine is not one we know."""
    machine = platform.machine()
    if machine not in _ARCH:
        return b""
    denied = _DENIED[machine]
    lines = [
        (_LOAD_WORD, 0, 0, 4),  # the architecture
        (_JUMP_EQUAL, 1, 0, _ARCH[machine]),
        (_RETURN, 0, 0, _EPERM),
        (_LOAD_WORD, 0, 0, 0),  # the number of the call
        # clone3 hides its flags behind a pointer: told it does not exist, libc takes clone
        (_JUMP_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, _ENOSYS),
        (_JUMP_EQUAL, 0, 4, _CLONE[machine]),
        (_LOAD_WORD, 0, 0, 16),  # first argument, low word: flags
        (_JUMP_SET, 0, 1, _CLONE_NEW_ANYTHING),
        (_RETURN, 0, 0, _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    lines += [(_JUMP_EQUAL, len(denied) - i, 0, number) for i, number in enumerate(denied)]
    lines += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _EPERM)]
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def apply_seccomp(program: bytes) -> None:
    if not program:
        return
    buffer = ctypes.create_string_buffer(program, len(program))
    filter_ = _Program(len(program) // 8, ctypes.addressof(buffer))
    _check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl no_new_privs")
    _check(libc.prctl(PR_SET_SECCOMP, 2, ctypes.byref(filter_), 0, 0), "seccomp")


def landlock_abi() -> int:
    """The version of Landlock this kernel has; 0 without."""
    return int(max(0, libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)))


def apply_landlock(readable: list[str], writable: list[str]) -> None:
    """From now on only these folders (and what is below) can be opened."""
    attributes = ctypes.create_string_buffer(struct.pack("Q", _LANDLOCK_ALL), 8)
    ruleset = _check(libc.syscall(_LANDLOCK_CREATE, attributes, ctypes.c_size_t(8), 0), "landlock")
    for paths, rights in ((readable, _LANDLOCK_READ), (writable, _LANDLOCK_ALL)):
        for path in paths:
            _allow(ruleset, path, rights)
    _check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl no_new_privs")
    _check(libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0), "landlock_restrict_self")
    os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(path):
        rights &= _LANDLOCK_FILE
    rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, fd), 12)
    _check(libc.syscall(_LANDLOCK_ADD, ruleset, 1, rule, 0), f"landlock {path}")
    os.close(fd)
