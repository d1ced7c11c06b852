"""Operations of Step Functions that are refused by name, each with what to do instead."""

from __future__ import annotations

from collections.abc import Mapping

_MAP_RUNS = "Distributed Map states do not run yet: use a Map with Mode INLINE."

REFUSED: Mapping[str, str] = {
    "DescribeMapRun": _MAP_RUNS,
    "ListMapRuns": _MAP_RUNS,
    "UpdateMapRun": _MAP_RUNS,
    "RedriveExecution": "Start a new execution with the input of the failed one.",
}
