"""Discovered shapes as AWS writes them: an OpenAPI 3 document of named components.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-schemas-infer-from-json.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import orjson

from sundog.services.schemas.shapes import Shape

EVENT = "AWSEvent"
_WORD = re.compile(r"[A-Za-z0-9]+")
_REF = "#/components/schemas/"
_STRING: Shape = {"type": "string"}
_ENVELOPE: Mapping[str, Shape] = {
    "account": _STRING,
    "detail-type": _STRING,
    "id": _STRING,
    "region": _STRING,
    "resources": {"type": "array", "items": _STRING},
    "source": _STRING,
    "time": {"type": "string", "format": "date-time"},
    "version": _STRING,
}
_REQUIRED = ["detail-type", "resources", "detail", "id", "source", "time", "region", "version", "account"]


def class_name(text: str) -> str:
    """``EC2 Instance State-change Notification`` -> ``EC2InstanceStateChangeNotification``."""
    return "".join(word[0].upper() + word[1:] for word in _WORD.findall(text)) or "Event"


def schema_name(source: str, detail_type: str) -> str:
    """What AWS calls the schema of these events: ``aws.ec2@EC2InstanceStateChangeNotification``."""
    return f"{re.sub(r'[^0-9A-Za-z_.@-]', '-', source)}@{class_name(detail_type)}"


def write_event(source: str, detail_type: str, detail: Shape) -> str:
    """The document for events of this source and type whose ``detail`` has this shape."""
    title = class_name(detail_type)
    layout = _Layout({EVENT: {}})
    reference = layout.place(title, detail)
    layout.components[EVENT] = {
        "type": "object",
        "required": _REQUIRED,
        "x-amazon-events-detail-type": detail_type,
        "x-amazon-events-source": source,
        "properties": {"detail": reference, **_ENVELOPE},
    }
    return _document(title, layout.components)


def write_value(shape: Shape) -> str:
    """The document for JSON that is no event of EventBridge."""
    layout = _Layout({})
    layout.place("Event", shape)
    return _document("Event", layout.components)


def _document(title: str, components: Mapping[str, Shape]) -> str:
    document = {
        "openapi": "3.0.0",
        "info": {"version": "1.0.0", "title": title},
        "paths": {},
        "components": {"schemas": components},
    }
    return orjson.dumps(document).decode()


class _Layout:
    """Gives every object of a shape a component of its own."""

    def __init__(self, components: dict[str, Shape]) -> None:
        self.components = components

    def place(self, name: str, shape: Shape) -> Shape:
        """The component ``name`` is this shape afterwards; a reference to it."""
        name = self._free(name)
        self.components[name] = {}  # taken, before what is inside looks for names
        written = {**shape}
        if "properties" in shape:
            inside = shape["properties"].items()
            written["properties"] = {key: self._inside(key, value, name) for key, value in inside}
        elif "items" in shape:
            written["items"] = self._inside(f"{name}Item", shape["items"], name)
        self.components[name] = written
        return {"$ref": _REF + name}

    def _inside(self, key: str, shape: Shape, parent: str) -> Shape:
        if "properties" in shape:
            return self.place(class_name(key), shape)
        if "items" in shape:
            return {**shape, "items": self._inside(f"{parent}Item", shape["items"], parent)}
        return shape

    def _free(self, name: str) -> str:
        """Different objects may bear the same name in different places of an event."""
        number, free = 0, name
        while free in self.components:
            number += 1
            free = f"{name}_{number}"
        return free
