"""CloudWatch Logs filter patterns: `compile_pattern` reads one and gives a function over messages.

Three dialects, told apart by the first character: ``{ $.a = 1 }`` over JSON, ``[ip, user, status=4*]`` over
space-delimited fields, and terms (``ERROR -"by design" ?a ?b %regex%``) over any text. Nothing matches less
than everything: the empty pattern matches all events.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from sundog.lang.log_pattern.compiled import Matcher, compile_pattern
from sundog.lang.log_pattern.values import PatternError

__all__ = ["Matcher", "PatternError", "compile_pattern"]
