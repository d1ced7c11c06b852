"""What may be patched in a stage: its members, the settings of its methods, its canary.

Method settings are named ``/{resource path}/{HTTP method}/{group}/{setting}``, where the resource path is
escaped (``~1pets~1{id}``) or ``*`` stands for all; under that name, without the first slash, they are kept
and shown.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sundog.services.apigateway.edits import Read, entry, flag, integer, member, number, text
from sundog.services.apigateway.errors import BadRequestException
from sundog.services.apigateway.methods import HTTP_METHODS
from sundog.services.apigateway.model import Body
from sundog.services.apigateway.patching import Change, Edit, PatchTable, Spot, parse_operations

_PATHS: Final = (
    "/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId,"
    " /accessLogSettings, /accessLogSettings/destinationArn, /accessLogSettings/format,"
    " /{resourcePath}/{httpMethod}/metrics/enabled, /{resourcePath}/{httpMethod}/logging/dataTrace,"
    " /{resourcePath}/{httpMethod}/logging/loglevel,"
    " /{resourcePath}/{httpMethod}/throttling/burstLimit"
    "/{resourcePath}/{httpMethod}/throttling/rateLimit"
    "/{resourcePath}/{httpMethod}/caching/ttlInSeconds,"
    " /{resourcePath}/{httpMethod}/caching/enabled, /{resourcePath}/{httpMethod}/caching/dataEncrypted,"
    " /{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl,"
    " /{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy,"
    " /*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, /*/*/throttling/burstLimit"
    " /*/*/throttling/rateLimit /*/*/caching/ttlInSeconds, /*/*/caching/enabled, /*/*/caching/dataEncrypted,"
    " /*/*/caching/requireAuthorizationForCacheControl,"
    " /*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, /tracingEnabled"
)
"""As AWS lists them, where it forgets a comma too."""

SETTINGS: Final[Mapping[str, tuple[str, Read]]] = {
    "metrics/enabled": ("metricsEnabled", flag),
    "logging/dataTrace": ("dataTraceEnabled", flag),
    "logging/loglevel": ("loggingLevel", text),
    "throttling/burstLimit": ("throttlingBurstLimit", integer),
    "throttling/rateLimit": ("throttlingRateLimit", number),
    "caching/enabled": ("cachingEnabled", flag),
    "caching/ttlInSeconds": ("cacheTtlInSeconds", integer),
    "caching/dataEncrypted": ("cacheDataEncrypted", flag),
    "caching/requireAuthorizationForCacheControl": ("requireAuthorizationForCacheControl", flag),
    "caching/unauthorizedCacheControlHeaderStrategy": ("unauthorizedCacheControlHeaderStrategy", text),
}

DEFAULT_SETTING: Final[Mapping[str, Any]] = {
    "metricsEnabled": False,
    "dataTraceEnabled": False,
    "throttlingBurstLimit": 5_000,
    "throttlingRateLimit": 10_000.0,
    "cachingEnabled": False,
    "cacheTtlInSeconds": 300,
    "cacheDataEncrypted": False,
    "requireAuthorizationForCacheControl": True,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}

_PROMOTED: Final[Mapping[str, str]] = {
    "/deploymentId": "/canarySettings/deploymentId",
    "/variables": "/canarySettings/stageVariableOverrides",
}
"""What a copy may write, from where."""


def _canary(name: str, read: Read, blank: Any) -> Edit:
    """Naming a setting of a canary that is not there makes one: of the stage's own deployment, for nobody."""
    set_member = member("canarySettings", name, read=read, blank=blank)

    def edit(body: Body, change: Change) -> None:
        begin_canary(body)
        set_member(body, change)

    return edit


def begin_canary(body: Body) -> None:
    if "canarySettings" not in body:
        body["canarySettings"] = {
            "percentTraffic": 0.0,
            "deploymentId": body["deploymentId"],
            "useStageCache": False,
        }


def _override(body: Body, change: Change) -> None:
    known = body.get("canarySettings", {}).get("stageVariableOverrides", {})
    if change.op == "remove" and change.segments[-1] not in known:
        raise _no_setting(change.path.removeprefix("/"))
    begin_canary(body)
    _SET_OVERRIDE(body, change)


_SET_OVERRIDE: Final = entry("canarySettings", "stageVariableOverrides")

STAGE: Final = PatchTable(
    (
        Spot("/deploymentId", "replace", member("deploymentId", blank="")),
        Spot("/description", "replace remove", member("description")),
        Spot("/cacheClusterEnabled", "replace", member("cacheClusterEnabled", read=flag)),
        Spot("/cacheClusterSize", "replace", member("cacheClusterSize")),
        Spot("/clientCertificateId", "replace remove", member("clientCertificateId")),
        Spot("/documentationVersion", "replace remove", member("documentationVersion")),
        Spot("/tracingEnabled", "replace", member("tracingEnabled", read=flag)),
        Spot("/variables/{name}", "add replace remove", entry("variables")),
        Spot("/accessLogSettings", "remove", member("accessLogSettings")),
        Spot(
            "/accessLogSettings/destinationArn", "add replace", member("accessLogSettings", "destinationArn")
        ),
        Spot("/accessLogSettings/format", "add replace", member("accessLogSettings", "format")),
        Spot("/canarySettings", "remove", member("canarySettings")),
        Spot("/canarySettings/deploymentId", "replace", _canary("deploymentId", text, "")),
        Spot("/canarySettings/percentTraffic", "replace", _canary("percentTraffic", number, 0.0)),
        Spot("/canarySettings/useStageCache", "replace", _canary("useStageCache", flag, False)),
        Spot("/canarySettings/stageVariableOverrides/{name}", "add replace remove", _override),
    ),
)


def patch_stage(body: Mapping[str, Any], operations: Iterable[Mapping[str, Any]] | None) -> Body:
    patched = copy.deepcopy(dict(body))
    for change in parse_operations(operations):
        _edit_of(change)(patched, change)
    return patched


def _edit_of(change: Change) -> Edit:
    if change.op == "copy":
        return _promote
    if (spot := STAGE.match(change)) is not None:
        return spot.edit
    if change.op == "remove":
        return _remove_setting
    if change.op == "replace" or _setting_of(change.path) is not None:
        return _replace_setting
    raise BadRequestException(f"Invalid {change.op} operation with path: {change.path}")


def _replace_setting(body: Body, change: Change) -> None:
    found = _setting_of(change.path)
    if found is None:
        raise BadRequestException(f"Invalid method setting path: {change.path}. Must be one of: [{_PATHS}]")
    key, (name, read) = found
    setting = body.setdefault("methodSettings", {}).setdefault(key, dict(DEFAULT_SETTING))
    setting[name] = read(change.value or "")
    check_setting(setting)


def _remove_setting(body: Body, change: Change) -> None:
    key = change.path.removeprefix("/")
    if key not in body.get("methodSettings", {}):
        raise _no_setting(key)
    del body["methodSettings"][key]


def _no_setting(key: str) -> BadRequestException:
    """Whatever is to be removed and is not there, AWS calls it a method setting."""
    return BadRequestException(
        f"Cannot remove method setting {key} because there is no method setting for this method "
    )


def _setting_of(path: str) -> tuple[str, tuple[str, Read]] | None:
    """``/~1pets/GET/caching/enabled`` as the key of the method and what is set there."""
    parts = path.removeprefix("/").split("/")
    setting = SETTINGS.get("/".join(parts[-2:]))
    if len(parts) < 4 or setting is None or parts[-3] not in (*HTTP_METHODS, "*"):
        return None
    return "/".join(parts[:-2]), setting


def _promote(body: Body, change: Change) -> None:
    """Copy from the canary to the stage. Overrides are written over the stage's variables, the rest stay."""
    if _PROMOTED.get(change.path) != change.source:
        raise BadRequestException(
            f"Invalid copy operation with path: {change.path} and from {change.source}. Valid copy:path are"
            f" [{', '.join(_PROMOTED)}] and valid copy:from are [{', '.join(_PROMOTED.values())}]"
        )
    if "canarySettings" not in body:
        raise BadRequestException("Promotion not available. Canary does not exist.")
    canary = body["canarySettings"]
    if change.path == "/deploymentId":
        body["deploymentId"] = canary["deploymentId"]
    elif "stageVariableOverrides" in canary:
        body["variables"] = {**body.get("variables", {}), **canary["stageVariableOverrides"]}


_LEVELS: Final = ("OFF", "ERROR", "INFO")
_STRATEGIES: Final = ("FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER", "SUCCEED_WITHOUT_RESPONSE_HEADER")
_TTL_MAX: Final = 3_600


def check_setting(setting: Mapping[str, Any]) -> None:
    if setting.get("loggingLevel", "OFF") not in _LEVELS:
        raise BadRequestException(f"Invalid logging level specified. Must be one of: [{', '.join(_LEVELS)}]")
    if not 0 <= setting["cacheTtlInSeconds"] <= _TTL_MAX:
        raise BadRequestException(f"Invalid cache TTL specified, must be between 0 and {_TTL_MAX} seconds")
    if setting["unauthorizedCacheControlHeaderStrategy"] not in _STRATEGIES:
        raise BadRequestException(
            "Invalid unauthorized cache control header strategy specified. Must be one of:"
            f" [{', '.join(_STRATEGIES)}]"
        )
