"""The fields found in messages."""

import json

import pytest

from sundog.lang.logs_insights.discover import discover

UUID = "8f5a8b1e-0000-4000-8000-000000000001"
APP, LAMBDA = "000000000000:app", "000000000000:/aws/lambda/f"


def test_json_is_flattened_by_dots_and_indexes():
    message = json.dumps({"a": {"b": [{"c": 1}, {"c": 2.50}]}, "d": "x", "e": True, "f": None, "g": {}})
    assert discover(message, APP) == {"a.b.0.c": "1", "a.b.1.c": "2.5", "d": "x", "e": True}


def test_a_field_that_brings_the_sign_of_aws_gets_another():
    assert discover('{"@example.com": "x"}', APP) == {"@@example.com": "x"}


def test_two_hundred_fields_are_found():
    assert len(discover(json.dumps({f"f{number}": number for number in range(300)}), APP)) == 200


@pytest.mark.parametrize(
    "message", ["", "text", "[1]", '{"a"', 'x {"a": 1}', '{"a": 1} x', "{" * 10_000, '{"a":' * 9_999]
)
def test_what_is_no_json_object_has_no_fields(message):
    assert discover(message, APP) == {}


def test_in_lines_of_functions_the_first_fragment_of_json_is_found():
    assert discover('INFO {"a": 1} and {"b": 2}', LAMBDA) == {"a": "1"}


def test_reports_of_invocations_are_found():
    report = (
        f"REPORT RequestId: {UUID}\tDuration: 3.21 ms\tBilled Duration: 100 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 69 MB\tInit Duration: 150.33 ms\t"
        "XRAY TraceId: 1-5e\tSegmentId: 4a\tSampled: true\t\n"
    )
    assert discover(report, LAMBDA) == {
        "@type": "REPORT",
        "@requestId": UUID,
        "@duration": "3.21",
        "@billedDuration": "100.0",
        "@memorySize": "1.28E8",
        "@maxMemoryUsed": "6.9E7",
        "@initDuration": "150.33",
        "@xrayTraceId": "1-5e",
        "@xraySegmentId": "4a",
    }


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (f"START RequestId: {UUID} Version: $LATEST\n", {"@type": "START", "@requestId": UUID}),
        (f"END RequestId: {UUID}\n", {"@type": "END", "@requestId": UUID}),
        (f"2023-11-14T22:13:20.000Z\t{UUID}\tINFO\thello\n", {"@requestId": UUID}),
        (f"[INFO]\t2023-11-14T22:13:20.000Z\t{UUID}\thello\n", {"@requestId": UUID}),
        (f"hello {UUID}", {}),
    ],
)
def test_lines_of_an_invocation_bear_its_id(message, found):
    assert discover(message, LAMBDA) == found
