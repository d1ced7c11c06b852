"""Operations of EventBridge that are refused by name, each with what to do instead."""

from __future__ import annotations

from collections.abc import Mapping

_ARCHIVES = "Keep events with a rule whose target is a log group or a queue."
_DESTINATIONS = "Call the HTTP endpoint from a function that the rule targets."
_PARTNERS = "There are no partners to sundog: put the events they would send with PutEvents."
_ENDPOINTS = "One sundog is one region pair already: put events on the bus of the region itself."

REFUSED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "CancelReplay",
            "CreateArchive",
            "DeleteArchive",
            "DescribeArchive",
            "DescribeReplay",
            "ListArchives",
            "ListReplays",
            "StartReplay",
            "UpdateArchive",
        ),
        _ARCHIVES,
    ),
    **dict.fromkeys(
        (
            "CreateApiDestination",
            "CreateConnection",
            "DeauthorizeConnection",
            "DeleteApiDestination",
            "DeleteConnection",
            "DescribeApiDestination",
            "DescribeConnection",
            "ListApiDestinations",
            "ListConnections",
            "UpdateApiDestination",
            "UpdateConnection",
        ),
        _DESTINATIONS,
    ),
    **dict.fromkeys(
        ("CreateEndpoint", "DeleteEndpoint", "DescribeEndpoint", "ListEndpoints", "UpdateEndpoint"),
        _ENDPOINTS,
    ),
    **dict.fromkeys(
        (
            "ActivateEventSource",
            "CreatePartnerEventSource",
            "DeactivateEventSource",
            "DeletePartnerEventSource",
            "DescribeEventSource",
            "DescribePartnerEventSource",
            "ListEventSources",
            "ListPartnerEventSourceAccounts",
            "ListPartnerEventSources",
            "PutPartnerEvents",
        ),
        _PARTNERS,
    ),
}
