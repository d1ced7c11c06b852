"""What commands do to events, one after another."""

import pytest

from sundog.lang.logs_insights import Run, Settings, TooManyGroups, grouping, parse

from .conftest import START_MS, event

EVENTS = [
    {"level": "INFO", "ms": 10, "user": "ann"},
    {"level": "ERROR", "ms": 25, "user": "bob"},
    {"level": "INFO", "ms": 7},
    {"level": "WARN", "ms": 100, "user": "ann"},
    {"level": "ERROR", "ms": 3, "user": "bob"},
]


def column(rows, name):
    return [row.get(name) for row in rows]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("fields ms", ["3", "100", "7", "25", "10"]),  # the newest first
        ("fields ms | sort @timestamp asc", ["10", "25", "7", "100", "3"]),
        ("fields ms | sort ms desc", ["100", "25", "10", "7", "3"]),
        ("fields ms | sort level, ms desc", ["25", "3", "10", "7", "100"]),
        ("fields ms | sort user, ms", ["7", "10", "100", "3", "25"]),  # what is missing sorts first
        ("fields ms | sort ms | limit 2", ["3", "7"]),
        ("fields ms | limit 2", ["3", "100"]),
        ("fields ms | head 1", ["3"]),
        ("fields ms | limit 2 | sort ms desc", ["100", "3"]),
        ("fields ms | limit 2 | filter ms > 50", ["100"]),
        ("fields ms | sort ms | filter level = 'INFO'", ["7", "10"]),
        ("fields ms | limit 4 | limit 3", ["3", "100", "7"]),
        ("fields ms | limit any 2", ["10", "25"]),
        ("fields ms | dedup level", ["3", "100", "7"]),
        ("fields ms | sort ms | dedup level", ["3", "7", "100"]),
        ("fields ms | dedup user", ["3", "100", "7"]),  # without a user it is no duplicate
        ("fields ms | dedup level, user | limit 3", ["3", "100", "7"]),
        ("fields ms | filter level = 'ERROR' and ms > 5", ["25"]),
        ("fields ms | filter user != 'ann'", ["3", "25"]),
        ("fields ms | filter not ispresent(user)", ["7"]),
        ("fields ms | filter level in ['INFO', 'WARN'] | filter ms < 50", ["7", "10"]),
    ],
)
def test_events_are_filtered_sorted_and_cut(ask, query, expected):
    assert column(ask(query, *EVENTS), "ms") == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("stats count(*)", [{"count(*)": "5"}]),
        ("stats count() as n, count(user) as users", [{"n": "5", "users": "4"}]),
        ("stats count_distinct(user) as n", [{"n": "2"}]),
        ("stats sum(ms), avg(ms), min(ms), max(ms)",
         [{"sum(ms)": "145", "avg(ms)": "29", "min(ms)": "3", "max(ms)": "100"}]),
        ("stats pct(ms, 50) as median, pct(ms, 0) as low, pct(ms, 100) as high",
         [{"median": "10", "low": "3", "high": "100"}]),
        ("stats stddev(ms) as s", [{"s": "40.5524"}]),
        ("stats earliest(ms) as first, latest(ms) as last", [{"first": "10", "last": "3"}]),
        ("stats latest(@timestamp) as t", [{"t": str(START_MS + 4 * 60_000)}]),
        ("stats sortsFirst(level) as a, sortsLast(level) as z", [{"a": "ERROR", "z": "WARN"}]),
        ("stats sum(gone), avg(gone), max(gone), count(gone)", [{"count(gone)": "0"}]),
        ("stats max(ms) - min(ms) as spread", [{"spread": "97"}]),
        ("stats ceil(avg(ms) / 10) as tens", [{"tens": "3"}]),
        ("stats count(*) as n by level",
         [{"level": "INFO", "n": "2"}, {"level": "ERROR", "n": "2"}, {"level": "WARN", "n": "1"}]),
        ("stats count(*) as n by user | sort n desc, user desc",
         [{"user": "bob", "n": "2"}, {"user": "ann", "n": "2"}, {"n": "1"}]),
        ("stats count(*) as n by bin(2m) as t",
         [{"t": "2023-11-14 22:12:00.000", "n": "1"}, {"t": "2023-11-14 22:14:00.000", "n": "2"},
          {"t": "2023-11-14 22:16:00.000", "n": "2"}]),
        ("stats sum(ms) as s by bin(1m) as t | stats max(s) as peak by dateceil(t, 1h) as hour",
         [{"hour": "2023-11-14 23:00:00.000", "peak": "100"}]),
        ("stats count(*) as n by level | filter n > 1 | stats count(*) as levels", [{"levels": "2"}]),
        ("stats count(*) as n by level | sort n | limit 1", [{"level": "WARN", "n": "1"}]),
        ("stats count(*) as n by level | fields n * 2 as twice | display twice | limit 1", [{"twice": "4"}]),
        ("filter ms > 1000 | stats count(*) as n", [{"n": "0"}]),
        ("filter ms > 1000 | stats count(*) as n by level", []),
    ],
)  # fmt: skip
def test_events_are_counted_and_grouped(ask, query, expected):
    assert ask(query, *EVENTS) == expected


LINE = "user=ann, method:GET, latency := 12"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('parse @message "user=*, method:*, latency := *" as @user, @method, @latency',
         {"@user": "ann", "@method": "GET", "@latency": "12"}),
        ('parse "method:*," as m', {"m": "GET"}),
        ("parse @message /user=(?<who>\\w+).*:= (?<latency>\\d+)/", {"who": "ann", "latency": "12"}),
        ("parse @message /(GET|PUT)/ as m", {"m": "GET"}),
        ("parse @message /(?<a>gone)|user=(?<b>.*?),/", {"b": "ann"}),
        ("parse @message 'gone=*' as g", {}),
        ("parse @message 'user=*' as rest | parse rest '*, *' as who, more | display who", {"who": "ann"}),
        ("parse gone '*' as g", {"g": ""}),
        ("parse @message '*,*' as a, b", {"a": "user=ann", "b": " method:GET, latency := 12"}),
        ("parse @message 'latency := *' as n | display n * 2 as twice", {"twice": "24"}),
    ],
)  # fmt: skip
def test_parse_takes_fields_out_of_texts_and_drops_no_event(ask, query, expected):
    assert ask(query, LINE) == [expected]


def test_events_bear_a_pointer_and_rows_of_an_aggregation_do_not():
    def rows(query):
        run = Run(parse(query), Settings())
        run.feed(event("x", pointer="here"))
        return run.rows()

    assert rows("fields @message") == [[("@message", "x"), ("@ptr", "here")]]
    assert rows("fields @ptr") == [[("@ptr", "here")]]
    assert rows("stats count(*)") == [[("count(*)", "1")]]


def test_matched_are_the_events_that_came_through_the_filters():
    run = Run(parse("filter level = 'INFO' | limit 1"), Settings())
    for one in EVENTS:
        run.feed(event(one))
    assert (run.matched, len(run.rows())) == (2, 1)


def test_ten_thousand_rows_come_unless_the_query_or_its_caller_says_how_many():
    def count(query, limit=None):
        run = Run(parse(query), Settings(limit=limit))
        for number in range(10_050):
            run.feed(event(str(number)))
        return len(run.rows())

    assert count("fields @message") == 10_000
    assert count("fields @message | limit 10020") == 10_020
    assert count("fields @message", limit=10_030) == 10_030
    assert count("fields @message | limit 20", limit=10) == 10


def test_any_rows_are_enough_as_soon_as_there_are_so_many():
    run = Run(parse("filter @message like 'a' | limit any 2"), Settings())
    for text in ("a", "b", "a"):
        assert not run.is_full
        run.feed(event(text))
    assert run.is_full


def test_groups_without_number_end_the_run(monkeypatch):
    monkeypatch.setattr(grouping, "GROUPS_MAX", 3)
    run = Run(parse("stats count(*) by @message"), Settings())
    for text in "abca":
        run.feed(event(text))
    with pytest.raises(TooManyGroups):
        run.feed(event("d"))
