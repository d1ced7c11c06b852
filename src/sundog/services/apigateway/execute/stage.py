"""A stage as the data plane reads it: variables, settings of its methods, canary, log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sundog.front.access_log import Format, compile_format

ACCOUNT_RATE: Final = 10_000.0
ACCOUNT_BURST: Final = 5_000
TTL_S_DEFAULT: Final = 300


@dataclass(frozen=True, slots=True)
class Settings:
    """What a stage says of a method. Rates are None where only the account's holds."""

    rate: float | None = None
    burst: float | None = None
    logging: str = "OFF"
    with_data: bool = False
    has_metrics: bool = False
    is_cached: bool = False
    ttl_ms: int = TTL_S_DEFAULT * 1_000
    invalidation_needs_permission: bool = True
    invalidation_strategy: str = "SUCCEED_WITH_RESPONSE_HEADER"


@dataclass(frozen=True, slots=True)
class Canary:
    deployment_id: str
    percent: float
    uses_stage_cache: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """``settings`` by resource path and HTTP method; ``*/*`` for all that have none of their own."""

    name: str
    deployment_id: str
    variables: Mapping[str, str] = field(default_factory=dict)
    canary_variables: Mapping[str, str] = field(default_factory=dict)
    canary: Canary | None = None
    settings: Mapping[tuple[str, str], Settings] = field(default_factory=dict)
    is_traced: bool = False
    has_cache: bool = False
    cache_size_gb: float = 0.5
    log_arn: str = ""
    log_format: Format | None = None
    web_acl_arn: str = ""
    client_certificate_id: str = ""

    def settings_of(self, path: str, http_method: str) -> Settings:
        found = self.settings.get((path, http_method))
        if found is None:
            found = self.settings.get(("*", "*"), _DEFAULT)
        return found


_DEFAULT: Final = Settings()


def read_stage(body: Mapping[str, Any]) -> Stage:
    """A stage from what GetStage answers."""
    canary = body.get("canarySettings") or {}
    variables = body.get("variables") or {}
    log = body.get("accessLogSettings") or {}
    return Stage(
        name=body["stageName"],
        deployment_id=body.get("deploymentId") or "",
        variables=dict(variables),
        canary_variables={**variables, **(canary.get("stageVariableOverrides") or {})},
        canary=_read_canary(canary),
        settings=_read_settings(body.get("methodSettings") or {}),
        is_traced=bool(body.get("tracingEnabled")),
        has_cache=bool(body.get("cacheClusterEnabled")),
        cache_size_gb=float(body.get("cacheClusterSize") or 0.5),
        log_arn=log.get("destinationArn") or "",
        log_format=compile_format(log["format"]) if log.get("format") else None,
        web_acl_arn=body.get("webAclArn") or "",
        client_certificate_id=body.get("clientCertificateId") or "",
    )


def _read_canary(canary: Mapping[str, Any]) -> Canary | None:
    if not canary.get("deploymentId"):
        return None
    percent = float(canary.get("percentTraffic") or 0.0)
    return Canary(canary["deploymentId"], percent, bool(canary.get("useStageCache")))


def _read_settings(settings: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], Settings]:
    return {_key(name): _read_setting(one) for name, one in settings.items()}


def _key(name: str) -> tuple[str, str]:
    """``~1pets~1{id}/GET`` or ``pets/GET`` -> ``("/pets/{id}", "GET")``."""
    path, _, http_method = name.rpartition("/")
    path = path.replace("~1", "/").replace("~0", "~")
    return ("*" if path == "*" else "/" + path.strip("/")), http_method


def _read_setting(one: Mapping[str, Any]) -> Settings:
    rate, burst = one.get("throttlingRateLimit"), one.get("throttlingBurstLimit")
    ttl_s = one.get("cacheTtlInSeconds")
    return Settings(
        rate=None if rate is None or rate < 0 else float(rate),
        burst=None if burst is None or burst < 0 else float(burst),
        logging=one.get("loggingLevel") or "OFF",
        with_data=bool(one.get("dataTraceEnabled")),
        has_metrics=bool(one.get("metricsEnabled")),
        is_cached=bool(one.get("cachingEnabled")),
        ttl_ms=(TTL_S_DEFAULT if ttl_s is None else int(ttl_s)) * 1_000,
        invalidation_needs_permission=bool(one.get("requireAuthorizationForCacheControl", True)),
        invalidation_strategy=one.get("unauthorizedCacheControlHeaderStrategy")
        or "SUCCEED_WITH_RESPONSE_HEADER",
    )
