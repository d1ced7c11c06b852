"""The platform's own lines, in AWS's words."""

import json
from dataclasses import replace
from pathlib import Path

from sundog.compute import log_lines
from sundog.compute.contract import FunctionSpec
from sundog.compute.log_lines import Report

SPEC = FunctionSpec(
    "arn:aws:lambda:us-east-1:000000000000:function:f", "f", "$LATEST", "1", "000000000000", "us-east-1",
    "python3.12", "app.handler", Path("/code"), 128, 3,
)  # fmt: skip
NOW_MS = 1_700_000_000_123
FIGURES = Report("id", 12.345, 13, 40, None, "success", "")


def test_the_report_of_a_success():
    assert log_lines.report(SPEC, NOW_MS, FIGURES).text == (
        "REPORT RequestId: id\tDuration: 12.35 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 40 MB\t\n"
    )


def test_the_report_of_a_first_invocation_names_the_init():
    assert (
        "\tInit Duration: 98.70 ms\t\n" in log_lines.report(SPEC, NOW_MS, replace(FIGURES, init_ms=98.7)).text
    )


def test_the_report_of_a_timeout_and_of_a_crash_say_their_status():
    timeout = log_lines.report(SPEC, NOW_MS, replace(FIGURES, ending="timeout")).text
    crash = log_lines.report(
        SPEC, NOW_MS, replace(FIGURES, ending="failure", error_type="Runtime.ExitError")
    ).text
    assert timeout.endswith("\tStatus: timeout\t\n")
    assert crash.endswith("\tStatus: error\tError Type: Runtime.ExitError\t\n")


def test_the_report_names_the_trace_when_it_is_sampled():
    text = log_lines.report(SPEC, NOW_MS, replace(FIGURES, trace="Root=1-a-b;Parent=c;Sampled=1")).text
    assert "\tXRAY TraceId: 1-a-b\tSegmentId: c\tSampled: true\t\n" in text


def test_the_report_as_an_object():
    event = log_lines.report(SPEC, NOW_MS, replace(FIGURES, init_ms=98.7))
    assert json.loads(event.json_line()) == {
        "time": "2023-11-14T22:13:20.123Z",
        "type": "platform.report",
        "record": {
            "requestId": "id",
            "metrics": {
                "durationMs": 12.345, "billedDurationMs": 13, "memorySizeMB": 128, "maxMemoryUsedMB": 40,
                "initDurationMs": 98.7,
            },
            "status": "success",
        },
    }  # fmt: skip


def test_levels_decide_what_an_object_log_shows_and_text_shows_what_has_text():
    quiet = replace(SPEC, log_format="JSON", system_log_level="WARN")
    loud = replace(SPEC, log_format="JSON", system_log_level="DEBUG")
    start = log_lines.start(SPEC, NOW_MS, "id", "")
    done = log_lines.runtime_done(NOW_MS, log_lines.RuntimeDone("id", 1.0, 2, "success", "", ()))
    assert [log_lines.is_shown(e, quiet) for e in (start, done)] == [False, False]
    assert [log_lines.is_shown(e, replace(quiet, system_log_level="")) for e in (start, done)] == [
        True,
        False,
    ]
    assert [log_lines.is_shown(e, loud) for e in (start, done)] == [True, True]
    assert [log_lines.is_shown(e, SPEC) for e in (start, done)] == [True, False]


def test_the_line_of_a_timeout():
    assert log_lines.timed_out(NOW_MS, "id", 3) == (
        "2023-11-14T22:13:20.123Z id Task timed out after 3.00 seconds\n\n"
    )


def test_a_stream_is_named_by_day_version_and_chance():
    assert log_lines.stream_name(NOW_MS, "$LATEST", "ab") == "2023/11/14/[$LATEST]ab"


def test_the_lines_of_extensions():
    assert log_lines.extension(NOW_MS, "watcher", "Ready", ["INVOKE"]).text == (
        "EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE]\n"
    )
    assert log_lines.subscribed(NOW_MS, "watcher", "logs", ["platform", "function"]).text == (
        "LOGS\tName: watcher\tState: Subscribed\tTypes: [Platform, Function]\n"
    )
