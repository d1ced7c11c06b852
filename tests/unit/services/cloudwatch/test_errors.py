"""Every error is a shape of the model, which says its code; messages can be written."""

import inspect

import pytest
from botocore.session import Session

from sundog.errors import AwsError
from sundog.services.cloudwatch import errors

MODEL = Session().get_service_model("cloudwatch")
ERRORS = [
    one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, AwsError) and one is not AwsError
]  # fmt: skip


@pytest.mark.parametrize("error", ERRORS, ids=lambda one: one.__name__)
def test_an_error_is_named_as_its_shape(error):
    shape = MODEL.shape_for(error.__name__)
    assert shape.metadata.get("exception")
    assert shape.metadata["error"]["httpStatusCode"] == error.status
