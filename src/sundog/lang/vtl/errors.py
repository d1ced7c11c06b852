"""What may be wrong with a template, or with one rendering of it."""

from __future__ import annotations


class VtlError(Exception):
    """A template cannot be compiled or rendered; the message says where and why."""


class ParseError(VtlError):
    """A malformed template: found once, when it is compiled."""


class RenderError(VtlError):
    """A well-formed template that failed with these values, or went over a limit."""
