"""The functions on texts and on IP addresses, by name in lower case.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress
from collections.abc import Callable, Mapping
from urllib.parse import quote_plus, unquote_plus

from sundog.lang.logs_insights.functions import MANY, Function
from sundog.lang.logs_insights.values import Value, known, plain_text, to_number

_TEXT_MAX = 1_000_000
"""Characters of what a function makes: a limit of ours."""
_RESERVED_BLOCKS = (
    "0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 192.0.0.0/24 192.0.2.0/24 198.18.0.0/15 198.51.100.0/24 "
    "203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 ::1/128 fe80::/10 ff00::/8 2001:db8::/32"
)
_RESERVED = tuple(map(ipaddress.ip_network, _RESERVED_BLOCKS.split()))
_PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _of_texts(apply: Callable[..., Value], least: int, most: int | None = None) -> Function:
    """Of texts: missing where one is missing, or there is no result."""

    def guarded(*values: Value) -> Value:
        texts = [plain_text(value) for value in values]
        if None in texts:
            return None
        try:
            result = apply(*texts)
        except (ValueError, binascii.Error):
            return None
        return result[:_TEXT_MAX] if isinstance(result, str) else result

    return Function(least, most or least, guarded)


def _is_empty(value: Value) -> Value:
    return plain_text(value) in (None, "")


def _is_blank(value: Value) -> Value:
    return not (plain_text(value) or "").strip()


def _substring(value: Value, start: Value, length: Value = None) -> Value:
    text, first, count = plain_text(value), to_number(start), to_number(length)
    if text is None or first is None:
        return None
    begin = max(0, int(first))
    return text[begin:] if count is None else text[begin : begin + max(0, int(count))]


def _contains(text: str, part: str, _ignore_case: str = "") -> Value:
    """Observed: the third argument has no effect on AWS, whatever the documentation says."""
    return int(part in text)


def _replace(text: str, old: str, new: str) -> Value:
    if not old or len(text) + text.count(old) * len(new) > _TEXT_MAX:
        return text
    return text.replace(old, new)


def _unhex(text: str) -> str:
    return bytes.fromhex(text.removeprefix("0x")).decode("ascii", "replace")


def _to_hex(value: Value) -> Value:
    number = to_number(value)
    return None if number is None else hex(int(number))


def _address(value: Value) -> Address | None:
    try:
        return ipaddress.ip_address((plain_text(value) or "").strip())
    except ValueError:
        return None


def _is_address(*versions: int) -> Callable[[Value], Value]:
    def test(value: Value) -> Value:
        address = _address(value)
        return address is not None and address.version in versions

    return test


def _is_in_subnet(*versions: int) -> Callable[[Value, Value], Value]:
    def test(value: Value, subnet: Value) -> Value:
        address = _address(value)
        try:
            network = ipaddress.ip_network(plain_text(subnet) or "", strict=False)
        except ValueError:
            return False
        return address is not None and address.version in versions and address in network

    return test


def _is_within(*blocks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]) -> Callable[[Value], bool]:
    def test(value: Value) -> bool:
        address = _address(value)
        return address is not None and any(address in network for block in blocks for network in block)

    return test


def _is_public(value: Value) -> Value:
    return _address(value) is not None and not _is_within(_PRIVATE, _RESERVED)(value)


def _address_number(value: Value) -> Value:
    address = _address(value)
    return int(address) if isinstance(address, ipaddress.IPv4Address) else None


TEXT_FUNCTIONS: Mapping[str, Function] = {
    "isempty": Function(1, 1, _is_empty),
    "isblank": Function(1, 1, _is_blank),
    "concat": _of_texts(lambda *texts: "".join(texts), 1, MANY),
    "ltrim": _of_texts(lambda text, characters=None: text.lstrip(characters), 1, 2),
    "rtrim": _of_texts(lambda text, characters=None: text.rstrip(characters), 1, 2),
    "trim": _of_texts(lambda text, characters=None: text.strip(characters), 1, 2),
    "strlen": _of_texts(len, 1),
    "toupper": _of_texts(str.upper, 1),
    "tolower": _of_texts(str.lower, 1),
    "substr": Function(2, 3, _substring),
    "replace": _of_texts(_replace, 3),
    "strcontains": _of_texts(_contains, 2, 3),
    "startswith": _of_texts(lambda text, part: int(text.startswith(part)), 2),
    "endswith": _of_texts(lambda text, part: int(text.endswith(part)), 2),
    "urlencode": _of_texts(quote_plus, 1),
    "urldecode": _of_texts(unquote_plus, 1),
    "base64encode": _of_texts(lambda text: base64.b64encode(text.encode("utf-8", "replace")).decode(), 1),
    "base64decode": _of_texts(
        lambda text: base64.b64decode(text, validate=True).decode("utf-8", "replace"), 1
    ),
    "split": _of_texts(lambda text, delimiter: text.split(delimiter), 2),
    "hextoascii": _of_texts(_unhex, 1),
    "hextodec": _of_texts(lambda text: known(int(text, 16)), 1),
    "dectohex": Function(1, 1, _to_hex),
    "md5": _of_texts(lambda text: hashlib.md5(text.encode("utf-8", "replace")).hexdigest(), 1),
    "sha256": _of_texts(lambda text: hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(), 1),
    "isvalidip": Function(1, 1, _is_address(4, 6)),
    "isvalidipv4": Function(1, 1, _is_address(4)),
    "isvalidipv6": Function(1, 1, _is_address(6)),
    "isipinsubnet": Function(2, 2, _is_in_subnet(4, 6)),
    "isipv4insubnet": Function(2, 2, _is_in_subnet(4)),
    "isipv6insubnet": Function(2, 2, _is_in_subnet(6)),
    "ipv4tonumber": Function(1, 1, _address_number),
    "isprivateip": Function(1, 1, _is_within(_PRIVATE)),
    "ispublicip": Function(1, 1, _is_public),
    "isreservedip": Function(1, 1, _is_within(_RESERVED)),
}
