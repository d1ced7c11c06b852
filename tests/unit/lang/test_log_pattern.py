"""What the filter pattern language of CloudWatch Logs matches."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.lang.log_pattern import PatternError, compile_pattern

LINE = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
EVENT = (
    '{"eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111"'
    ', "arrayKey": ["value", "another value"]'
    ', "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}], "SomeObject": null,'
    ' "cluster.name": "c", "ok": true, "size": 12.5, "big": 2e3}'
)

CASES = [
    ("", "anything", True),
    (" ", "anything", True),
    ("ERROR", "[ERROR 400] BAD REQUEST", True),
    ("ERROR", "error", False),
    ("ERROR ARGUMENTS", "ERROR 1 ARGUMENTS", True),
    ("ERROR ARGUMENTS", "ERROR 1", False),
    ("?ERROR ?WARN", "a WARN", True),
    ("?ERROR ?WARN", "an INFO", False),
    ("ERROR ?WARN", "ERROR", True),
    ('"INTERNAL SERVER ERROR"', "an INTERNAL SERVER ERROR!", True),
    ('"INTERNAL SERVER ERROR"', "an INTERNAL ERROR", False),
    ("ERROR -ARGUMENTS", "ERROR of ARGUMENTS", False),
    ("ERROR -ARGUMENTS", "ERROR", True),
    ("-DEBUG", "INFO", True),
    ("%AUTHORIZED%", "UNAUTHORIZED", True),
    (r"%10\.10\.0\.1%", "from 10.10.0.1", True),
    (r"%10\.10\.0\.1%", "from 10x10.0.1", False),
    ('{ $.eventType = "UpdateTrail" }', EVENT, True),
    ("{$.eventType=UpdateTrail}", EVENT, True),
    ('{ $.eventType = "update*" }', EVENT, False),
    ('{ $.eventType = "Update*" }', EVENT, True),
    ("{ $.sourceIPAddress != 123.123.* }", EVENT, True),
    ("{ $.sourceIPAddress = 111.111.* }", EVENT, True),
    ('{ $.arrayKey[0] = "value" }', EVENT, True),
    ('{ $.arrayKey[*] = "another value" }', EVENT, True),
    ("{ $.objectList[1].id = 2 }", EVENT, True),
    ("{ $.objectList[*].id > 1 }", EVENT, True),
    ("{ $.objectList[*].id > 2 }", EVENT, False),
    ("{ $.SomeObject IS NULL }", EVENT, True),
    ("{ $.eventType IS NULL }", EVENT, False),
    ("{ $.SomeOtherObject NOT EXISTS }", EVENT, True),
    ("{ $.SomeObject NOT EXISTS }", EVENT, False),
    ("{ $.ok IS TRUE }", EVENT, True),
    ("{ $.ok IS FALSE }", EVENT, False),
    ("{ $.['cluster.name'] = \"c\" }", EVENT, True),
    ("{ $.size >= 12.5 && $.size < 1.3e1 }", EVENT, True),
    ("{ $.big = 2000 }", EVENT, True),
    ("{ ($.ok IS FALSE) || (($.size = 12.5) && $.eventType = %^Upd%) }", EVENT, True),
    ('{ $.missing != "x" }', EVENT, False),
    ('{ $.a = "b" }', "not json", False),
    ('{ $.a = "b" }', '["a"]', False),
    ("[ip, id, user, timestamp, request, status_code, size]", LINE, True),
    ("[ip, id, user, timestamp, request, status_code=4*, size]", LINE, True),
    ("[ip, id, user, timestamp, request, status_code=5*, size]", LINE, False),
    ("[..., status_code=404, size > 1000]", LINE, True),
    ("[ip, ..., size < 1000]", LINE, False),
    ("[ip=%127\\.0\\.0\\.[1-9]%, ...]", LINE, True),
    ("[ip, user]", LINE, False),
    ("[w1=ERROR, w2]", "ERROR happened", True),
    ("[w1=ERROR || w1=WARN, w2]", "WARN happened", True),
    ("[w1!=ERROR && w1!=WARN, w2]", "WARN happened", False),
    ('[..., request="*.html*", status, size]', LINE, True),
]


@pytest.mark.parametrize(("pattern", "message", "expected"), CASES)
def test_a_pattern_matches_what_aws_says_it_matches(pattern: str, message: str, expected: bool) -> None:
    assert (compile_pattern(pattern)(message) is not None) == expected


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ('{ $.a = "b"', "If a filter pattern starts with '{' it must end with '}'"),
        ("[a, b", "If a filter pattern starts with '[' it must end with ']'"),
        ("ERROR:", "Invalid character(s) in term 'ERROR:'"),
        ('""', "Invalid character(s) in term '\"\"'"),
        ("%something!%", "Invalid character(s) in term '%something!%'"),
        ("{ $.a }", "Invalid filter pattern"),
        ("{ }", "Invalid filter pattern"),
        ("{ $.a = 1 && }", "Invalid filter pattern"),
        ("{ ($.a = 1 }", "Invalid filter pattern"),
        ("{ $.a < b }", "Invalid filter pattern"),
        ("[a, status = 4* && bytes > 1000]", "Invalid filter pattern"),
        ("[..., a, ...]", "Invalid filter pattern"),
        ("%[%", "Invalid filter pattern"),
        ("{ $.a = %a% && $.b = %b% && $.c = %c% }", "Invalid filter pattern"),
    ],
)
def test_a_bad_pattern_gets_the_text_of_aws(pattern: str, text: str) -> None:
    with pytest.raises(PatternError) as raised:
        compile_pattern(pattern)
    assert str(raised.value) == text


def test_fields_of_a_line_are_extracted_by_name_or_position() -> None:
    assert compile_pattern("[ip, , user, ..., size]")(LINE) == {
        "$ip": "127.0.0.1",
        "$2": "Prod",
        "$user": "frank",
        "$size": "1534",
    }


def test_selectors_of_a_json_pattern_are_extracted() -> None:
    match = compile_pattern("{ $.size > 1 && $.objectList[0].name = a }")
    assert match(EVENT) == {"$.size": "12.5", "$.objectList[0].name": "a"}


@given(st.text(alphabet=" ab1{}[]$.=\"%?-*&|<>!,()\\'", max_size=40), st.text(max_size=30))
def test_any_text_is_a_pattern_or_gets_an_error_of_aws(pattern: str, message: str) -> None:
    try:
        match = compile_pattern(pattern)
    except PatternError as error:
        assert str(error)
    else:
        assert match(message) is None or isinstance(match(message), Mapping)
