"""Which fields a state may have: by type, and by query language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sundog.lang.asl.node import Node

_COMMON: Final = frozenset({"Type", "Comment", "QueryLanguage"})
_NEXT: Final = frozenset({"Next", "End", "Assign"})
_PATHS: Final = frozenset({"InputPath", "OutputPath"})
_FLOW: Final = _PATHS | {"Parameters", "ResultPath"}
_ERRORS: Final = frozenset({"Retry", "Catch"})


@dataclass(frozen=True, slots=True)
class Support:
    """The names beyond those all states have: in both languages, and in one of them only."""

    both: frozenset[str]
    jsonpath: frozenset[str]
    jsonata: frozenset[str]


_OUTPUT: Final = frozenset({"Output"})
_CALL: Final = frozenset({"Arguments", "Output"})
_MAP: Final = frozenset(
    {
        "ItemProcessor",
        "Iterator",
        "ItemSelector",
        "ItemReader",
        "ItemBatcher",
        "ResultWriter",
        "Label",
        "MaxConcurrency",
        "ToleratedFailureCount",
        "ToleratedFailurePercentage",
    }
)
_MAP_PATHS: Final = frozenset(
    {"ItemsPath", "MaxConcurrencyPath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath"}
)
_TASK_PATHS: Final = frozenset({"ResultSelector", "TimeoutSecondsPath", "HeartbeatSecondsPath"})
_TASK: Final = frozenset({"Resource", "TimeoutSeconds", "HeartbeatSeconds", "Credentials"})

SUPPORT: Final[Mapping[str, Support]] = {
    "Pass": Support(_NEXT, _FLOW | {"Result"}, _OUTPUT),
    "Task": Support(_NEXT | _ERRORS | _TASK, _FLOW | _TASK_PATHS, _CALL),
    "Choice": Support(frozenset({"Choices", "Default", "Assign"}), _PATHS, _OUTPUT),
    "Wait": Support(_NEXT | {"Seconds", "Timestamp"}, _PATHS | {"SecondsPath", "TimestampPath"}, _OUTPUT),
    "Succeed": Support(frozenset(), _PATHS, _OUTPUT),
    "Fail": Support(frozenset({"Error", "Cause"}), frozenset({"ErrorPath", "CausePath"}), frozenset()),
    "Parallel": Support(_NEXT | _ERRORS | {"Branches"}, _FLOW | {"ResultSelector"}, _CALL),
    "Map": Support(_NEXT | _ERRORS | _MAP, _FLOW | _MAP_PATHS | {"ResultSelector"}, _OUTPUT | {"Items"}),
}


def check_support(node: Node, state_type: str) -> None:
    """A field of the other language, or of no state of this type, is refused by name."""
    support = SUPPORT[state_type]
    mine, others = support.jsonpath, support.jsonata
    if node.is_jsonata:
        mine, others = others, mine
    node.allow(_COMMON | support.both | mine, others)
