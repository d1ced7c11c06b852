"""Every error is a shape of the model (or one of the two AWS leaves out of it) with an older code."""

import botocore.session

from sundog.errors import AwsError
from sundog.services.sqs import errors

NOT_IN_THE_MODEL = {"InvalidParameterValueException", "MissingRequiredParameterException"}


def test_every_error_is_in_the_model_and_has_a_code_in_the_query_protocol():
    model = botocore.session.Session().get_service_model("sqs")
    shapes = {shape.name for shape in model.error_shapes}
    ours = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, AwsError) and value is not AwsError
    }
    assert ours - NOT_IN_THE_MODEL <= shapes
    assert shapes | NOT_IN_THE_MODEL == set(errors.QUERY_CODES)


def test_the_status_of_an_error_is_the_same_in_both_protocols():
    for name, (_code, status) in errors.QUERY_CODES.items():
        error = getattr(errors, name, None)
        assert error is None or error.status == status, name
