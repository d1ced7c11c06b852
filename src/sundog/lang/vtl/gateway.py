"""The objects that API Gateway gives to mapping templates: ``$input`` and ``$util``.

``$context`` and ``$stageVariables`` are plain mappings; `context` adds the two maps that templates write to.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final
from urllib.parse import quote_plus, unquote_plus

from sundog.lang.evaluation import MISSING
from sundog.lang.vtl.paths import PathText, reader_of
from sundog.lang.vtl.values import Method, Scripted, json_text

# Recorded: a request without a body has this one for templates.
EMPTY_BODY = "{}"

NO_BASE64_DIGIT = re.compile(r"[^A-Za-z0-9+/]")
PARAMETER_PLACES = ("path", "querystring", "header")

JAVASCRIPT_ESCAPES: Final[Mapping[str, str]] = {
    "\\": "\\\\",
    '"': '\\"',
    "'": "\\'",
    "/": "\\/",
    "\b": "\\b",
    "\n": "\\n",
    "\t": "\\t",
    "\f": "\\f",
    "\r": "\\r",
}


class Input(Scripted):
    """``$input``: the body, and the parameters by place (``path``, ``querystring``, ``header``)."""

    __slots__ = ("_root", "body", "parameters")

    def __init__(self, body: str, params: Mapping[str, Mapping[str, str]]) -> None:
        self.body = body or EMPTY_BODY
        self.parameters = {place: dict(params.get(place, {})) for place in PARAMETER_PLACES}
        self._root: Any = MISSING

    def root(self) -> Any:
        """The body as JSON; a body that is none is a string."""
        if self._root is MISSING:
            self._root = parsed_json(self.body)
        return self._root

    def path(self, path: str) -> Any:
        """``$input.path(x)``: None where the path leads nowhere."""
        found = self._found(path)
        return None if found is MISSING else found

    def json(self, path: str) -> str:
        """``$input.json(x)``: an empty JSON string where the path leads nowhere."""
        found = self._found(path)
        return '""' if found is MISSING else json_text(found)

    def _found(self, path: Any) -> Any:
        find = path.reader if path.__class__ is PathText else reader_of(_text(path))
        return find(self._root if self._root is not MISSING else self.root())

    def params(self, name: str | None = None) -> Any:
        """All parameters, or that of a name: from path, query string or headers, in this order."""
        if name is None:
            return self.parameters
        for place in PARAMETER_PLACES:
            found = self._parameter(place, name)
            if found is not None:
                return found
        return ""

    def _parameter(self, place: str, name: str) -> str | None:
        values = self.parameters[place]
        if name in values or place != "header":
            return values.get(name)
        lower = name.lower()
        return next((value for header, value in values.items() if header.lower() == lower), None)

    properties: ClassVar[Mapping[str, Method]] = {"body": lambda source: source.body}
    methods: ClassVar[Mapping[str, Method]] = {"path": path, "json": json, "params": params}


def parsed_json(text: str) -> Any:
    """AWS's parser is lenient: what is no JSON is a string."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def escape_javascript(text: str) -> str:
    """As commons-lang's escapeJavaScript: quotes, slashes and control characters, and all beyond ASCII."""
    return "".join(_escaped(character) for character in _text(text))


def _escaped(character: str) -> str:
    known = JAVASCRIPT_ESCAPES.get(character)
    if known is not None:
        return known
    if " " <= character <= "~":
        return character
    units = character.encode("utf-16-be", "surrogatepass").hex(" ", 2).upper().split()
    return "".join(f"\\u{unit}" for unit in units)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _url_encoded(text: Any) -> str:
    """As Java's URLEncoder: it leaves ``*`` and encodes ``~``."""
    return quote_plus(_text(text).encode("utf-8", "replace"), safe="*").replace("~", "%7E")


def _encoded(value: Any) -> str:
    raw = value if isinstance(value, bytes) else _text(value).encode("utf-8", "surrogatepass")
    return base64.b64encode(raw).decode()


def _decoded(value: Any) -> str:
    """As Java's lenient decoder: both alphabets, without regard to padding and other characters."""
    digits = NO_BASE64_DIGIT.sub("", _text(value).replace("-", "+").replace("_", "/"))
    whole = digits[: len(digits) - (len(digits) % 4 == 1)]
    return base64.b64decode(whole + "=" * (-len(whole) % 4)).decode("utf-8", "replace")


class Util(Scripted):
    """``$util``."""

    __slots__ = ()
    methods: ClassVar[Mapping[str, Method]] = {
        "escapeJavaScript": lambda util, text: escape_javascript(text),
        "parseJson": lambda util, text: json.loads(_text(text)),
        "urlEncode": lambda util, text: _url_encoded(text),
        "urlDecode": lambda util, text: unquote_plus(_text(text)),
        "base64Encode": lambda util, value: _encoded(value),
        "base64Decode": lambda util, text: _decoded(text),
    }


def context(values: Mapping[str, Any]) -> dict[str, Any]:
    """``$context``: ``values``, with the overrides that templates may write to."""
    return {
        **values,
        "requestOverride": {"header": {}, "path": {}, "querystring": {}},
        "responseOverride": {"header": {}},
    }
