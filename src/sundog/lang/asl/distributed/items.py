"""Items from the content of an object: JSON, JSON Lines, CSV.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from sundog.lang.plain_json import read_json

ITEMS_MAX: Final = 100_000_000
_DELIMITERS: Final = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
_GZIP: Final = b"\x1f\x8b"
UNPACKED_BYTES_MAX: Final = 1 << 30


class ItemReaderFailed(Exception):
    """The data set cannot be read (States.ItemReaderFailed). The message is the cause."""


def read_items(
    content: bytes,
    config: Mapping[str, Any],
    max_items: int | None = None,
    headers: tuple[str, ...] | None = None,
) -> list[Any]:
    """The items of one object, which may be gzipped. ``max_items`` 0 is no limit.

    ``headers`` are those of a manifest, where the object has none. Raises `ItemReaderFailed`.
    """
    text = _text(_unpacked(content))
    match "CSV" if headers is not None else config.get("InputType", "JSON"):
        case "JSON":
            items: Iterable[Any] = _json_items(text, config.get("ItemsPointer"))
        case "JSONL":
            items = _json_lines(text)
        case "CSV":
            items = _csv_items(text, config, headers)
        case other:
            raise ItemReaderFailed(f"The input type {other} is not supported.")
    return list(islice(items, min(max_items or ITEMS_MAX, ITEMS_MAX)))


def listed_item(entry: Mapping[str, Any]) -> dict[str, Any]:
    """One object of a ListObjectsV2 answer as an item; times are whole seconds since the epoch."""
    return {
        "Etag": entry.get("ETag"),
        "Key": entry["Key"],
        "LastModified": entry.get("LastModified", 0) // 1_000,
        "Size": entry.get("Size"),
        "StorageClass": entry.get("StorageClass", "STANDARD"),
    }


def _unpacked(content: bytes) -> bytes:
    if not content.startswith(_GZIP):
        return content
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(content, UNPACKED_BYTES_MAX)
    except zlib.error:
        raise ItemReaderFailed("The object is not a valid gzip file.") from None
    if unpacker.unconsumed_tail:
        raise ItemReaderFailed("The object is too large.")
    return unpacked


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ItemReaderFailed("The object is not encoded in UTF-8.") from None


def _json(text: str) -> Any:
    try:
        return read_json(text)
    except ValueError:
        raise ItemReaderFailed("The object is not valid JSON.") from None


def _json_items(text: str, pointer: str | None) -> list[Any]:
    value = _json(text)
    for token in (pointer or "").split("/")[1:]:
        value = _member(value, token.replace("~1", "/").replace("~0", "~"))
    if not isinstance(value, list):
        raise ItemReaderFailed("Attempting to map over non-iterable node.")
    return value


def _member(value: Any, token: str) -> Any:
    """One step of a JSON pointer; None where there is nothing."""
    if isinstance(value, dict):
        return value.get(token)
    if isinstance(value, list) and token.isascii() and token.isdigit() and int(token) < len(value):
        return value[int(token)]
    return None


def _json_lines(text: str) -> Iterator[Any]:
    return (_json(line) for line in text.splitlines() if line.strip())


def _csv_items(
    text: str, config: Mapping[str, Any], headers: tuple[str, ...] | None
) -> Iterator[dict[str, str]]:
    """Values without a header are left out, headers without a value are empty texts (recorded)."""
    delimiter = _DELIMITERS[config.get("CSVDelimiter", "COMMA")]
    rows = (row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row)
    if headers is not None:
        names = list(headers)
    elif config.get("CSVHeaderLocation") == "GIVEN":
        names = list(config["CSVHeaders"])
    else:
        names = _next_row(rows)
    if len(set(names)) < len(names):
        raise ItemReaderFailed("CSV headers cannot contain duplicates.")
    return _named(rows, names)


def _next_row(rows: Iterator[list[str]]) -> list[str]:
    try:
        return next(rows, [])
    except csv.Error:
        raise ItemReaderFailed("The object is not valid CSV.") from None


def _named(rows: Iterator[list[str]], names: list[str]) -> Iterator[dict[str, str]]:
    while row := _next_row(rows):
        yield {name: row[i] if i < len(row) else "" for i, name in enumerate(names)}
