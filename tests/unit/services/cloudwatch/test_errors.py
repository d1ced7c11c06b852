"""Every error is a shape of the model, which says its code; messages can be written."""

import inspect

import pytest
from botocore.session import Session

from sundog.errors import AwsError
from sundog.services.cloudwatch import errors

MODEL = Session().get_service_model("cloudwatch")
CLASSES = [one for _, one in inspect.getmembers(errors, inspect.isclass)]
ERRORS = [one for one in CLASSES if issubclass(one, AwsError) and one is not AwsError]


@pytest.mark.parametrize("error", ERRORS, ids=lambda one: one.__name__)
def test_an_error_is_named_as_its_shape(error):
    shape = MODEL.shape_for(error.__name__)
    assert shape.metadata.get("exception")
    assert shape.metadata["error"]["httpStatusCode"] == error.status
