"""JSONata as Step Functions has it: an adapter over jlens.

`compile_expression` reads one expression, `compile_template` a value with ``{% ... %}`` strings in it.
Both give closures over an `sundog.lang.evaluation.Environment`.
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

from sundog.lang.jsonata.expression import Expression, compile_expression
from sundog.lang.jsonata.problems import InvalidExpression, UnsupportedReference
from sundog.lang.jsonata.template import Template, compile_template, expression_in

__all__ = [
    "Expression",
    "InvalidExpression",
    "Template",
    "UnsupportedReference",
    "compile_expression",
    "compile_template",
    "expression_in",
]
