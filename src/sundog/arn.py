"""Amazon Resource Names as values: ``arn:partition:service:region:account:resource``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sundog.scope import Scope


@dataclass(frozen=True, slots=True)
class Arn:
    service: str
    region: str
    account: str
    resource: str
    partition: str = "aws"

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"

    @property
    def scope(self) -> Scope:
        return Scope(self.account, self.region)

    @classmethod
    def of(cls, service: str, scope: Scope, resource: str) -> Arn:
        """The ARN of ``resource`` in ``scope``."""
        return cls(service, scope.region, scope.account, resource, scope.partition)


@lru_cache(maxsize=4096)
def parse_arn(text: str) -> Arn | None:
    """Read an ARN; None when the text is not one. The resource keeps its own colons."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[1] or not parts[2] or not parts[5]:
        return None
    return Arn(partition=parts[1], service=parts[2], region=parts[3], account=parts[4], resource=parts[5])
