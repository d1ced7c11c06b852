"""The head of a model says what the whole model says."""

import pytest
from botocore.session import Session

from sundog.protocol.metadata import DATA, read_metadata

SESSION = Session()


@pytest.mark.parametrize(
    "service", ["sqs", "lambda", "logs", "cloudwatch", "iam", "sts", "s3", "apigatewayv2"]
)
def test_the_head_of_a_model_is_its_metadata(service):
    model, found = SESSION.get_service_model(service), read_metadata(service)
    assert found is not None
    assert (found.signing_name, found.endpoint_prefix) == (model.signing_name, model.endpoint_prefix)
    assert (found.api_version, found.target_prefix) == (
        model.api_version,
        model.metadata.get("targetPrefix", ""),
    )
    assert found.protocols[0] == model.metadata["protocol"]


def test_every_service_of_botocore_has_a_readable_head():
    names = sorted(path.parent.parent.name for path in DATA.glob("*/*/service-2.json.gz"))
    assert len(names) > 400
    assert all(read_metadata(name) is not None for name in names[::7])


@pytest.mark.parametrize("name", ["", "nonsense", "../sqs", "*", "sqs/..", "a\x00b", "sqs/2012-11-05"])
def test_what_is_no_service_has_none(name):
    assert read_metadata(name) is None
