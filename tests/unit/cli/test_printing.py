"""What people see in the terminal."""

import pytest

from sundog.cli import printing
from sundog.compute.doctor import Finding
from sundog.gateway.journal import RequestRecord


@pytest.fixture
def shown():
    def show(function, *arguments):
        with printing.out.capture() as captured:
            function(*arguments)
        return captured.get().splitlines()

    return show


def record(status, error="", message=""):
    return RequestRecord(
        1_000, "id", "000000000000", "us-east-1", "sqs", "SendMessage", status, error, message, 1.26
    )


def test_a_request_is_one_line_with_time_status_operation_and_duration(shown):
    assert shown(printing.print_request, record(200)) == ["00:00:01.000 200 sqs.SendMessage 1.3 ms"]


def test_who_asks_for_enforcement_is_told_that_policies_are_not_evaluated(shown):
    lines = shown(printing.print_root_key, "AKIAEXAMPLE", "secret")
    assert any("Policies are not evaluated yet: every key may do everything." in line for line in lines)
    assert lines[-1] == "export AWS_ACCESS_KEY_ID=AKIAEXAMPLE AWS_SECRET_ACCESS_KEY=secret"


def test_a_refused_request_says_why(shown):
    assert shown(printing.print_request, record(400, "Bad", "[no] such {thing}")) == [
        "00:00:01.000 400 sqs.SendMessage 1.3 ms  Bad: [no] such {thing}"
    ]


@pytest.mark.parametrize(
    ("store", "is_ephemeral", "expected"),
    [
        ("", True, "memory only"),
        ("", False, ".sundog"),
        ("host/db", False, "host/db"),
        ("host/db", True, "host/db"),
    ],
)
def test_where_the_data_is_is_said(store, is_ephemeral, expected):
    assert printing.place(store, is_ephemeral, ".sundog") == expected


def test_findings_stand_in_columns_with_the_remedy_below(shown):
    findings = [Finding("python3.11", "good", "/bin/python"), Finding("nodejs", "missing", "none", "Get it.")]
    assert shown(printing.print_findings, findings) == [
        "good    python3.11  /bin/python",
        "missing nodejs      none",
        "                    Get it.",
    ]
