"""What callers call a function."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sundog.errors import AwsError
from sundog.scope import Scope
from sundog.services.lambda_.names import VERSION_MAX, FunctionName, parse_name, unqualified, version_of

HERE = Scope("000000000000", "us-east-1")
OTHER = Scope("111122223333", "us-east-1")


@pytest.mark.parametrize(
    ("text", "qualifier", "expected"),
    [
        ("f", None, FunctionName(HERE, "f")),
        ("f:1", None, FunctionName(HERE, "f", "1")),
        ("f:$LATEST", None, FunctionName(HERE, "f", "$LATEST")),
        ("f", "live", FunctionName(HERE, "f", "live")),
        ("f:live", "live", FunctionName(HERE, "f", "live")),
        ("function:f", None, FunctionName(HERE, "f")),
        ("111122223333:f", None, FunctionName(OTHER, "f")),
        ("111122223333:function:f:2", None, FunctionName(OTHER, "f", "2")),
        ("arn:aws:lambda:us-east-1:000000000000:function:f", None, FunctionName(HERE, "f")),
        ("arn:aws:lambda:us-east-1:000000000000:function:f:live", None, FunctionName(HERE, "f", "live")),
        ("arn:aws:lambda:us-east-1:000000000000:function", None, FunctionName(HERE, "function")),
    ],
)
def test_a_function_has_many_names(text, qualifier, expected):
    assert parse_name(HERE, text, qualifier) == expected


def test_two_qualifiers_must_not_contradict():
    with pytest.raises(AwsError, match="The derived qualifier from the function name does not match"):
        parse_name(HERE, "f:1", "2")


def test_functions_of_other_regions_are_not_reachable():
    with pytest.raises(AwsError) as caught:
        parse_name(HERE, "arn:aws:lambda:eu-west-1:000000000000:function:f")
    assert caught.value.message == "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"


def test_some_operations_want_whole_functions():
    assert unqualified(FunctionName(HERE, "f")) == FunctionName(HERE, "f")
    with pytest.raises(AwsError, match="This operation is permitted on Lambda functions only"):
        unqualified(FunctionName(HERE, "f", "1"))


@given(
    st.from_regex(r"[a-zA-Z0-9_-]{1,20}", fullmatch=True),
    st.sampled_from(["", "$LATEST", "1", "live"]),
)
def test_an_arn_leads_back_to_its_name(name, qualifier):
    wanted = FunctionName(HERE, name, qualifier)
    assert parse_name(OTHER, wanted.arn) == wanted


def test_a_version_of_any_number_of_digits_is_a_number_the_store_can_look_for():
    assert version_of("7") == 7
    assert version_of("9" * 128) == VERSION_MAX
