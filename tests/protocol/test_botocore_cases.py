"""botocore's protocol cases run backwards. Those that do not pass are listed with the reason."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parent.parent / "conformance" / "protocols.py"


def _load() -> ModuleType:
    """The script of ``make conform``, which runs the same cases and prints how many pass."""
    spec = importlib.util.spec_from_file_location("botocore_protocol_cases", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


protocols = _load()

REASONS: Mapping[str, tuple[str, ...]] = {
    "the case tells no body: the SDK compresses it afterwards": (
        "json/input/SDKAppliedContentEncoding_awsJson1_1",
        "json/input/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_1",
        "json_1_0/input/SDKAppliedContentEncoding_awsJson1_0",
        "json_1_0/input/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_0",
        "query/input/SDKAppliedContentEncoding_awsQuery",
        "query/input/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsQuery",
        "rest-json/input/SDKAppliedContentEncoding_restJson1",
        "rest-json/input/SDKAppendedGzipAfterProvidedEncoding_restJson1",
        "rest-xml/input/SDKAppliedContentEncoding_restXml",
        "rest-xml/input/SDKAppendedGzipAfterProvidedEncoding_restXml",
    ),
    "the client fills the token in; a server reads what is sent": (
        "query/input/QueryProtocolIdempotencyTokenAutoFill",
        "rest-json/input/RestJsonQueryIdempotencyTokenAutoFill",
        "rest-xml/input/QueryIdempotencyTokenAutoFill",
    ),
    "an empty list or map leaves nothing on the wire": (
        "query/input/QueryEmptyQueryMaps",
        "rest-json/input/RestJsonHttpPrefixHeadersAreNotPresent",
        "rest-json/input/RestJsonOmitsEmptyListQueryValues",
        "rest-xml/input/HttpPrefixHeadersAreNotPresent",
    ),
    "the client's endpoint has a path of its own in front": ("rest-json/input/RestJsonHostWithPath",),
    "a map of query parameters holds also those that other members name, as Smithy has it of servers": (
        "rest-json/input/RestJsonQueryParamsStringListMap",
        "rest-json/input/RestJsonQueryPrecedence",
        "rest-xml/input/AllQueryStringTypes",
        "rest-xml/input/RestXmlQueryStringEscaping",
        "rest-xml/input/RestXmlSupportsNaNFloatQueryValues",
        "rest-xml/input/RestXmlSupportsInfinityFloatQueryValues",
        "rest-xml/input/RestXmlSupportsNegativeInfinityFloatQueryValues",
        "rest-xml/input/RestXmlZeroAndFalseQueryValues",
        "rest-xml/input/RestXmlQueryParamsStringListMap",
        "rest-xml/input/RestXmlQueryPrecedence",
    ),
    "an empty document is a payload, on the wire the same as none": (
        "rest-json/input/RestJsonHttpWithEmptyStructurePayload",
        "rest-json/input/RestJsonHttpWithHeadersButNoPayload",
    ),
    "botocore takes a shape's own name for that of the member, and leaves the case out": (
        "rest-xml/input/BodyWithXmlName",
    ),
    "botocore reads a flattened list under the name of its members, and leaves the case out": (
        "query/output/QueryXmlLists",
        "rest-xml/output/XmlLists",
    ),
    "botocore reads a body that is not there as an empty one": (
        "rest-json/output/RestJsonHttpPayloadTraitsWithNoBlobBody",
        "rest-xml/output/HttpPayloadTraitsWithNoBlobBody",
    ),
    "botocore cannot read a union that is not there": (
        "rest-json/output/RestJsonHttpPayloadWithUnsetUnion",
        "rest-xml/output/RestXmlHttpPayloadWithUnsetUnion",
    ),
    "botocore splits header lists at every comma": (
        "rest-json/output/RestJsonInputAndOutputWithQuotedStringHeaders",
        "rest-json/output/RestJsonInputAndOutputWithTimestampHeaders",
        "rest-xml/output/InputAndOutputWithTimestampHeaders",
    ),
    "a map of all headers holds the answer's own too": ("rest-json/output/HttpPrefixHeadersResponse",),
}
EXPECTED = {name: reason for reason, names in REASONS.items() for name in names}


@pytest.mark.parametrize("direction", ["input", "output"])
def test_every_protocol_case_passes_or_is_listed_with_its_reason(direction: str):
    failed = {
        case.name: failure
        for case in protocols.load(direction)
        if case.protocol not in protocols.REFUSED and (failure := protocols.failure(case))
    }
    assert {name: failure for name, failure in failed.items() if name not in EXPECTED} == {}
    listed = {name for name in EXPECTED if f"/{direction}/" in name}
    assert listed - failed.keys() == set(), "listed, but they pass"


@pytest.mark.parametrize("direction", ["input", "output"])
def test_all_cases_that_botocore_ships_are_found(direction: str):
    names = [case.name for case in protocols.load(direction)]
    assert len(names) == len(set(names)) >= 360
