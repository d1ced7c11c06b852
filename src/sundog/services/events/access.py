"""Who may put events on a bus of another account: what its policy says."""

from __future__ import annotations

import json

from sundog.arn import Arn
from sundog.lang.iam_policy import AccessRequest, Policies, decide, read_policy
from sundog.services.events.model import Bus


def may_put(principal_arn: str, account: str, bus: Bus) -> bool:
    """An account's own principals may; whether identity policies let them is not asked here."""
    if account == bus.scope.account:
        return True
    if not bus.policy:
        return False
    principal = principal_arn if principal_arn.startswith("arn:") else str(Arn("iam", "", account, "root"))
    request = AccessRequest(principal, "events:PutEvents", bus.arn, bus.scope.account)
    everything = read_policy({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    policies = Policies(identity=(everything,), resource=read_policy(json.loads(bus.policy)))
    return decide(request, policies).outcome == "allowed"
