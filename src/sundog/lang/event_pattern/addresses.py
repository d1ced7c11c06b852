"""IP addresses as AWS's matcher reads them: `parse_address`, and `parse_range` for CIDR blocks.

A block starts at the address as written, not at the start of its network: 10.0.0.5/24 ends at 10.0.0.255.
A plain string in a pattern that is an address matches every spelling of that address.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from sundog.lang.event_pattern.values import InvalidPattern

_V4: Final = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+", re.ASCII)
_V6: Final = re.compile(r"[0-9a-fA-F:]*:[0-9a-fA-F:]*", re.ASCII)
_BITS: Final = re.compile(r"[+-]?[0-9]{1,10}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """An address of 32 or 128 bits."""

    bits: int
    number: int


def looks_like_address(text: str) -> bool:
    return _V4.fullmatch(text) is not None or _V6.fullmatch(text) is not None


def parse_address(text: str) -> Address | None:
    """The address that ``text`` spells, or None. Leading zeros are decimal, as in Java."""
    if _V4.fullmatch(text):
        parts = [int(part) for part in text.split(".")] if len(text) < 64 else [256]
        if any(part > 255 for part in parts):
            return None
        return Address(32, int.from_bytes(bytes(parts), "big"))
    if not _V6.fullmatch(text):
        return None
    try:
        found = ipaddress.IPv6Address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped
    return Address(32, int(mapped)) if mapped is not None else Address(128, int(found))


def parse_range(text: str) -> tuple[Address, int]:
    """The first address of a CIDR block and its last number; refuses in AWS's words, which have no place."""
    slashed = _split(text)
    if len(slashed) != 2:
        raise InvalidPattern("Malformed CIDR, one '/' required")
    if not _BITS.fullmatch(slashed[1]) or abs(int(slashed[1])) > 0x7FFFFFFF:
        raise InvalidPattern("Malformed CIDR, mask bits must be an integer")
    mask_bits = int(slashed[1])
    if mask_bits < 0:
        raise InvalidPattern("Malformed CIDR, mask bits must not be negative")
    if not looks_like_address(slashed[0]):
        raise InvalidPattern(f"Nonstandard IP address: {slashed[0]}")
    address = parse_address(slashed[0])
    if address is None:
        raise InvalidPattern(f"Invalid IP address: {slashed[0]}")
    if mask_bits >= address.bits:
        name = "IPv4" if address.bits == 32 else "IPv6"
        raise InvalidPattern(f"{name} mask bits must be < {address.bits}")
    return address, address.number | ((1 << (address.bits - mask_bits)) - 1)


def _split(text: str) -> list[str]:
    """Java's split: empty parts at the end do not count."""
    parts = text.split("/")
    while len(parts) > 1 and parts[-1] == "":
        parts.pop()
    return parts
