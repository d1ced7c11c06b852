"""What expressions are worth."""

import json

import pytest

CASES = [
    # operators
    ("1 + 2 * 3", "7"),
    ("(1 + 2) * 3", "9"),
    ("2 ^ 3", "8"),
    ("2 ^ 3 ^ 2", "512"),
    ("-2 ^ 2", "-4"),
    ("10 % 3", "1"),
    ("-10 % 3", "-1"),
    ("7 / 2", "3.5"),
    ("6 / 3", "2"),
    ("1 / 3", "0.3333"),
    ("2 / 3", "0.6667"),
    ("1 / 0", None),
    ("1 + gone", None),
    ("1 + 'x'", None),
    ("'4' * 2", "8"),
    ("1e3 + .5", "1000.5"),
    ("9 ^ 999", None),
    ("9 ^ 99 / 9 ^ 98", "9"),
    ("0 ^ -1", None),
    ("(0 - 8) ^ 0.5", None),
    ("1 = 1.0", "1"),
    ("'1' = 1", "1"),
    ("'1.0' = '1'", "0"),
    ("'a' = 'A'", "0"),
    ("1 != 2", "1"),
    ("'b' > 'a'", "1"),
    ("'10' > '9'", "1"),
    ("'x' > 5", "1"),
    ("gone = 1", None),
    ("gone != 1", None),
    ("not gone = 1", None),
    ("not 1 = 2", "1"),
    ("not not 1 = 2", "0"),
    ("1 = 1 and 2 = 3", "0"),
    ("1 = 2 or 2 = 2", "1"),
    ("1 = 1 or 1 = 1 and 1 = 2", "1"),
    ("gone = 1 or 1 = 1", "1"),
    ("gone = 1 and 1 = 2", "0"),
    ("gone = 1 and 1 = 1", None),
    ("true", "1"),
    ("false", "0"),
    ("1 = true", "1"),
    ("'true' = true", "1"),
    ("'no' = true", "0"),
    ("@message like 'ell'", "1"),
    ("@message like 'ELL'", "0"),
    ("@message like /(?i)ELL/", "1"),
    ("@message =~ /^h.*o$/", "1"),
    ("@message not like /x/", "1"),
    ("gone like 'x'", None),
    ("gone not like 'x'", None),
    ("2 in [1, 2]", "1"),
    ("'a' in ['b', 'c']", "0"),
    ("'a' not in ['b']", "1"),
    ("2 in (1, 2)", "1"),
    ("gone in [1]", None),
    # numbers
    ("abs(-5)", "5"),
    ("ceil(1.2)", "2"),
    ("floor(-1.2)", "-2"),
    ("greatest(1, 3, 2)", "3"),
    ("least(4, 3)", "3"),
    ("log(1)", "0"),
    ("log(0)", None),
    ("sqrt(16)", "4"),
    ("sqrt(-1)", None),
    ("round(2.5)", "3"),
    ("round(-2.5)", "-3"),
    ("round(1.2345, 2)", "1.23"),
    ("toInt('7.9')", "7"),
    ("toInt(3000000000)", None),
    ("toLong(3000000000)", "3000000000"),
    ("toDouble('1.5')", "1.5"),
    ("toNumber('x')", None),
    ("haversine(0, 0, 0, 180)", "20015.0868"),
    # anything
    ("ispresent(@message)", "1"),
    ("isPresent(gone)", "0"),
    ("coalesce(gone, 'x', 'y')", "x"),
    ("coalesce(gone)", None),
    ("if(1 = 1, 'a', 'b')", "a"),
    ("if(gone, 'a', 'b')", "b"),
    ("case(1 = 2, 'a', 2 = 2, 'b', 'c')", "b"),
    ("case(1 = 2, 'a', 'c')", "c"),
    ("case(1 = 2, 'a')", None),
    ("isNumeric('1e3')", "1"),
    ("isNumeric('x')", "0"),
    ("messageSize('é')", "2"),
    # texts
    ("isempty(gone)", "1"),
    ("isempty('')", "1"),
    ("isempty(' ')", "0"),
    ("isblank(' ')", "1"),
    ("isblank('x')", "0"),
    ("concat('a', 1, 'b')", "a1b"),
    ("concat('a', gone)", None),
    ('ltrim("xyZxyfooxyZ", "xyZ")', "fooxyZ"),
    ('rtrim("xyZfooxyxyZ", "xyZ")', "xyZfoo"),
    ('trim("xyZxyfooxyxyZ", "xyZ")', "foo"),
    ("trim('  a ')", "a"),
    ("strlen('añ😀')", "3"),
    ("toupper('aß')", "ASS"),
    ("tolower('AÉ')", "aé"),
    ('substr("xyZfooxyZ", 3, 3)', "foo"),
    ("substr('abc', 1)", "bc"),
    ("substr('abc', 5)", ""),
    ("replace('foo', 'o', '0')", "f00"),
    ("replace('a', '', 'b')", "a"),
    ("strcontains('abc', 'b')", "1"),
    ("strcontains('abc', 'B', true)", "0"),
    ("startsWith('abc', 'ab')", "1"),
    ("endsWith('abc', 'ab')", "0"),
    ("urlencode('a b/ü')", "a+b%2F%C3%BC"),
    ("urldecode('a+b%2F')", "a b/"),
    ("base64encode('hi')", "aGk="),
    ("base64decode('aGk=')", "hi"),
    ("base64decode('!')", None),
    ("hexToAscii('48656c6c6f')", "Hello"),
    ("hexToDec('0xff')", "255"),
    ("decToHex(255)", "0xff"),
    ("decToHex(-255.9)", "-0xff"),
    ("hexToDec('zz')", None),
    ("split('a,b', ',')", '["a","b"]'),
    ("md5('a')", "0cc175b9c0f1b6a831c399e269772661"),
    # addresses
    ("isValidIp('::1')", "1"),
    ("isValidIpV4('::1')", "0"),
    ("isValidIpV6('::1')", "1"),
    ("isValidIp('1.2.3')", "0"),
    ("isIpInSubnet('10.1.2.3', '10.0.0.0/8')", "1"),
    ("isIpv4InSubnet('10.1.2.3', '11.0.0.0/8')", "0"),
    ("isIpv6InSubnet('2001:db8::5', '2001:db8::/32')", "1"),
    ("isIpInSubnet('10.1.2.3', 'x')", "0"),
    ("ipv4ToNumber('1.2.3.4')", "16909060"),
    ("isPrivateIP('192.168.1.1')", "1"),
    ("isPublicIP('8.8.8.8')", "1"),
    ("isPublicIP('x')", "0"),
    ("isReservedIP('127.0.0.1')", "1"),
    # times
    ("@timestamp", "2023-11-14 22:13:20.000"),
    ("@ingestionTime", "2023-11-14 22:13:20.005"),
    ("toMillis(@timestamp)", "1700000000000"),
    ("fromMillis(0)", "1970-01-01 00:00:00.000"),
    ("now()", "1700000000"),
    ("bin(1h)", "2023-11-14 22:00:00.000"),
    ("bin(5 minutes)", "2023-11-14 22:10:00.000"),
    ("datefloor(@timestamp, 1d)", "2023-11-14 00:00:00.000"),
    ("dateceil(@timestamp, 1h)", "2023-11-14 23:00:00.000"),
    ("dateceil(1000, 1s)", "1970-01-01 00:00:01.000"),
    ("bin(1mo)", "2023-11-01 00:00:00.000"),
    ("bin(1w)", "2023-11-13 00:00:00.000"),
    ("bin(1q)", "2023-10-01 00:00:00.000"),
    ("bin(1yr)", "2023-01-01 00:00:00.000"),
    ("bin(300s)", "2023-11-14 22:13:00.000"),  # the documentation: no more than 60 with s
    # structures
    ("jsonStringify(jsonParse('{\"a\": [1]}'))", '{"a":[1]}'),
    ("jsonParse('x')", None),
    ("jsonArraySize('[1, 2]')", "2"),
    ("jsonArrayContains('[\"a\"]', 'a')", "1"),
    ("jsonArrayContains('x', 'a')", "0"),
    ("toupper(jsonParse('{}'))", None),
    ("jsonParse('{}') = 1", "0"),
]


@pytest.mark.parametrize(("expression", "expected"), CASES)
def test_an_expression_is_worth(value, expression, expected):
    assert value(expression) == expected


def test_fields_of_parsed_maps_and_lists_are_read_by_dots_and_indexes(ask):
    message = "x " + json.dumps({"users": [{"action": "Get"}, {"action": "Put"}], "user.id": 7})
    (row,) = ask(
        "fields jsonParse(substr(@message, 2)) as j"
        " | fields j.users[1].action as second, j.`user.id` as id, j.gone as gone",
        message,
    )
    assert (row["second"], row["id"]) == ("Put", "7")
    assert "gone" not in row


def test_an_alias_is_there_for_the_next_command_only(ask):
    assert ask("fields 1 as a, a + 1 as b", "x") == [{"a": "1"}]
    assert ask("fields 1 as a | fields a + 1 as b", "x") == [{"a": "1", "b": "2"}]


def test_a_query_knows_its_window(ask):
    (row,) = ask("fields queryStartTime() as a, queryTimeRange() as b", "x", start_ms=1000, end_ms=5999)
    assert row == {"a": "1000", "b": "4999"}


@pytest.mark.parametrize("size", [10**6, 10**7])
def test_what_texts_grow_to_is_bounded(ask, size):
    query = "fields @message as a0 | " + " | ".join(
        f"fields concat(a{number}, a{number}) as a{number + 1}" for number in range(12)
    )
    (row,) = ask(query + " | display strlen(a12) as n", "x" * (size // 100))
    assert int(row["n"]) <= 10**6
