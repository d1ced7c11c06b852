"""Operations of EventBridge that are refused by name, each with what to do instead."""

from __future__ import annotations

from collections.abc import Mapping

_PARTNERS = "There are no partners to sundog: put the events they would send with PutEvents."

REFUSED: Mapping[str, str] = dict.fromkeys(
    (
        "CreatePartnerEventSource",
        "DeletePartnerEventSource",
        "DescribePartnerEventSource",
        "ListPartnerEventSourceAccounts",
        "ListPartnerEventSources",
        "PutPartnerEvents",
    ),
    _PARTNERS,
)
