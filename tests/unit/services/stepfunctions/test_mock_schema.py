"""A mocked result against the model of the API that it stands for."""

import pytest
from botocore.model import ServiceModel

from sundog.services.stepfunctions.mock_schema import find_problem

MODEL = ServiceModel(
    {
        "metadata": {"serviceId": "Test"},
        "operations": {},
        "shapes": {
            "Answer": {
                "type": "structure",
                "required": ["name"],
                "members": {
                    "name": {"shape": "Name"},
                    "size": {"shape": "Size"},
                    "at": {"shape": "Time"},
                    "parts": {"shape": "Parts"},
                    "more": {"shape": "Map"},
                },
            },
            "Name": {"type": "string", "enum": ["a", "b"]},
            "Text": {"type": "string", "min": 2, "max": 3},
            "Size": {"type": "integer", "min": 1, "max": 9},
            "Time": {"type": "timestamp"},
            "Parts": {"type": "list", "member": {"shape": "Answer"}},
            "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}},
        },
    }
)
ANSWER = MODEL.shape_for("Answer")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"Name": "a"}, None),
        ({"Name": "a", "Unknown": 1}, None),
        ({"Name": 1}, "Field 'Name' must be a string"),
        ({"Name": "c"}, "Field 'Name' is not an expected value"),
        ({"Name": "a", "Size": 0}, "Field 'Size' is less than the minimum value"),
        ({"Name": "a", "Size": 10}, "Field 'Size' exceeds the maximum value"),
        ({"Name": "a", "Size": True}, "Field 'Size' must be a number"),
        ({"Name": "a", "At": 1}, "Field 'At' must be a string"),
        ({"Name": "a", "Parts": {}}, "Field 'Parts' must be an array"),
        ({"Name": "a", "Parts": [{"Name": "a"}, {"Name": []}]}, "Field 'Name' must be a string"),
        ({"Name": "a", "More": {"kk": "x"}}, "Field 'kk' is smaller than the minimum length"),
        ({"Name": "a", "More": {"kk": "xxxx"}}, "Field 'kk' exceeds the maximum length"),
        ({}, "Required field 'Name' is missing"),
    ],
)
def test_the_first_problem_is_told(value, problem):
    assert find_problem(ANSWER, value, is_strict=True) == problem


def test_required_members_may_be_missing_where_only_what_is_present_counts():
    assert find_problem(ANSWER, {}, is_strict=False) is None
