"""The lineage of an invocation: which functions its chain of requests has passed, and how often.

It travels in X-Amzn-Trace-Id behind ``Lineage=``: functions by the first digits of a hash, each with a count.
SDKs inside functions hand the header on; queues, topics and destinations keep it.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

import hashlib
import re

LOOPS_MAX = 16
"""A function is invoked so often in one chain of requests; the next time is refused."""
FUNCTIONS_MAX = 32
"""Of a chain are remembered, those it passed last."""

_MEMBER = "Lineage="
_ENTRY = re.compile(r"([0-9a-f]{8}):([0-9]{1,5})")


def enter(trace_header: str, function_arn: str) -> tuple[str, int]:
    """The header that the function gets, and how often the chain has passed the function before."""
    members = [member for member in trace_header.split(";") if member]
    passed = _read(members)
    mark = hashlib.sha256(function_arn.encode()).hexdigest()[:8]
    loops = passed.pop(mark, 0)
    passed[mark] = loops + 1
    entries = [f"{one}:{count}" for one, count in passed.items()][-FUNCTIONS_MAX:]
    kept = [member for member in members if not member.startswith(_MEMBER)]
    return ";".join([*kept, _MEMBER + "|".join(entries)]), loops


def without(trace_header: str) -> str:
    """The header of a way on which loops are not looked for."""
    return ";".join(member for member in trace_header.split(";") if not member.startswith(_MEMBER))


def decided(trace_header: str, is_sampled: bool) -> str:
    """The header with a decision about sampling: the one it has, or else this."""
    if "Sampled=0" in trace_header or "Sampled=1" in trace_header:
        return trace_header
    members = [m for m in trace_header.split(";") if m and not m.startswith("Sampled=")]
    behind = next((i for i, m in enumerate(members) if m.startswith(_MEMBER)), len(members))
    return ";".join([*members[:behind], f"Sampled={int(is_sampled)}", *members[behind:]])


def deepest(trace_headers: list[str]) -> str:
    """Of many messages that come in one batch: the header whose chain is longest."""
    return max(trace_headers, key=lambda header: sum(_read(header.split(";")).values()), default="")


def _read(members: list[str]) -> dict[str, int]:
    """Counts by mark, in order; what is not ours counts for nothing."""
    text = next((member for member in members if member.startswith(_MEMBER)), "").removeprefix(_MEMBER)
    found = (_ENTRY.fullmatch(entry) for entry in text.split("|"))
    return {match[1]: int(match[2]) for match in found if match is not None}
