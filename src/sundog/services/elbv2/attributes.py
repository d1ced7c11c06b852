"""Attributes of load balancers, target groups and listeners: which there are, defaults, allowed values.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html and
API_TargetGroupAttribute.html, API_ListenerAttribute.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sundog.errors import UnsupportedOperation
from sundog.services.elbv2.errors import invalid, misconfigured
from sundog.services.elbv2.model import Resource

Demand = Callable[[str], str]
"""What is wrong with a value, empty when nothing is."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """``refused``: a value of it that is no use here (``*``: any but the default), with the reason."""

    default: str
    demand: Demand
    refused: tuple[str, str] = ("", "")


def _one_of(*choices: str) -> Demand:
    listed = ", ".join(f"'{choice}'" for choice in choices)
    return lambda value: "" if value in choices else f"must be one of [{listed}]"


def _between(low: int, high: int, *others: str) -> Demand:
    def demand(value: str) -> str:
        if value in others or (re.fullmatch(r"\d{1,9}", value) and low <= int(value) <= high):
            return ""
        alternative = "".join(f" or '{other}'" for other in others)
        return f"must be between '{low}' and '{high}'{alternative}"

    return demand


def _text(value: str) -> str:
    return "" if len(value) <= 1024 and value.isprintable() else "must be a text of at most 1024 characters"


_IS_ON: Final = _one_of("true", "false")
_NO_S3: Final = ("true", "Logs of load balancers go to S3, which is not here: look at the metrics instead.")
_NO_TLS: Final = ("*", "Targets are not told about TLS: leave headers about it out.")
_NO_PORT: Final = ("true", "Ports of clients are not kept: leave them out of X-Forwarded-For.")
_OFF: Final = Attribute("false", _IS_ON)

LOAD_BALANCER: Final[Mapping[str, Attribute]] = {
    "access_logs.s3.enabled": Attribute("false", _IS_ON, _NO_S3),
    "access_logs.s3.bucket": Attribute("", _text),
    "access_logs.s3.prefix": Attribute("", _text),
    "connection_logs.s3.enabled": Attribute("false", _IS_ON, _NO_S3),
    "connection_logs.s3.bucket": Attribute("", _text),
    "connection_logs.s3.prefix": Attribute("", _text),
    "health_check_logs.s3.enabled": Attribute("false", _IS_ON, _NO_S3),
    "health_check_logs.s3.bucket": Attribute("", _text),
    "health_check_logs.s3.prefix": Attribute("", _text),
    "client_keep_alive.seconds": Attribute("3600", _between(60, 604_800)),
    "deletion_protection.enabled": _OFF,
    "idle_timeout.timeout_seconds": Attribute("60", _between(1, 4_000)),
    "ipv6.deny_all_igw_traffic": _OFF,
    "load_balancing.cross_zone.enabled": Attribute("true", _IS_ON),
    "routing.http.desync_mitigation_mode": Attribute(
        "defensive", _one_of("monitor", "defensive", "strictest")
    ),
    "routing.http.drop_invalid_header_fields.enabled": _OFF,
    "routing.http.preserve_host_header.enabled": _OFF,
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": Attribute("false", _IS_ON, _NO_TLS),
    "routing.http.xff_client_port.enabled": Attribute("false", _IS_ON, _NO_PORT),
    "routing.http.xff_header_processing.mode": Attribute("append", _one_of("append", "preserve", "remove")),
    "routing.http2.enabled": Attribute("true", _IS_ON),
    "waf.fail_open.enabled": _OFF,
    "zonal_shift.config.enabled": _OFF,
}
_ON_NETWORK_ONLY: Final = frozenset(
    ("dns_record.client_routing_policy", "secondary_ips.auto_assigned.per_subnet")
)

_HEALTH: Final[Mapping[str, Attribute]] = {
    "load_balancing.cross_zone.enabled": Attribute(
        "use_load_balancer_configuration", _one_of("true", "false", "use_load_balancer_configuration")
    ),
    "target_group_health.dns_failover.minimum_healthy_targets.count": Attribute(
        "1", _between(1, 1_000, "off")
    ),
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": Attribute(
        "off", _between(1, 100, "off")
    ),
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": Attribute(
        "1", _between(1, 1_000)
    ),
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": Attribute(
        "off", _between(1, 100, "off")
    ),
}
_SLOW_START: Final = ("*", "Targets get their full share at once: leave slow start out.")
_APP_COOKIE: Final = ("app_cookie", "Stickiness by a target's own cookie is not built: use lb_cookie.")
_MITIGATION: Final = ("on", "Anomalies are not looked for: leave anomaly mitigation off.")
SERVERS: Final[Mapping[str, Attribute]] = {
    "deregistration_delay.timeout_seconds": Attribute("300", _between(0, 3_600)),
    "stickiness.enabled": _OFF,
    "stickiness.type": Attribute("lb_cookie", _one_of("lb_cookie", "app_cookie"), _APP_COOKIE),
    "stickiness.lb_cookie.duration_seconds": Attribute("86400", _between(1, 604_800)),
    "stickiness.app_cookie.cookie_name": Attribute("", _text),
    "stickiness.app_cookie.duration_seconds": Attribute("86400", _between(1, 604_800)),
    "slow_start.duration_seconds": Attribute("0", _between(30, 900, "0"), _SLOW_START),
    "load_balancing.algorithm.type": Attribute(
        "round_robin", _one_of("round_robin", "least_outstanding_requests", "weighted_random")
    ),
    "load_balancing.algorithm.anomaly_mitigation": Attribute("off", _one_of("on", "off"), _MITIGATION),
    **_HEALTH,
}
FUNCTIONS: Final[Mapping[str, Attribute]] = {
    "lambda.multi_value_headers.enabled": _OFF,
    **{name: one for name, one in _HEALTH.items() if name.startswith("target_group_health.")},
}
_GROUPS_ELSEWHERE: Final = frozenset(
    (
        "deregistration_delay.connection_termination.enabled",
        "preserve_client_ip.enabled",
        "proxy_protocol_v2.enabled",
        "target_failover.on_deregistration",
        "target_failover.on_unhealthy",
        "target_health_state.unhealthy.connection_termination.enabled",
        "target_health_state.unhealthy.draining_interval_seconds",
    )
)

RESPONSE_HEADERS: Final[Mapping[str, str]] = {
    f"routing.http.response.{name}.header_value": "-".join(part.capitalize() for part in name.split("_"))
    for name in (
        "strict_transport_security",
        "access_control_allow_origin",
        "access_control_allow_methods",
        "access_control_allow_headers",
        "access_control_allow_credentials",
        "access_control_expose_headers",
        "access_control_max_age",
        "content_security_policy",
        "x_content_type_options",
        "x_frame_options",
    )
}
"""Attributes of a listener that add a header to every answer, and that header."""

LISTENER: Final[Mapping[str, Attribute]] = {
    "routing.http.response.server.enabled": Attribute("true", _IS_ON),
    **{name: Attribute("", _text) for name in RESPONSE_HEADERS},
}
_CERTIFICATE_FIELDS: Final = ("_serial_number", "_issuer", "_subject", "_validity", "_leaf", "")
SECURE_LISTENER: Final[Mapping[str, Attribute]] = {
    **{
        f"routing.http.request.x_amzn_mtls_clientcert{part}.header_name": Attribute("", _text, _NO_TLS)
        for part in _CERTIFICATE_FIELDS
    },
    "routing.http.request.x_amzn_tls_version.header_name": Attribute("", _text, _NO_TLS),
    "routing.http.request.x_amzn_tls_cipher_suite.header_name": Attribute("", _text, _NO_TLS),
    **LISTENER,
}


def known_attributes(resource: Resource) -> Mapping[str, Attribute]:
    if resource.kind == "loadbalancer":
        return LOAD_BALANCER
    if resource.kind == "listener":
        return SECURE_LISTENER if resource.shape["Protocol"] == "HTTPS" else LISTENER
    return FUNCTIONS if resource.shape["TargetType"] == "lambda" else SERVERS


def value_of(resource: Resource, name: str) -> str:
    set_value = resource.attributes.get(name)
    return known_attributes(resource)[name].default if set_value is None else set_value


def shown(resource: Resource) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value_of(resource, name)} for name in known_attributes(resource)]


def changed(resource: Resource, given: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The attributes of ``resource`` with ``given``, or the error for one that cannot be."""
    known = known_attributes(resource)
    attributes = dict(resource.attributes)
    for one in given:
        name, value = one.get("Key") or "", one.get("Value") or ""
        if name not in known:
            raise _unknown(resource, name)
        _check(resource, name, value, known[name])
        attributes[name] = value
    return attributes


def _unknown(resource: Resource, name: str) -> Exception:
    if resource.kind == "targetgroup":
        if name in SERVERS or name in FUNCTIONS or name in _GROUPS_ELSEWHERE:
            return misconfigured("The provided target group attribute is not supported")
        return invalid(f"Target group attribute key '{name}' is not recognized")
    noun = "Load balancer" if resource.kind == "loadbalancer" else "Listener"
    if name in _ON_NETWORK_ONLY or (resource.kind == "listener" and name in SECURE_LISTENER):
        kind = (
            "listeners with the HTTP protocol"
            if noun == "Listener"
            else "load balancers with type 'application'"
        )
        return misconfigured(f"{noun} attribute key '{name}' is not supported on {kind}")
    return invalid(f"{noun} attribute key '{name}' is not recognized")


def _check(resource: Resource, name: str, value: str, attribute: Attribute) -> None:
    if problem := attribute.demand(value):
        raise invalid(f"The value '{value}' of the attribute '{name}' is not valid: it {problem}")
    if resource.kind == "loadbalancer" and name == "load_balancing.cross_zone.enabled" and value == "false":
        raise misconfigured(
            f"Load balancer attribute key '{name}' is not supported on load balancers with type 'application'"
        )
    refused, remedy = attribute.refused
    if refused and value != attribute.default and refused in ("*", value):
        raise UnsupportedOperation(what=f"the attribute {name} with the value {value}", remedy=remedy)
