"""The values of Lambda: functions, their versions, and what stands beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sundog.scope import Scope
from sundog.services.lambda_.names import LATEST, function_arn

State = Literal["Pending", "Active", "Failed"]
UpdateStatus = Literal["", "InProgress", "Successful", "Failed"]
SettingKind = Literal["alias", "policy", "event_invoke", "url", "provisioned", "runtime_management"]


@dataclass(frozen=True, slots=True)
class Function:
    """What holds for all versions. ``id`` tells a function from an earlier one of the same name."""

    scope: Scope
    name: str
    id: str
    last_version: int
    reserved: int | None
    tags: Mapping[str, str]
    recursion: str
    code_signing_arn: str

    @property
    def arn(self) -> str:
        return function_arn(self.scope, self.name)


@dataclass(frozen=True, slots=True)
class Version:
    """``$LATEST`` or a published version. ``settings`` are members of FunctionConfiguration.

    ``code`` is the bundle's key (or names an image or a watched folder), ``layers`` the keys of its layers'
    bundles in order. ``generation`` counts the updates: environments of another generation are not used
    again. ``published_from`` is the digest of the ``$LATEST`` a published version was made from.
    """

    scope: Scope
    name: str
    version: str
    revision: str
    modified_ms: int
    state: State
    update_status: UpdateStatus
    generation: int
    code: str
    unzipped_bytes: int
    layers: tuple[str, ...]
    settings: Mapping[str, Any]
    published_from: str = ""
    failure: str = ""
    """Why its code cannot be used, where it is Failed."""

    @property
    def is_latest(self) -> bool:
        return self.version == LATEST

    @property
    def arn(self) -> str:
        return function_arn(self.scope, self.name, "" if self.is_latest else self.version)

    @property
    def log_group(self) -> str:
        group: str = self.settings["LoggingConfig"]["LogGroup"]
        return group


@dataclass(frozen=True, slots=True)
class Bundle:
    """A zip that was taken in: ``key`` finds it again, ``sha256`` is base64 as AWS writes it."""

    key: str
    sha256: str
    size: int
    unzipped_bytes: int


@dataclass(frozen=True, slots=True)
class LayerVersion:
    """``body`` are members of PublishLayerVersionResponse that do not follow from the rest."""

    scope: Scope
    name: str
    version: int
    code: str
    size: int
    unzipped_bytes: int
    body: Mapping[str, Any]
    policy: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """Something kept for one qualifier of a function (an alias, a policy, an event invoke config, ...)."""

    kind: SettingKind
    qualifier: str
    body: Mapping[str, Any]
    handle: str = ""


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """An event source mapping. ``body`` are members of EventSourceMappingConfiguration."""

    scope: Scope
    uuid: str
    function_arn: str
    source_arn: str
    state: str
    body: Mapping[str, Any]
