"""What the models cannot say about validation: ``"validation"`` in ``patches/<service>.json``.

``"off"``: the service checks and words everything itself. Otherwise an object of

- ``code``: the error code, where it is neither ValidationError (query services) nor ValidationException;
- ``exempt``: ``Shape.Member`` or ``Shape`` that the service checks itself, in other words;
- ``enums``: ``Shape`` to the values in the order that AWS prints them (that of a hash table of theirs);
- ``lists``: list shapes to the values that AWS names for their members, without ``Member must satisfy
  constraint``; what the model's enum has besides them is taken as well;
- ``order``: structures to members whose problems AWS reports first, in this order;
- ``patterns``: a pattern to what AWS says of it instead: another demand (``Member must ...``), or a whole
  message, in which ``{name}`` is the member;
- ``unmodelled``: structures to members that AWS prints besides those of the model, always null;
- ``body``: what AWS writes after the operation's name to stand for the body (``createStageInput.stageName``
  for ``Input``); members of path, query and headers have no such prefix;
- ``null_members``: true where AWS does not say of the members of collections that they must not be null;
- ``hidden``: shapes whose values are not printed, besides those that the model calls sensitive.
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
class Rules:
    code: str
    is_off: bool = False
    exempt: frozenset[str] = frozenset()
    enums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    order: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    patterns: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    unmodelled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    body: str = ""
    null_members: bool = False


def read_rules(model: ServiceModel) -> Rules:
    """The rules of a service; without a patch those that its protocol implies."""
    protocols = model.metadata.get("protocols", [model.metadata["protocol"]])
    code = "ValidationError" if "query" in protocols else "ValidationException"
    path = PATCHES / f"{model.service_name}.json"
    patch = json.loads(path.read_text()).get("validation", {}) if path.exists() else {}
    return Rules(code, is_off=True) if patch == "off" else _rules(code, patch)


def _rules(code: str, patch: Mapping[str, Any]) -> Rules:
    return Rules(
        patch.get("code", code),
        exempt=frozenset(patch.get("exempt", ())),
        enums=_tuples(patch.get("enums", {})),
        lists=_tuples(patch.get("lists", {})),
        order=_tuples(patch.get("order", {})),
        patterns=patch.get("patterns", {}),
        hidden=frozenset(patch.get("hidden", ())),
        unmodelled=_tuples(patch.get("unmodelled", {})),
        body=patch.get("body", ""),
        null_members=patch.get("null_members", False),
    )


def _tuples(lists: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(values) for name, values in lists.items()}
