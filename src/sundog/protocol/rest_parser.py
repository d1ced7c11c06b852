"""Requests whose parameters stand in the path, the query string, headers and the body."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson
from botocore.model import ListShape, MapShape, Shape, StructureShape

from sundog.protocol.http import HttpRequest
from sundog.protocol.json_parser import JsonParser
from sundog.protocol.malformed import Malformed
from sundog.protocol.scalars import ParseText, text_parser
from sundog.protocol.xml_parser import XmlParser, read_xml

Labels = Mapping[str, str]
Parsed = dict[str, Any]
Place = Callable[[Labels, HttpRequest, Parsed], None]
"""Reads its part of a request into the parameters."""
ParseBody = Callable[[bytes], Any]

_HEADER_ITEM = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))\s*(?:,|\Z)')
_HTTP_DATE = re.compile(r"\s*([^,]+,[^,]+?)\s*(?:,|\Z)")


class Bodies:
    """How one protocol reads documents."""

    def __init__(self, *, is_xml: bool) -> None:
        self._json, self._xml, self._is_xml = JsonParser(), XmlParser(), is_xml

    def document(self, shape: Shape, skip: frozenset[str] = frozenset()) -> ParseBody:
        """The parser of a body that is one document."""
        if self._is_xml:
            element = (
                self._xml.structure(shape, skip)
                if isinstance(shape, StructureShape)
                else self._xml.element(shape)
            )
            return lambda body: element(read_xml(body))
        if skip and isinstance(shape, StructureShape):
            parse = self._json.structure(shape, skip)
        else:
            parse = self._json.shape(shape) or _as_is
        return lambda body: parse(read_json(body))


def read_json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Malformed from None


def _as_is(value: Any) -> Any:
    return value


def compile_rest_parser(shape: StructureShape, bodies: Bodies) -> Callable[[Labels, HttpRequest], Parsed]:
    """The parser of one operation's requests."""
    places = [place for name, member in shape.members.items() if (place := _place(name, member))]
    places += _body_places(shape, bodies)

    def parse(labels: Labels, http: HttpRequest) -> Parsed:
        parsed: Parsed = {}
        for place in places:
            place(labels, http, parsed)
        return parsed

    return parse


def _place(name: str, member: Shape) -> Place | None:
    location = member.serialization.get("location")
    wire_name = member.serialization.get("name", name)
    if location == "uri":
        return _label(name, wire_name, text_parser(member))
    if location == "querystring":
        return _query_map(name, member) if isinstance(member, MapShape) else _query(name, wire_name, member)
    if location == "header":
        return _header(name, wire_name.lower(), member)
    if location == "headers":
        return _headers(name, wire_name.lower() if member.serialization.get("name") else "")
    return None


def _label(name: str, wire_name: str, parse_text: ParseText) -> Place:
    def place(labels: Labels, _http: HttpRequest, parsed: Parsed) -> None:
        if wire_name in labels:
            parsed[name] = parse_text(labels[wire_name])

    return place


def _query(name: str, wire_name: str, member: Shape) -> Place:
    is_list = isinstance(member, ListShape)
    parse_text = text_parser(member.member if isinstance(member, ListShape) else member)

    def place(_labels: Labels, http: HttpRequest, parsed: Parsed) -> None:
        if not http.query:
            return
        texts = [text for key, text in parse_qsl(http.query, keep_blank_values=True) if key == wire_name]
        if texts:
            parsed[name] = [parse_text(text) for text in texts] if is_list else parse_text(texts[0])

    return place


def _query_map(name: str, member: MapShape) -> Place:
    """Every query parameter, also those that other members name, as Smithy has it of servers."""
    is_list = isinstance(member.value, ListShape)

    def place(_labels: Labels, http: HttpRequest, parsed: Parsed) -> None:
        found: dict[str, Any] = {}
        for key, text in parse_qsl(http.query, keep_blank_values=True):
            if is_list:
                found.setdefault(key, []).append(text)
            else:
                found.setdefault(key, text)
        if found:
            parsed[name] = found

    return place


def _header(name: str, wire_name: str, member: Shape) -> Place:
    parse_value = header_parser(member)

    def place(_labels: Labels, http: HttpRequest, parsed: Parsed) -> None:
        text = http.headers.get(wire_name)
        if text is not None:
            parsed[name] = parse_value(text)

    return place


def header_parser(member: Shape) -> ParseText:
    if member.serialization.get("jsonvalue"):
        return _parse_json_header
    if isinstance(member, ListShape):
        parse_text = text_parser(member.member)
        is_http_date = (
            member.member.type_name == "timestamp"
            and member.member.serialization.get("timestampFormat", "rfc822") == "rfc822"
        )
        split = _split_http_dates if is_http_date else _split_items
        return lambda text: [parse_text(item) for item in split(text)]
    return text_parser(member)


def _parse_json_header(text: str) -> Any:
    try:
        return orjson.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        raise Malformed from None


def _split_http_dates(text: str) -> list[str]:
    return _HTTP_DATE.findall(text) or [text]


def _split_items(text: str) -> list[str]:
    """Items between commas; those in quotes may hold commas and escaped quotes."""
    items, at = [], 0
    while at < len(text) and (match := _HEADER_ITEM.match(text, at)):
        quoted, plain = match.groups()
        items.append(re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain.strip())
        at = match.end()
        if at == match.start():
            break
    if at < len(text):
        raise Malformed
    return items


def _headers(name: str, prefix: str) -> Place:
    def place(_labels: Labels, http: HttpRequest, parsed: Parsed) -> None:
        found = {key[len(prefix) :]: text for key, text in http.headers.items() if key.startswith(prefix)}
        if found:
            parsed[name] = found

    return place


def _body_places(shape: StructureShape, bodies: Bodies) -> list[Place]:
    payload = shape.serialization.get("payload")
    if payload is not None:
        return [_payload(payload, shape.members[payload], bodies)]
    located = frozenset(name for name, member in shape.members.items() if "location" in member.serialization)
    if len(located) == len(shape.members):
        return []
    parse_body = bodies.document(shape, located)

    def place(_labels: Labels, http: HttpRequest, parsed: Parsed) -> None:
        if http.body:
            parsed.update(parse_body(http.body))

    return [place]


def _payload(name: str, member: Shape, bodies: Bodies) -> Place:
    """One member that is the whole body."""
    parse_body: ParseBody
    if member.type_name == "blob":
        parse_body = bytes
    elif member.type_name == "string":
        parse_body = _parse_text_body
    else:
        parse_body = bodies.document(member)

    def place(_labels: Labels, http: HttpRequest, parsed: Parsed) -> None:
        if http.body:
            parsed[name] = parse_body(http.body)

    return place


def _parse_text_body(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Malformed from None
