"""What API Gateway keeps, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sundog.scope import Scope

Kind = Literal[
    "account",
    "api_key",
    "authorizer",
    "base_path_mapping",
    "cache_flush",
    "client_certificate",
    "deployment",
    "documentation_part",
    "documentation_version",
    "domain_name",
    "gateway_response",
    "method",
    "model",
    "request_validator",
    "resource",
    "rest_api",
    "snapshot",
    "stage",
    "usage_plan",
    "usage_plan_key",
    "vpc_link",
]

Body = dict[str, Any]
"""Members of a resource under their wire names, as the Get operation answers them."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of an account (``owner`` is empty) or of an API, usage plan or domain name.

    ``id`` is unique among those of one kind and owner: an identifier, or the name where AWS calls it by name;
    of a method ``<resource id>/<HTTP method>``. ``handle``: what it is found by without knowing its scope
    (an API's id, a domain's name, a key's value). ``number`` is its place in lists.
    """

    scope: Scope
    kind: Kind
    id: str
    body: Mapping[str, Any]
    owner: str = ""
    handle: str = ""
    number: int = 0
