"""A REST API as a document describes it: members under the names of API Gateway's operations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Model:
    """``schema`` is JSON Schema draft 4, where ``{"$ref": MODEL_PREFIX + name}`` is another model."""

    name: str
    schema: Values


@dataclass(frozen=True, slots=True)
class Method:
    """``values`` are those of PutMethod, but authorizer and validator are named by their names.

    ``responses`` are those of PutMethodResponse by status, ``integration`` is that of PutIntegration (None if
    the document has none), ``integration_responses`` those of PutIntegrationResponse.
    """

    path: str
    http_method: str
    values: Values
    authorizer: str
    validator: str
    responses: Mapping[str, Values]
    integration: Values | None
    integration_responses: tuple[Values, ...]


@dataclass(frozen=True, slots=True)
class Api:
    """``rest_api``: members of CreateRestApi. ``paths``: all of them, also those without methods."""

    rest_api: Values
    paths: tuple[str, ...]
    methods: tuple[Method, ...]
    models: tuple[Model, ...]
    validators: tuple[Values, ...]
    authorizers: tuple[Values, ...]
    gateway_responses: tuple[Values, ...]
    documentation: tuple[Values, ...]
    warnings: tuple[str, ...]


# A reference to a model inside the schema of another, until the API has an id.
MODEL_PREFIX = "model:"
