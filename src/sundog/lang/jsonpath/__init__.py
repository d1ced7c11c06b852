"""The JSONPath dialect of Amazon States Language (Jayway's), compiled to closures.

`compile_path` reads ``$.a[0]``, ``$..b``, ``$.items[?(@.price > 3)]``, ``$.list.length()``; a definite path
gives a value or MISSING, an indefinite one a list. `compile_reference_path` reads the paths that can be
written to (names and indexes only).
"""

from __future__ import annotations

from sundog.lang.jsonpath.path import InvalidPath, Path, compile_path
from sundog.lang.jsonpath.reference import PathNotWritable, ReferencePath, compile_reference_path

__all__ = [
    "InvalidPath",
    "Path",
    "PathNotWritable",
    "ReferencePath",
    "compile_path",
    "compile_reference_path",
]
