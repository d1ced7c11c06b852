"""Rules of composite alarms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.lang.alarm_rule import RuleError, alarms_in, holds, parse_rule

STATES = {"a": "ALARM", "b": "OK", "c d": "INSUFFICIENT_DATA"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ALARM(a)", True),
        ('ALARM("b")', False),
        ('INSUFFICIENT_DATA("c d")', True),
        ("NOT OK(b)", False),
        ("ALARM(a) OR ALARM(b) AND FALSE", True),
        ("(ALARM(a) OR ALARM(b)) AND FALSE", False),
        ("NOT (ALARM(b) OR FALSE) AND TRUE", True),
        ("ALARM( a )", True),
    ],
)
def test_a_rule_holds_by_the_states_of_alarms(text, expected):
    assert holds(parse_rule(text), STATES.__getitem__) == expected


def test_a_rule_names_its_alarms():
    rule = parse_rule('ALARM(arn:aws:cloudwatch:us-east-1:111122223333:alarm:x) AND NOT OK("c d")')
    assert alarms_in(rule) == {"arn:aws:cloudwatch:us-east-1:111122223333:alarm:x", "c d"}


@given(st.lists(st.sampled_from(["ALARM(a)", "OK(b)", "AND", "OR", "NOT", "(", ")", "TRUE"]), max_size=12))
def test_any_text_is_read_or_refused(words):
    try:
        assert holds(parse_rule(" ".join(words)), STATES.__getitem__) in (True, False)
    except RuleError as refusal:
        assert str(refusal)


@pytest.mark.parametrize(
    "text", ["", "ALARM(a", "ALARM()", "a", "ALARM(a) OK(b)", "AND", "(TRUE", "ERROR(a)"]
)
def test_what_is_no_rule_is_refused(text):
    with pytest.raises(RuleError):
        parse_rule(text)
