"""What the tests of Logs Insights queries share: run one over messages, and read its rows."""

import json

import pytest

from sundog.lang.logs_insights import LogEvent, Run, Settings, parse

START_MS = 1_700_000_000_000
MINUTE_MS = 60_000


def event(message, time_ms=START_MS, log="000000000000:app", **options):
    text = message if isinstance(message, str) else json.dumps(message)
    return LogEvent(text, time_ms, time_ms + 5, log, **options)


@pytest.fixture
def ask():
    """``ask(query, *messages)``: the rows as dictionaries; messages come a minute apart."""

    def run(query, *messages, **settings):
        running = Run(parse(query), Settings(now_ms=START_MS, **settings))
        for number, message in enumerate(messages):
            is_event = isinstance(message, LogEvent)
            running.feed(message if is_event else event(message, START_MS + number * MINUTE_MS))
        return [{name: text for name, text in row if name != "@ptr"} for row in running.rows()]

    return run


@pytest.fixture
def value(ask):
    """The text an expression has for one message; None where it is missing."""

    def compute(expression, message="hello"):
        (row,) = ask(f"fields {expression} as it", message)
        return row.get("it")

    return compute
