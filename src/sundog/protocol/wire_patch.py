"""What a model lacks about its older wire: from ``patches/<service>.json``.

- ``errors``: error shapes to the code and status they have in the query protocol. JSON answers of such a
  service carry that code in ``x-amzn-query-error``.
- ``capital_messages``: errors whose text stands in ``Message`` of JSON and CBOR, whatever the model says;
- ``query``: the names of the query protocol: ``xmlNamespace``, ``resultWrapper``, ``flattened_lists`` (list
  shape to the name of its members) and ``flattened_maps`` (map shape to its own
  name and those of key and value).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.model import ServiceModel

PATCHES = Path(__file__).parent / "patches"


@dataclass(frozen=True, slots=True)
class WirePatch:
    errors: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    capital_messages: frozenset[str] = frozenset()


def read_wire_patch(service: str) -> WirePatch:
    path = PATCHES / f"{service}.json"
    patch = json.loads(path.read_text()) if path.exists() else {}
    capital = frozenset(patch.get("capital_messages", ()))
    return WirePatch(patch.get("errors", {}), patch.get("query", {}), capital)


def query_model(model: ServiceModel, description: Mapping[str, Any], patch: WirePatch) -> ServiceModel:
    """The model as the query protocol has it; ``description`` is the model's JSON."""
    if not patch.query:
        return model
    lists, maps = patch.query.get("flattened_lists", {}), patch.query.get("flattened_maps", {})
    shapes = {name: _patched(name, shape, lists, maps) for name, shape in description["shapes"].items()}
    wrapper = patch.query["resultWrapper"]
    operations = {name: _wrapped(name, each, wrapper) for name, each in description["operations"].items()}
    metadata = {**description["metadata"], "xmlNamespace": patch.query["xmlNamespace"]}
    whole = {**description, "metadata": metadata, "operations": operations, "shapes": shapes}
    return ServiceModel(whole, model.service_name)


def _patched(name: str, shape: Any, lists: Mapping[str, str], maps: Mapping[str, list[str]]) -> Any:
    if name in lists:
        return {**shape, "flattened": True, "member": {**shape["member"], "locationName": lists[name]}}
    if name in maps:
        _, key, value = maps[name]
        named = {
            "key": {**shape["key"], "locationName": key},
            "value": {**shape["value"], "locationName": value},
        }
        return {**shape, "flattened": True, **named}
    if shape["type"] != "structure":
        return shape
    members = {
        member: {**held, "locationName": maps[held["shape"]][0]} if held["shape"] in maps else held
        for member, held in shape["members"].items()
    }
    return {**shape, "members": members}


def _wrapped(name: str, operation: Any, wrapper: str) -> Any:
    if "output" not in operation:
        return operation
    return {**operation, "output": {**operation["output"], "resultWrapper": wrapper.format(operation=name)}}
