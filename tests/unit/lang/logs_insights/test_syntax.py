"""What queries may say, and AWS's words for what they may not."""

import pytest

from sundog.lang.logs_insights import QueryError, Source, UnsupportedQuery, parse

UNEXPECTED = [
    ("", "<EOF>", 1, 0),
    ("   # only a comment", "<EOF>", 1, 19),
    ("fields", "<EOF>", 1, 6),
    ("fields @message |", "<EOF>", 1, 17),
    ("bad @message", "bad", 1, 0),
    ("fields @message\n| nope", "nope", 2, 2),
    ("fields a b", "b", 1, 9),
    ("fields a,, b", ",", 1, 9),
    ("filter a like /x/i", "i", 1, 17),  # observed: there are no flags behind an expression
    ("stats count(*) by bin(1d) | sort bin(1d) desc", "(", 1, 36),  # observed
    ("dedup a | sort b", "sort", 1, 10),  # observed
    ("dedup a | filter b = 1", "filter", 1, 10),
    ("filter (a = 1", "<EOF>", 1, 13),
    ("filter a =", "<EOF>", 1, 10),
    ("filter a not b", "b", 1, 13),
    ("filter a like b", "b", 1, 14),
    ("filter a in ()", ")", 1, 13),
    ("filter no_such(a) = 1", "no_such", 1, 7),
    ("fields strlen()", "strlen", 1, 7),
    ("fields strlen(a, b)", "strlen", 1, 7),
    ("fields bin(a)", "bin", 1, 7),
    ("fields datefloor(@timestamp, 5)", "datefloor", 1, 7),
    ("fields bin(5parsecs)", "5parsecs", 1, 11),
    ("filter count(*) > 1", "count", 1, 7),
    ("stats a", "a", 1, 6),
    ("stats sum(count(*))", "count", 1, 10),
    ("stats sum()", "sum", 1, 6),
    ("stats pct(a, b)", "pct", 1, 6),
    ("stats pct(a, 101)", "pct", 1, 6),
    ("stats count(*) by count(*)", "count", 1, 18),
    ("sort a up", "up", 1, 7),
    ("limit 0", "0", 1, 6),
    ("limit 1.5", "1.5", 1, 6),
    ("limit 100001", "100001", 1, 6),
    ("limit -1", "-", 1, 6),
    ("stats count(*) as a | limit 1 | stats sum(a)", "stats", 1, 32),
    ("stats count(*) as a | sort a | stats sum(a)", "stats", 1, 31),
    ("stats count(*) as a | stats sum(a) as b | stats sum(b)", "stats", 1, 42),
    ('parse @message "*"', "<EOF>", 1, 18),
    ("parse @message 5 as a", "5", 1, 15),
    ("parse @message /(.)/", "<EOF>", 1, 20),
    ("fields a as 5", "5", 1, 12),
    ("fields $a", "$", 1, 7),
    ('fields "open', '"', 1, 7),
    ("source logGroups(namePrefix: 'a') | limit 1", "'a'", 1, 29),
    ("source logGroups(color: ['a']) | limit 1", "color", 1, 17),
    ("source logGroups()", "<EOF>", 1, 18),
]


@pytest.mark.parametrize(("query", "symbol", "line", "position"), UNEXPECTED)
def test_what_may_not_stand_there_is_named_with_its_place(query, symbol, line, position):
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert caught.value.message == f"unexpected symbol found {symbol} at line {line} and position {position}"
    assert query[caught.value.start : caught.value.end] in (symbol, "")


@pytest.mark.parametrize(
    ("query", "message", "blamed"),
    [
        ("stats count(*) by a | filter b > 1", "Invalid reference to field b", "b"),
        ("fields @message | stats sum(a) by b | stats max(@message)", "field @message", "@message"),
        ("stats sum(a) by b | stats avg(`sum(a)`) by bin(5m)", "field @timestamp", "bin(5m)"),
        ("fields a as x | parse @message '*' as x", "Ephemeral field is already defined: x", None),
        ("parse @message '* *' as x, x", "Ephemeral field is already defined: x", None),
        ("parse @message '* *' as x", r"wildcards \(2\) and of fields \(1\)", "'* *' as x"),
        ("parse @message /(.)(.)/ as x", r"groups \(2\) and of fields \(1\)", "/(.)(.)/ as x"),
        ("filter a like /(/", "Invalid regular expression", "/(/"),
        ("fields " + "(" * 60 + "a" + ")" * 60, "nested too deeply", None),
    ],
)
def test_what_makes_no_sense_is_said_with_the_characters_to_blame(query, message, blamed):
    with pytest.raises(QueryError, match=message) as caught:
        parse(query)
    assert blamed in (None, query[caught.value.start : caught.value.end])


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("pattern @message", "the command pattern in queries"),
        ("fields @message | DIFF", "the command DIFF in queries"),
        ("stats count(*) by bin(1h) | anomaly", "the command anomaly in queries"),
        ("fields @message | unmask @message", "the command unmask in queries"),
        ("fields unmask(@message)", "the function unmask in queries"),
        ('fields formatDate(@timestamp, "%Y")', "the function formatDate in queries"),
        ("parse @message logfmt as l", "parse in mode logfmt in queries"),
        ("SOURCE dataSource(['x']) | limit 1", "SOURCE dataSource in queries"),
    ],
)
def test_what_is_left_out_is_refused_by_name(query, what):
    with pytest.raises(UnsupportedQuery, match=f"^{what}$"):
        parse(query)


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("limit 1", "@timestamp @message"),
        ("filter a = 1", "@timestamp @message"),
        ("fields a, b.c, abs(d - 1), e as f", "a b.c abs(d - 1) f"),
        ("fields a | fields b, a", "a b"),
        ("fields @message | parse @message '*' as x", "@message x"),
        ("fields a, b | display b", "b"),
        ("display a | display b", "b"),
        ("stats count(*), sum(a) as s by b, bin(5m)", "b bin(5m) count(*) s"),
        ("stats count(*) as c by b | fields c * 2 as d", "b c d"),
        ("fields `user-name`, a.`b.c`.d", "user-name a.b.c.d"),
    ],
)
def test_a_row_shows_what_the_query_names(query, columns):
    assert " ".join(field.name for field in parse(query).columns) == columns


def test_keywords_do_not_care_for_case_and_comments_are_nothing():
    spoken = parse("fields a as b # why\n| filter b like /x/ | stats count(*) by b | sort b desc")
    shouted = parse("FIELDS a AS b\n| FILTER b LIKE /x/ | STATS count(*) BY b | SORT b DESC")
    assert spoken == shouted


def test_a_query_may_name_its_groups_itself():
    query = parse("SOURCE logGroups(namePrefix: ['a', 'b'], class: ['INFREQUENT_ACCESS']) | limit 5")
    assert query.source == Source(("a", "b"), ("INFREQUENT_ACCESS",))
    assert parse("SOURCE logGroups() | limit 5").source == Source((), ("STANDARD",))
    assert parse("limit 5").source is None
