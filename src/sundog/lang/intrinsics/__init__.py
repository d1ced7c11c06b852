"""The intrinsic functions of JSONPath state machines: ``States.Format('Hello {}', $.name)``.

`compile_intrinsic` reads a call, with calls nested in it, into a closure.
https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

from sundog.lang.intrinsics.compiled import Intrinsic, compile_intrinsic, looks_like_intrinsic
from sundog.lang.intrinsics.problems import IntrinsicFailure, InvalidIntrinsic

__all__ = [
    "Intrinsic",
    "IntrinsicFailure",
    "InvalidIntrinsic",
    "compile_intrinsic",
    "looks_like_intrinsic",
]
