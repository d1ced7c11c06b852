"""Laws: whatever the collector forgets is not missed; a run gives what a naive reading of the query gives."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from sundog.lang.logs_insights import LogEvent, QueryError, Run, Settings, UnsupportedQuery, parse
from sundog.lang.logs_insights.arrange import Arrangement, Collector, Entry, arranged

ENTRIES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.none() | st.integers(0, 3)), min_size=0, max_size=60
)


@given(
    values=ENTRIES,
    descending=st.tuples(st.booleans(), st.booleans()),
    has_dedup=st.booleans(),
    limit=st.integers(1, 5),
    slack=st.integers(0, 3),
)
def test_a_collector_that_forgets_has_the_rows_of_one_that_remembers(
    values, descending, has_dedup, limit, slack
):
    arrangement = Arrangement((*descending, descending[0]), has_dedup, limit)
    entries = [
        Entry(((first,), (second,), (number,)), None if kind is None else (str(kind),), number)
        for number, (first, second, kind) in enumerate(values)
    ]
    collector = Collector(arrangement)
    collector._held_max = 2 * limit + slack
    for entry in entries:
        collector.add(entry)
        assert len(collector) <= 2 * limit + slack
    assert collector.result() == [entry.record for entry in arranged(entries, arrangement)]


@dataclass(frozen=True)
class Step:
    """A command as text, and what it does to a list of dictionaries."""

    text: str
    apply: object


def _where(threshold):
    return Step(f"filter n >= {threshold}", lambda rows: [row for row in rows if row["n"] >= threshold])


def _sorted(is_descending):
    """What is equal keeps the order it came in, or the reverse of it."""

    def apply(rows):
        places = sorted(range(len(rows)), key=lambda at: (rows[at]["n"], at), reverse=is_descending)
        return [rows[at] for at in places]

    return Step("sort n desc" if is_descending else "sort n", apply)


def _first(count):
    return Step(f"limit {count}", lambda rows: rows[:count])


STEPS = st.one_of(st.integers(0, 5).map(_where), st.booleans().map(_sorted), st.integers(1, 6).map(_first))
NUMBERS = st.lists(st.integers(0, 5), max_size=12)


def _naive(steps, numbers):
    """Newest first, unless the first thing that cares for the order is a sort."""
    rows = [{"n": number, "at": at} for at, number in enumerate(numbers)]
    ordered = next((step for step in steps if not step.text.startswith("filter")), None)
    if ordered is None or ordered.text.startswith("limit"):
        rows = rows[::-1]
    for step in steps:
        rows = step.apply(rows)
    return rows


@settings(max_examples=200)
@given(steps=st.lists(STEPS, max_size=4), numbers=NUMBERS)
def test_a_run_does_what_its_commands_say_one_after_another(steps, numbers):
    sorts = [step for step in steps if step.text.startswith("sort")]
    if len(sorts) > 1:  # sorts in a row keep what the earlier ones did: one is enough to compare
        steps = [step for step in steps if step not in sorts[1:]]
    run = Run(parse(" | ".join(["fields n, at", *(step.text for step in steps)])), Settings())
    for at, number in enumerate(numbers):
        run.feed(LogEvent(f'{{"n": {number}, "at": {at}}}', at))
    rows = [(int(dict(row)["n"]), int(dict(row)["at"])) for row in run.rows()]
    assert rows == [(row["n"], row["at"]) for row in _naive(steps, numbers)]


@given(NUMBERS, st.integers(1, 4))
def test_groups_add_up(numbers, modulus):
    run = Run(
        parse(f"stats count(*) as c, sum(n) as s, min(n) as a, max(n) as z by n % {modulus} as g"), Settings()
    )
    expected = {}
    for at, number in enumerate(numbers):
        run.feed(LogEvent(f'{{"n": {number}}}', at))
        expected.setdefault(str(number % modulus), []).append(number)
    rows = {row["g"]: row for row in map(dict, run.rows())}
    assert rows == {
        key: {"g": key, "c": str(len(many)), "s": str(sum(many)), "a": str(min(many)), "z": str(max(many))}
        for key, many in expected.items()
    }


WORDS = (
    "fields filter stats sort limit parse dedup display count sum avg bin by as and or not like in desc "
    "@message @timestamp a b.c `d-e` ( ) [ ] , | = != < >= + - * / % ^ =~ 5 1.5 5m 'x' \"*\" "
    "/y(?<z>.)/ # true"
)
TEXTS = st.lists(st.sampled_from(WORDS.split()), max_size=12).map(" ".join) | st.text(max_size=30)


@settings(max_examples=300)
@given(TEXTS)
def test_every_text_is_a_query_that_runs_or_an_error_with_a_place(text):
    try:
        run = Run(parse(text), Settings())
    except QueryError as error:
        assert 0 <= error.start <= error.end <= len(text)
        return
    except UnsupportedQuery:
        return
    run.feed(LogEvent('{"a": 1, "b": {"c": "x"}}', 5))
    run.feed(LogEvent("x", 6))
    run.rows()
