"""Names and ARNs of machines, executions and activities, refused in AWS's words."""

from __future__ import annotations

import re

from sundog.arn import Arn, parse_arn
from sundog.services.stepfunctions import limits
from sundog.services.stepfunctions.errors import InvalidArn, InvalidName

_BAD = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff]")


def check_name(name: str) -> None:
    if not name or len(name) > limits.NAME_LENGTH_MAX or _BAD.search(name):
        raise InvalidName(name=name)


def read_arn(text: str, *kinds: str) -> tuple[Arn, list[str]]:
    """The ARN and the parts of its resource after the kind; ``kinds`` are those that may stand there."""
    arn = parse_arn(text)
    parts = arn.resource.split(":") if arn else []
    if arn is None or arn.service != "states" or not arn.account or parts[0] not in kinds or len(parts) < 2:
        raise InvalidArn(reason=f"Invalid ARN prefix: {text}" if not text.startswith("arn:") else text)
    return arn, parts[1:]


def read_machine(text: str) -> tuple[Arn, str, str]:
    """(ARN, name, qualifier) of a machine, version or alias; the qualifier is empty for the machine
    itself.
    """
    arn, parts = read_arn(text, "stateMachine")
    return arn, parts[0], parts[1] if len(parts) > 1 else ""


def read_execution(text: str) -> Arn:
    """The ARN of a Standard execution; nothing is kept of Express ones (recorded)."""
    arn, _ = read_arn(text, "execution", "express")
    if arn.resource.startswith("express:"):
        raise InvalidArn(reason="Resource type not valid in this context: express")
    return arn
