"""Bytes that no service can read, and what each family of protocols calls that."""

from __future__ import annotations

from collections.abc import Mapping

from sundog.errors import AwsError


class Malformed(ValueError):
    """What a parser says about bytes it cannot read, in AWS's words; empty where AWS says nothing.

    It never leaves ``protocol/``: `refusal` turns it into the error of the family.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.text = text


class SerializationException(AwsError):
    """"""


class MalformedInput(AwsError):
    """"""


class MalformedXML(AwsError):
    """The XML you provided was not well-formed or did not validate against our published schema"""


_FAMILIES: Mapping[str, type[AwsError]] = {"query": MalformedInput, "rest-xml": MalformedXML}


def refusal(protocol: str, text: str) -> AwsError:
    """The error of the protocol's family for bytes that cannot be read."""
    kind = _FAMILIES.get(protocol, SerializationException)
    return kind(text or None)
