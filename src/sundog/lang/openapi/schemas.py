"""Schemas of a document as schemas of models (JSON Schema draft 4), and back.

A definition of the document is a model; ``$ref`` to it is a reference to that model, so circles are nothing
special. What a response or a body describes in place becomes a model with a name of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sundog.lang.openapi.api import MODEL_PREFIX, Model
from sundog.lang.openapi.document import NODES_MAX, InvalidDocument, mapping
from sundog.lang.openapi.pointers import find

DEFINITIONS = ("#/definitions/", "#/components/schemas/")
DEPTH_MAX = 100

# Words of OpenAPI that JSON Schema draft 4 does not have. API Gateway drops them, as it says in its list of
# known issues (api-gateway-known-issues).
DROPPED = frozenset(
    {"discriminator", "example", "examples", "xml", "externalDocs", "readOnly", "writeOnly", "deprecated"}
)
# Below these, keys are names of the schema's own.
NAMED = frozenset({"properties", "patternProperties", "definitions", "dependencies"})
# Below these stands data, not a schema.
DATA = frozenset({"enum", "default", "required"})


class Schemas:
    """The models of a document; they grow while its operations are read."""

    def __init__(
        self, document: Mapping[str, Any], warn: Callable[[str], None], new_name: Callable[[], str]
    ) -> None:
        self.document = document
        self.warn = warn
        self.new_name = new_name
        self.count = 0
        self.defined = mapping(document.get("definitions")) or mapping(
            mapping(document.get("components")).get("schemas")
        )
        self.models = {
            name: Model(name, self._converted(mapping(schema), 0)) for name, schema in self.defined.items()
        }

    def name_of(self, schema: Any) -> str:
        """The model of a schema that an operation refers to or describes; empty if there is none."""
        if not isinstance(schema, dict) or not schema:
            return ""
        reference = schema.get("$ref")
        if isinstance(reference, str):
            name = definition_name(reference)
            if name in self.models:
                return name
            self.warn(f"Reference to model '{name or reference}' not found. Ignoring.")
            return ""
        name = self.new_name()
        self.models[name] = Model(name, self._converted(schema, 0))
        return name

    def _converted(self, schema: Any, depth: int) -> Any:
        self.count += 1
        if self.count > NODES_MAX:
            raise InvalidDocument("references that multiply")
        if isinstance(schema, list):
            return [self._converted(item, depth + 1) for item in schema]
        if not isinstance(schema, dict) or depth > DEPTH_MAX:
            return schema if not isinstance(schema, dict) else {}
        if isinstance(schema.get("$ref"), str):
            return self._referred(schema["$ref"], depth)
        converted = {}
        for key, value in schema.items():
            if key in DATA:
                converted[key] = value
            elif key in NAMED and isinstance(value, dict):
                converted[key] = {name: self._converted(inner, depth + 1) for name, inner in value.items()}
            elif key not in DROPPED and not key.startswith("x-"):
                converted[key] = self._converted(value, depth + 1)
        return converted

    def _referred(self, reference: str, depth: int) -> Any:
        name = definition_name(reference)
        if name in self.defined:
            return {"$ref": f"{MODEL_PREFIX}{name}"}
        target = find(self.document, reference) if not name else None
        if isinstance(target, dict):
            return self._converted(target, depth + 10)
        self.warn(f"Reference to model '{name or reference}' not found. Ignoring.")
        return {}


def definition_name(reference: str) -> str:
    """The name of the definition that a reference is about; empty for any other reference."""
    for prefix in DEFINITIONS:
        rest = reference.removeprefix(prefix)
        if rest != reference and "/" not in rest:
            return rest
    return ""


def with_references(schema: Any, change: Callable[[str], str]) -> Any:
    """``schema`` with every ``$ref`` changed."""
    if isinstance(schema, list):
        return [with_references(item, change) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: change(value) if key == "$ref" and isinstance(value, str) else with_references(value, change)
        for key, value in schema.items()
    }


def references(schema: Any) -> Iterator[str]:
    """Every ``$ref`` in ``schema``."""
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for value in schema.values():
            yield from references(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from references(item)
