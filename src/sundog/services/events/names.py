"""What callers call buses and rules: names and ARNs."""

from __future__ import annotations

from sundog.arn import Arn, parse_arn
from sundog.scope import Scope
from sundog.services.events.errors import ValidationException
from sundog.services.events.model import DEFAULT

BUS_PREFIX, RULE_PREFIX = "event-bus/", "rule/"


def read_bus(scope: Scope, text: str | None) -> tuple[Scope, str]:
    """Where the bus is and what it is called; the default one where nothing is said."""
    if not text:
        return scope, DEFAULT
    if not text.startswith("arn:"):
        return scope, text
    arn = parse_arn(text)
    if arn is None or arn.service != "events" or not arn.resource.startswith(BUS_PREFIX):
        raise ValidationException(reason="Parameter EventBusName is not valid.")
    return arn.scope, arn.resource.removeprefix(BUS_PREFIX)


def read_own_bus(scope: Scope, text: str | None) -> str:
    """The name of a bus of the caller's own."""
    where, name = read_bus(scope, text)
    if (where.account, where.region) != (scope.account, scope.region):
        raise ValidationException(reason="Parameter EventBusName is not valid.")
    return name


def read_resource(text: str) -> Arn:
    """The ARN of a bus or rule that has tags."""
    arn = parse_arn(text)
    if arn is None or arn.service != "events":
        raise ValidationException(
            reason="Parameter ResourceARN is not valid. Reason: Provided Arn is not in correct format."
        )
    return arn


def rule_of(arn: Arn) -> tuple[str, str]:
    """(bus, rule) of a rule's ARN."""
    bus, _, name = arn.resource.removeprefix(RULE_PREFIX).rpartition("/")
    return bus or DEFAULT, name
