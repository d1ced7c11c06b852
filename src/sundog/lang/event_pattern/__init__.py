"""Event patterns: EventBridge rules, Pipes and Lambda filters, SNS filter policies, in one engine.

`compile_pattern` reads a pattern in a dialect and refuses it as AWS does; a `Pattern` matches one event and
explains why not; a `RuleIndex` finds the rules among many that an event satisfies. Meaning, order of checks
and messages follow aws/event-ruler, the matcher that AWS published, and recorded answers.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from sundog.lang.event_pattern.dialects import Dialect
from sundog.lang.event_pattern.filter_policy import attributes_event, rewrite_policy
from sundog.lang.event_pattern.index import RuleIndex
from sundog.lang.event_pattern.pattern import Mismatch, Pattern, compile_pattern
from sundog.lang.event_pattern.values import InvalidPattern

__all__ = [
    "Dialect",
    "InvalidPattern",
    "Mismatch",
    "Pattern",
    "RuleIndex",
    "attributes_event",
    "compile_pattern",
    "rewrite_policy",
]
