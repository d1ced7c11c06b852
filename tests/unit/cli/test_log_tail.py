"""``sundog logs``: which groups it means, and what it prints."""

# ruff: noqa: N803 (the client has the wire's names)

import pytest

from sundog.cli import log_tail, printing


class NotFound(Exception):
    pass


class Client:
    """The three calls that the command makes, over events in memory."""

    class exceptions:  # noqa: N801 (botocore's name)
        ResourceNotFoundException = NotFound

    def __init__(self, groups):
        self.groups = groups

    def describe_log_groups(self, logGroupNamePrefix="", limit=50):
        names = sorted(name for name in self.groups if name.startswith(logGroupNamePrefix))
        return {"logGroups": [{"logGroupName": name} for name in names[:limit]]}

    def filter_log_events(self, logGroupName, startTime):
        if self.groups[logGroupName] is None:
            raise NotFound
        return {"events": [e for e in self.groups[logGroupName] if e["timestamp"] >= startTime]}

    def get_paginator(self, operation):
        return Pages(getattr(self, operation))


class Pages:
    def __init__(self, operation):
        self.operation = operation

    def paginate(self, **parameters):
        return [self.operation(**parameters)]


def event(time_ms, message):
    return {"timestamp": time_ms, "message": message, "eventId": f"{time_ms:056d}"}


@pytest.fixture
def printed():
    """The lines that ``sundog logs GROUP`` prints, for these groups."""

    def lines(groups, group=None):
        with printing.out.capture() as captured:
            log_tail.print_logs(Client(groups), group, follow=False)
        return captured.get().splitlines()

    return lines


def test_lines_of_all_groups_come_in_order_of_time_with_their_group(printed):
    groups = {"/aws/lambda/f": [event(2, "b\n")], "app": [event(1, "a"), event(3, "c")]}
    assert printed(groups) == [
        "00:00:00.001 app a",
        "00:00:00.002 f b",
        "00:00:00.003 app c",
    ]


def test_a_name_is_a_group_or_else_a_function(printed):
    groups = {"/aws/lambda/f": [event(1, "function")], "app": [event(1, "group")], "apple": []}
    assert printed(groups, "app") == ["00:00:00.001 group"]
    assert printed(groups, "f") == ["00:00:00.001 function"]
    assert printed(groups, "/aws/lambda/f") == ["00:00:00.001 function"]


def test_a_name_that_is_neither_is_said_so(printed):
    with pytest.raises(log_tail.NoSuchGroup, match="there is no log group ap, nor /aws/lambda/ap"):
        printed({"app": []}, "ap")


def test_what_looks_like_markup_is_printed_as_it_is(printed):
    assert printed({"app": [event(1, "[red]x[/] {a}")]}, "app") == ["00:00:00.001 [red]x[/] {a}"]


def test_a_group_that_is_deleted_meanwhile_has_no_lines(printed):
    assert printed({"app": [event(1, "a")], "gone": None}) == ["00:00:00.001 app a"]
