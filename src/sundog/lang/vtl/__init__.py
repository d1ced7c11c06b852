"""Velocity templates (VTL), compiled to Python once.

`compile_template` reads the language of Apache Velocity 1.7 in two dialects: ``plain`` is Velocity itself,
``aws`` is API Gateway's. `gateway` has the objects that API Gateway gives to templates.
https://velocity.apache.org/engine/1.7/vtl-reference.html
"""

from __future__ import annotations

from sundog.lang.vtl.errors import ParseError, RenderError, VtlError
from sundog.lang.vtl.template import Template, compile_template

__all__ = ["ParseError", "RenderError", "Template", "VtlError", "compile_template"]
