"""AWS's words for patterns that are none, with the place where its reader stopped."""

from __future__ import annotations

import json

import pytest

from sundog.lang.event_pattern import Dialect, InvalidPattern, compile_pattern

VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
NO_NAME = "was expecting double-quote to start field name"
PLACES = [
    ('["not", "a"]', "Filter is not an object", 1, 2),
    ("this is no JSON", f"Unrecognized token 'this': was expecting {VALUES}", 1, 5),
    ("{'bad': 1}", f"Unexpected character (''' (code 39)): {NO_NAME}", 1, 2),
    ('{"key":[]}', "Empty arrays are not allowed", 1, 10),
    ('{"key":[{"suffix":100}]}', "suffix match pattern must be a string", 1, 22),
    ('{"key":[{"suffix":null}]}', "suffix match pattern must be a string", 1, 23),
    ('{"key":[{"suffix":[]}]}', "suffix match pattern must be a string", 1, 20),
    ('{"key":{"suffix":"value"}}', '"suffix" must be an object or an array', 1, 19),
    ('{"key":[{"exists":"no"}]}', "exists match pattern must be either true or false.", 1, 20),
    ('{\n "a": 1}', '"a" must be an object or an array', 2, 8),
]  # fmt: skip

MIXED = "Inside anything but list, either all values are number or string, mixed type is not supported"
REASONS = [
    ({}, "Empty objects are not allowed"),
    ({"a": [[1]]}, "Match value must be String, number, true, false, or null"),
    ({"a": [{}]}, "Match expression name not found"),
    ({"a": [{"PREFIX": "x"}]}, "Unrecognized match type PREFIX"),
    ({"a": [{"prefix": "x", "suffix": "y"}]}, "Only one key allowed in match expression"),
    ({"a": [{"prefix": {"suffix": "y"}}]}, "Unsupported prefix pattern: suffix"),
    ({"a": [{"numeric": 1}]}, "Value of numeric must be an array."),
    ({"a": [{"numeric": []}]}, "Invalid member in numeric match: ]"),
    ({"a": [{"numeric": ["!", 1]}]}, "Unrecognized numeric range operator: !"),
    ({"a": [{"numeric": ["<", 1, ">", 0]}]}, "Too many elements in numeric expression"),
    ({"a": [{"numeric": [">", 3, "<", 1]}]}, "Bottom must be less than top"),
    ({"a": [{"numeric": [">", 3, 4]}]}, "Bad value in numeric range: 4"),
    ({"a": [{"anything-but": []}]}, MIXED),
    ({"a": [{"anything-but": {"numeric": 1}}]}, "Unsupported anything-but pattern: numeric"),
    ({"a": [{"wildcard": "é**"}]}, "Consecutive wildcard characters at pos 3"),
    ({"a": [{"wildcard": "a\\b"}]}, "Invalid escape character at pos 2"),
    ({"$or": [{"a": [1]}]}, "There must have at least 2 Objects in $or relationship."),
]  # fmt: skip


def refusal(text: str, dialect: Dialect = Dialect.EVENTBRIDGE) -> str:
    with pytest.raises(InvalidPattern) as caught:
        compile_pattern(text, dialect)
    return caught.value.message


@pytest.mark.parametrize(("text", "reason", "line", "column"), PLACES)
def test_a_refusal_names_the_place(text: str, reason: str, line: int, column: int) -> None:
    assert refusal(text) == (
        f"Event pattern is not valid. Reason: {reason}\n"
        f' at [Source: (String)"{text}"; line: {line}, column: {column}]'
    )


@pytest.mark.parametrize(("pattern", "reason"), REASONS)
def test_the_first_mistake_is_the_answer(pattern: object, reason: str) -> None:
    assert refusal(json.dumps(pattern)).split("\n")[0] == f"Event pattern is not valid. Reason: {reason}"


@pytest.mark.parametrize(
    "cidr", ["10.0.0.0", "10.0.0.0/", "10.0.0.0/x", "a/8", "10.0.0.0/32", "::/128", "1.1.1.1/-1"]
)
def test_a_bad_address_block_is_refused_without_a_place(cidr: str) -> None:
    assert "[Source" not in refusal(json.dumps({"a": [{"cidr": cidr}]}))


def test_a_long_pattern_is_quoted_in_part() -> None:
    text = json.dumps({"a" * 600: 1})
    assert f'(String)"{text[:500]}"[truncated {len(text) - 500} chars]; line: 1' in refusal(text)


def test_a_wildcard_that_can_explode_is_refused() -> None:
    assert "Rule is too complex - try using fewer" in refusal(
        '{"a": [{"wildcard": "*:*:*:*:*:event-bus/*"}]}'
    )
    compile_pattern('{"a": [{"wildcard": "arn:*:events:*:*:event-bus/*"}]}')


def test_more_than_a_thousand_combinations_of_or_are_refused() -> None:
    fields = [{"$or": [{f"k{n}": [1]} for n in range(11)]} for _ in range(3)]
    nested = {"a": fields[0], "b": fields[1], "c": fields[2]}
    assert "combinations" in refusal(json.dumps(nested))


def test_very_deep_patterns_are_refused_and_very_deep_events_are_walked() -> None:
    assert "nesting depth" in refusal('{"a":' * 5_000)
    event: object = "x"
    for _ in range(900):
        event = [event]
    assert compile_pattern('{"a": ["x"]}').matches({"a": event})


def test_lambda_says_only_that_the_definition_is_invalid() -> None:
    assert refusal("simple string", Dialect.LAMBDA) == "Invalid filter pattern definition."
    assert refusal("null", Dialect.LAMBDA) == "Invalid filter pattern definition."


@pytest.mark.parametrize("dialect", [Dialect.SNS_BODY, Dialect.SNS_ATTRIBUTES])
class TestFilterPolicies:
    def test_the_policy_is_quoted_without_its_spaces(self, dialect: Dialect) -> None:
        assert refusal('{"key": [{"exists":  null}]}', dialect) == (
            "FilterPolicy: exists match pattern must be either true or false.\n"
            ' at [Source: (String)"{"key":[{"exists":null}]}"; line: 1, column: 23]'
        )

    def test_text_that_is_no_json_is_not_quoted(self, dialect: Dialect) -> None:
        assert refusal("{invalidjson}", dialect) == (
            "FilterPolicy: failed to parse JSON. Unexpected character ('i' (code 105)): was expecting"
            " double-quote to start field name\n at [Source: REDACTED"
            " (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]"
        )

    def test_an_empty_policy_lets_everything_through(self, dialect: Dialect) -> None:
        assert compile_pattern("{}", dialect).matches({"a": 1})

    def test_five_keys_are_the_most(self, dialect: Dialect) -> None:
        compile_pattern(json.dumps({f"k{n}": ["v"] for n in range(5)}), dialect)
        policy = {f"k{n}": ["v"] for n in range(6)}
        assert (
            refusal(json.dumps(policy), dialect)
            == "FilterPolicy: Filter policy can not have more than 5 keys"
        )

    def test_a_hundred_and_fifty_combinations_are_the_most(self, dialect: Dialect) -> None:
        compile_pattern(json.dumps({"a": list(range(15)), "b": list(range(10))}), dialect)
        policy = {"a": list(range(151))}
        assert refusal(json.dumps(policy), dialect) == "FilterPolicy: Filter policy is too complex"


def test_a_nested_value_counts_once_for_each_level() -> None:
    compile_pattern(json.dumps({"a": {"b": {"c": list(range(50))}}}), Dialect.SNS_BODY)
    with pytest.raises(InvalidPattern, match="too complex"):
        compile_pattern(json.dumps({"a": {"b": {"c": list(range(51))}}}), Dialect.SNS_BODY)


def test_attributes_cannot_be_nested() -> None:
    assert refusal('{"a": {"b": ["c"]}}', Dialect.SNS_ATTRIBUTES) == (
        "FilterPolicy: Filter policy scope MessageAttributes does not support nested filter policy"
    )
